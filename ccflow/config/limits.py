"""What the values of a profile must be beside their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccflow.config.profile import Profile
from ccflow.errors import Problem
from ccflow.protocol.quirks import POSITIVE
from ccflow.protocol.url import is_origin
from ccflow.protocol.url import shown_url


_POSITIVE: Final = ("timeout", "default_expires_in")


def check_values(profile: Profile) -> Iterator[Problem]:
    """Find values that cannot be; the keys are relative to the profile."""
    seconds = {key: getattr(profile, key) for key in _POSITIVE}
    seconds |= {f"quirks.{name}": profile.quirks.get(name) for name in POSITIVE}
    for key, value in seconds.items():
        if value is not None and not 0 < value < float("inf"):
            yield Problem(f"expected seconds above zero, got {value}", key=key)
    for origin in profile.api_origins or ():
        if not is_origin(origin):
            text = f"{shown_url(origin)} is not an origin"
            hint = "write scheme and host, for example https://api.example.com"
            yield Problem(text, key="api_origins", hint=hint)
