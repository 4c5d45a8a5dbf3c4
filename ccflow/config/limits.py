"""What the values of a profile must be beside their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccflow.config.profile import Profile
from ccflow.errors import Problem
from ccflow.protocol.seconds import DAY
from ccflow.protocol.seconds import YEAR
from ccflow.protocol.seconds import seconds_problem
from ccflow.protocol.url import is_origin
from ccflow.protocol.url import shown_url


SECONDS: Final = {"timeout": DAY, "default_expires_in": YEAR}
"""The keys that are seconds, and how many at most."""


def check_values(profile: Profile) -> Iterator[Problem]:
    """Find values that cannot be; the keys are relative to the profile."""
    for key, most in SECONDS.items():
        value = getattr(profile, key)
        if value is not None and (fault := seconds_problem(value, most)):
            yield Problem(fault, key=key)
    for origin in profile.api_origins or ():
        if not is_origin(origin):
            text = f"{shown_url(origin)} is not an origin"
            hint = "write scheme and host, for example https://api.example.com"
            yield Problem(text, key="api_origins", hint=hint)
