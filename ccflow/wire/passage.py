"""
The request that this thread has under way: until when, and what it has met so far.

httpx has a time limit for each read, and says little about where it failed. So our
streams look here before they wait, and leave a note of what they saw.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import httpcore


_NEVER: Final = float("inf")
# As many bytes as tell HTTP from TLS.
_MOST_HEARD: Final = 8


class Passage(threading.local):
    """
    One token request on its way; each thread has one of its own.

    Attributes:
        ends: The time of the monotonic clock by which it must be over.

        fresh: Whether it must not go over a connection that was kept.

        opened: Whether a connection was opened for it.

        sought: The host of the connection that was opened last.

        greets: The host with which TLS is being set up; None when that is over.

        secured: The hosts with which TLS was set up for it, or tried.

        heard: How the answer began.

        answered: Whether that is an answer to it, as far as can be told.
    """

    ends: float = _NEVER
    fresh: bool = False
    opened: bool = False
    sought: str | None = None
    greets: str | None = None
    secured: tuple[str, ...] = ()
    heard: bytes = b""
    answered: bool = False

    @property
    def is_under_way(self) -> bool:
        return self.ends != _NEVER

    def begin(self, seconds: float, *, fresh: bool) -> None:
        """Forget the last request of this thread, and give the next so much time."""
        self.ends = time.monotonic() + seconds
        self.fresh, self.opened, self.sought = fresh, False, None
        self.greets, self.secured = None, ()
        self.heard, self.answered = b"", False

    def finish(self) -> None:
        """Lift the limit; the notes stay for whoever explains a failure."""
        self.ends = _NEVER

    def left(self, seconds: float | None) -> float:
        """
        Return the time that is left, at most so many seconds.

        Raises:
            ReadTimeout: There is none.
        """
        left = self.ends - time.monotonic()
        left = left if seconds is None else min(left, seconds)
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left

    def hear(self, data: bytes) -> None:
        """Note how the answer begins."""
        if len(self.heard) < _MOST_HEARD:
            self.heard = (self.heard + data)[:_MOST_HEARD]


PASSAGE: Final = Passage()
