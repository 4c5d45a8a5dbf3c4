"""
A store in this process's memory: for tests, and to read before writing one's own.

A source keeps its token in memory anyway and needs no store for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from weakref import WeakValueDictionary

import attrs

from ccflow.store import Record


class MemoryStore:
    """
    Keeps records in a dictionary.

    A forked child starts with a copy of the records and with locks of its own.

    Args:
        clock: Gives epoch seconds.

    .. versionadded:: 0.1.0
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._versions = count(1)
        self._locks: dict[int, _Locks] = {}

    def __repr__(self) -> str:
        return "MemoryStore()"

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        with self._here().guard:
            return self._live(key)

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        if expected is not None and expected.expires_at <= self._clock():
            expected = None
        with self._here().guard:
            current = self._live(key)
            if (current and current.version) != (expected and expected.version):
                return False
            if record is None:
                self._records.pop(key, None)
            else:
                version = str(next(self._versions))
                self._records[key] = attrs.evolve(record, version=version)
            return True

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold the lock of a key; gives False where somebody kept it."""
        here = self._here()
        lock = here.of(key)
        held = lock.acquire(timeout=max(timeout, 0))
        try:
            yield held
        finally:
            if held and here is self._here():
                lock.release()

    def _live(self, key: str) -> Record | None:
        record = self._records.get(key)
        if record is not None and record.expires_at <= self._clock():
            del self._records[key]
            return None
        return record

    def _here(self) -> _Locks:
        """Return this process's locks: a parent's may be held for ever in a child."""
        pid = os.getpid()
        locks = self._locks.get(pid)
        if locks is None:
            # One of two threads that come here at once wins, for both of them.
            locks = self._locks.setdefault(pid, _Locks())
        return locks


class _Locks:
    """The locks of one process: one for the dictionary, and one for each key."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self._keys: WeakValueDictionary[str, _KeyLock] = WeakValueDictionary()

    def of(self, key: str) -> _KeyLock:
        with self.guard:
            lock = self._keys.get(key)
            if lock is None:
                lock = self._keys[key] = _KeyLock()
            return lock


class _KeyLock:
    """A lock that is forgotten with its last user."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self.acquire = lock.acquire
        self.release = lock.release
