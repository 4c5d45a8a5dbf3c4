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
from collections.abc import Callable
from typing import Final


# Not the module's own: a program that seeds that one makes all its workers renew in
# step, and its own numbers would change with ours.
chance: Final[Callable[[], float]] = random.SystemRandom().random


class Process:
    """The state that a fork must not share."""

    __slots__ = ("_in_child", "forks", "jitter", "lock")

    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.forks: int = 0
        self.jitter: float = chance()
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
        self.jitter = chance()
        for forget in self._in_child:
            forget()


PROCESS: Final = Process()
