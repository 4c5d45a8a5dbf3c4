"""
What there is one of in a process: the lock, the count of forks, the jitter.

The lock guards a few assignments. It is never held across I/O, a callback, a wait
or the start of a thread. It is re-entrant, because a finaliser or a signal handler
may run in the middle of them, on the same thread.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from typing import Final

import attrs

from ccflow.engine.freshness import Moment


_CLOCK_BOOTTIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


class Process:
    """The state that a fork must not share."""

    __slots__ = ("_in_child", "forks", "jitter", "lock")

    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.forks: int = 0
        self.jitter: float = random.random()  # noqa: S311 - spreads load, guards nothing
        self._in_child: list[Callable[[], None]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def is_locked_here(self) -> bool:
        """Say whether this thread holds the lock, somewhere below on its stack."""
        return self.lock._is_owned()  # type: ignore[attr-defined,no-any-return] # noqa: SLF001 - as threading.Condition asks

    def in_child(self, forget: Callable[[], None]) -> None:
        """Have a function called in each forked child, which must not block."""
        self._in_child.append(forget)

    def _after_fork(self) -> None:
        # The parent's lock may be held by a thread that does not exist here.
        self.lock = threading.RLock()
        self.forks += 1
        self.jitter = random.random()  # noqa: S311
        for forget in self._in_child:
            forget()


PROCESS: Final = Process()


def _steady() -> float:
    if _CLOCK_BOOTTIME is not None:
        return time.clock_gettime(_CLOCK_BOOTTIME)
    return time.monotonic()


@attrs.frozen
class Runtime:
    """
    Time and chance, as arguments.

    Args:
        wall: Epoch seconds.

        steady: Seconds of a clock that nobody sets.

        chance: A number from 0 to 1, for jitter.

        sleep: Waits so many seconds.
    """

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = _steady
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep

    def moment(self) -> Moment:
        """Read both clocks."""
        return Moment(self.wall(), self.steady())


SYSTEM: Final = Runtime()
