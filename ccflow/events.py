"""What happens to a source, told to whoever asked: typed values without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from datetime import datetime

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
    A token is about to be fetched: from the store, from memory, or from the server.

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

        adopted: Whether another process had fetched it.
    """

    seconds: float
    expires_in: float | None
    adopted: bool = False


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
class FetchJoined(Event):
    """A caller waits for a token request that another one started."""


@attrs.frozen(kw_only=True)
class ServedStale(Event):
    """
    A renewal failed, and the old token is still good.

    Args:
        seconds_left: How long it can still be used.

        retry_in: Seconds until the next renewal is tried.
    """

    seconds_left: float
    retry_in: float


@attrs.frozen(kw_only=True)
class GateOpened(Event):
    """
    The server refused, and is not asked again for a while.

    Args:
        until: Epoch seconds.

        error: The server's error code, or None.
    """

    until: float
    error: str | None

    def __str__(self) -> str:
        """Return what the log says."""
        until = datetime.fromtimestamp(self.until, UTC)
        return (
            f"{self.profile}: {self.provider} refused ({self.error or 'no code'}), and "
            "is not asked again with the same credential before "
            f"{until:%Y-%m-%d %H:%M:%S} UTC"
        )


@attrs.frozen(kw_only=True)
class GateClosed(Event):
    """The server gave a token after a refusal."""


@attrs.frozen(kw_only=True)
class StoreDegraded(Event):
    """
    The store cannot be used; tokens are fetched without sharing them.

    Args:
        reason: What is wrong, and what to do.
    """

    reason: str


@attrs.frozen(kw_only=True)
class Replayed(Event):
    """
    An API refused a token, and the request was sent again with a new one.

    Args:
        status_code: What the second answer said.
    """

    status_code: int


Callback = Callable[[Event], None]
