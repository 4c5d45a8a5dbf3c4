"""What happens to a source, told to whoever asked: typed values without secrets."""

from __future__ import annotations

from collections.abc import Callable

import attrs


@attrs.frozen(kw_only=True)
class Event:
    """
    The base of all events.

    Args:
        profile: The name of the profile.

        provider: The name of its provider.

    .. versionadded:: 0.1.0
    """

    profile: str
    provider: str


@attrs.frozen(kw_only=True)
class FetchStarted(Event):
    """
    A token request is about to be sent.

    Args:
        background: Whether the old token is still served meanwhile.
    """

    background: bool


@attrs.frozen(kw_only=True)
class FetchSucceeded(Event):
    """
    A token came.

    Args:
        seconds: How long it took, everything included.

        expires_in: Seconds that the server gave it; None where unknown.
    """

    seconds: float
    expires_in: float | None


@attrs.frozen(kw_only=True)
class FetchFailed(Event):
    """
    No token came.

    Args:
        seconds: How long it took.

        error: The class of the failure.

        message: Its text.

        background: Whether the old token is still served.
    """

    seconds: float
    error: str
    message: str
    background: bool


@attrs.frozen(kw_only=True)
class ScopeShortfall(Event):
    """
    The server granted less than was asked for.

    Args:
        requested: What was asked for.

        granted: What the answer named.
    """

    requested: tuple[str, ...]
    granted: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Replayed(Event):
    """
    An API refused a token, and the request was sent again with a new one.

    Args:
        status_code: What the second answer said.
    """

    status_code: int


Callback = Callable[[Event], None]
