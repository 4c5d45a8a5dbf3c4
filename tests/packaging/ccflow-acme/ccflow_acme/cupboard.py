"""
Acme's cupboard: a store for all who reach one directory, and know its code.

Written as a third party would: `ccflow.plugin` is all that it imports of ccflow.
"""

from __future__ import annotations

import os
import secrets as chance
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import filelock

from ccflow.plugin import Record
from ccflow.plugin import Secret
from ccflow.plugin import StoreError
from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStore
from ccflow.plugin import TokenStoreFactory
from ccflow.plugin import hookimpl


class Cupboard:
    """Keeps each record in a file: its version, its end, and what is in it."""

    def __init__(
        self, directory: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = Path(directory)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._clock = clock

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        try:
            version, end, value = (self._directory / key).read_bytes().split(b" ", 2)
        except FileNotFoundError:
            return None
        record = Record(value, float(end), version.decode())
        return record if self._clock() < record.expires_at else None

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        if expected is not None and expected.expires_at <= self._clock():
            expected = None
        path = self._directory / key
        with self.lock("writing", 5) as held:
            current = self.get(key)
            if not held or (current and current.version) != (
                expected and expected.version
            ):
                return False
            if record is None:
                path.unlink(missing_ok=True)
            else:
                new = self._directory / f"{key}.new"
                head = f"{chance.token_hex(8)} {record.expires_at!r} "
                new.write_bytes(head.encode() + record.value)
                new.replace(path)
            return True

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold the lock of a key; a child leaves its parent's alone."""
        lock = filelock.FileLock(self._directory / f"{key}.lock", thread_local=False)
        holder = os.getpid()
        try:
            lock.acquire(timeout=timeout, poll_interval=0.01)
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            if holder == os.getpid():
                lock.release()


def make(settings: Mapping[str, str], secrets: Mapping[str, Secret]) -> TokenStore:
    """Open the cupboard, for whoever knows the code."""
    if secrets["code"].reveal() != "open sesame":
        raise StoreError("the cupboard stays shut; ask Acme's desk for its code")
    return Cupboard(settings["cupboard"])


@hookimpl
def ccflow_token_stores() -> Iterable[TokenStoreFactory]:
    """Offer the cupboard."""
    settings = {
        "cupboard": StoreSetting("for example /srv/acme/cupboard", kind="path"),
        "code": StoreSetting("the code of the cupboard", kind="secret"),
    }
    return [TokenStoreFactory("acme-cupboard", make, settings)]
