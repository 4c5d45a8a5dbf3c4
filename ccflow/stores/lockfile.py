"""A file that is locked and never written; its lock ends with whoever holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ccflow.fork_wait import fork_waits
from ccflow.store import StoreError
from ccflow.stores import private


if TYPE_CHECKING:
    from filelock import BaseFileLock


@contextmanager
def hold(path: Path, timeout: float, poll: float) -> Iterator[bool]:
    """
    Hold a lock file; gives False where somebody else kept it until the timeout.

    The system frees it when its holder dies. A child that is forked meanwhile does
    not hold it, and leaves it alone.

    Raises:
        StoreError: It is not this user's alone, or the system cannot lock it.
    """
    private.check_file(path)
    lock, holder = _acquire(path, timeout, poll), os.getpid()
    try:
        yield lock is not None
    finally:
        if lock is not None and holder == os.getpid():
            with suppress(OSError):  # It ends with its descriptor at the latest.
                lock.release()


def _acquire(path: Path, timeout: float, poll: float) -> BaseFileLock | None:
    with fork_waits():
        import filelock

    # A lock object of its own for each holder: they exclude each other in threads
    # as they do in processes.
    lock = filelock.FileLock(path, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=max(timeout, 0), poll_interval=poll)
    except filelock.Timeout:
        return None
    except OSError as error:
        raise private.unusable(path, error) from error
    except NotImplementedError:  # said by filelock of a file system without locks
        raise StoreError(
            f"{path} cannot be locked; name a directory on another file system in "
            "[cache]"
        ) from None
    return lock
