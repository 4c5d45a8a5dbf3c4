"""Where a token may be sent."""

from __future__ import annotations

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.protocol.url import is_confidential
from ccflow.protocol.url import origin_of


def check_target(profile: Profile, url: str) -> None:
    """
    Refuse to send a token where it does not belong.

    Raises:
        ProfileError: The URL is plain http to another machine, not among the
            profile's ``api_origins``, or no complete URL.
    """
    try:
        origin = origin_of(url)
    except ValueError:
        raise ProfileError(
            f"a token of {profile.name!r} was not sent: the request has no complete "
            "URL; begin it with https://, or give the client a base_url",
            profile=profile.name,
            provider=profile.provider,
        ) from None
    if not is_confidential(url):
        raise ProfileError(
            f"a token of {profile.name!r} was not sent to {origin}: plain http is "
            "only for a loopback address; use https",
            profile=profile.name,
            provider=profile.provider,
        )
    allowed = profile.api_origins
    if allowed is not None and origin not in map(origin_of, allowed):
        raise ProfileError(
            f"a token of {profile.name!r} was not sent to {origin}: api_origins has "
            f"only {', '.join(allowed)}; add it if this API is meant",
            profile=profile.name,
            provider=profile.provider,
        )
