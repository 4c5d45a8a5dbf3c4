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
    if fault := _fault(url, profile.api_origins):
        raise ProfileError(
            f"a token of {profile.name!r} was not sent{fault}",
            profile=profile.name,
            provider=profile.provider,
        )


def _fault(url: str, allowed: tuple[str, ...] | None) -> str | None:
    """Say why a token does not belong there, or None."""
    scheme, colon, _ = url.partition("://")
    if colon and scheme.lower() not in {"http", "https"}:
        return f" to a {scheme}:// URL: a token goes over https; use https"
    try:
        origin = origin_of(url)
    except ValueError:
        return (
            ": the request has no complete URL; begin it with https://, or give the "
            "client a base_url"
        )
    if not is_confidential(url):
        return f" to {origin}: plain http is only for a loopback address; use https"
    if allowed is None or origin in map(origin_of, allowed):
        return None
    has = f"has only {', '.join(allowed)}" if allowed else "is empty"
    return f" to {origin}: api_origins {has}; add it if this API is meant"
