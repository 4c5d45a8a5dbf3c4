"""
Takes away what a file store no longer needs: now and then, and briefly.

Only files that bear our own names and marks are touched: a directory may hold others.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextlib import suppress
from pathlib import Path
from typing import Final

from ccflow.store import StoreError
from ccflow.stores import private
from ccflow.stores.envelope import LIMIT
from ccflow.stores.envelope import MAGIC
from ccflow.stores.envelope import is_live
from ccflow.stores.envelope import unpack
from ccflow.stores.lockfile import hold


INTERVAL: Final = 3600.0
_BUDGET: Final = 0.05  # seconds; the rest is for the next time
_LOCK_AGE: Final = 86400.0
_TEMPORARY_AGE: Final = 3600.0
_NAME: Final = re.compile(r"([0-9a-f]{64})(|\.lock|\.[0-9a-f]{8}\.tmp)")

Writing = Callable[[], AbstractContextManager[None]]


def sweep_if_due(directory: Path, now: float, writing: Writing) -> None:
    """
    Sweep a directory that nobody has swept for an hour; failures do not matter.

    Args:
        directory: The store's.

        now: Epoch seconds.

        writing: Gives the lock that a record is replaced under.
    """
    marker = directory / "swept"
    with suppress(OSError, StoreError):
        try:
            last = os.lstat(marker).st_mtime
        except FileNotFoundError:
            private.open_new(marker).close()
            last = 0.0
        if abs(now - last) >= INTERVAL:
            # First of all, so that nobody else sweeps as well.
            os.utime(marker, (now, now), follow_symlinks=os.name == "nt")
            sweep(directory, now, writing)


def sweep(directory: Path, now: float, writing: Writing) -> None:
    """Remove expired records, unused locks and leftovers, for some milliseconds."""
    names = [path.name for path in directory.iterdir()]
    random.SystemRandom().shuffle(names)  # A big directory is swept in several goes.
    end = time.monotonic() + _BUDGET
    for name in names:
        if time.monotonic() > end:
            return
        if match := _NAME.fullmatch(name):
            with suppress(OSError, StoreError):
                _sweep_one(directory / match[1], match[2], now, writing)


def _sweep_one(record: Path, suffix: str, now: float, writing: Writing) -> None:
    path = record.with_name(record.name + suffix)
    if suffix == "":
        if _is_dead(path, now):
            with writing():  # Somebody may have replaced it since.
                if _is_dead(path, now):
                    path.unlink()
        return
    age = now - os.lstat(path).st_mtime
    if suffix == ".lock":
        if age > _LOCK_AGE and not record.exists():
            _remove_lock(path)
    elif age > _TEMPORARY_AGE:
        path.unlink()


def _is_dead(path: Path, now: float) -> bool:
    """Tell whether a file is ours, and of no more use."""
    file = private.open_to_read(path)
    if file is None:
        return False
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            return False
        file.seek(0)
        return not is_live(unpack(path.name, file.read(LIMIT + 1)), now)


def _remove_lock(path: Path) -> None:
    """
    Remove a lock file while holding it.

    Whoever opened it before finds that it has no name any more, and tries again.
    """
    if os.name == "nt":  # An open file cannot be removed there.
        return
    with hold(path, 0, 0.01) as held:
        if held:
            path.unlink()
