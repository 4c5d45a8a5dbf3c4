"""
What a fork waits for: imports, and the work of OpenSSL that takes long.

What is heavy is imported when it is first used, and that is on a flight's thread.
A child that is forked in the middle of it would find a module half made, whose lock
belongs to a thread that it does not have, and would wait for it for ever. So it is
with the locks inside OpenSSL, which reads certificates and keys for milliseconds.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import thread
from contextlib import contextmanager
from types import ModuleType
from typing import Final


# Either takes a tenth of a second; this is for one that waits for what the forking
# thread holds.
_PATIENCE: Final = 5.0
# Imported first: what is registered last is called first before a fork, and imports
# need the lock that logging takes then. And what is imported while a fork waits would
# give a lock back afterwards that it never took; both of these have one.
_BEFORE_US: Final[tuple[ModuleType, ...]] = (logging, thread)


class _ForkWait:
    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.held = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before,
                after_in_parent=self._after,
                after_in_child=self._in_child,
            )

    def _before(self) -> None:
        self.held = self.lock.acquire(timeout=_PATIENCE)

    def _after(self) -> None:
        if self.held:
            self.lock.release()

    def _in_child(self) -> None:
        self.lock = threading.RLock()


_FORK_WAIT: Final = _ForkWait()


@contextmanager
def fork_waits() -> Iterator[None]:
    """Do within this what a fork must not come in the middle of; nothing that waits."""
    lock = _FORK_WAIT.lock
    with lock:
        yield
