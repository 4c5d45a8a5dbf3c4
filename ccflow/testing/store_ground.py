"""What the tests of a store stand on: the store, its clock, and small helpers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from typing import TypeVar

from ccflow.store import Record
from ccflow.store import TokenStore


T = TypeVar("T")


def key_of(name: str) -> str:
    """Return such a key as ccflow uses."""
    return hashlib.sha256(name.encode()).hexdigest()


KEY: Final = key_of("one")
OTHER: Final = key_of("other")


def value_of(record: Record | None) -> bytes | None:
    """Return the content of a record, if there is one."""
    return record.value if record is not None else None


def try_lock(store: TokenStore, key: str, timeout: float) -> bool:
    """Take a lock and give it back; say whether it was to be had."""
    with store.lock(key, timeout) as held:
        return held


class StoreGround:
    """How a store is made, and what is known of it."""

    shared: bool = True
    """Whether two stores of one test, and a forked child's, see the same records."""

    lease: float = 0.0
    """Seconds that a lock may outlive the process that held it."""

    offset: float = 0.0
    """Seconds that `clock` is ahead, for `pass_time` to add to."""

    def make_store(self) -> TokenStore:
        """Return a store that is empty when a test first asks for one."""
        raise NotImplementedError("a subclass says here which store it tests")

    def pass_time(self, seconds: float) -> None:
        """Let the store's clock go on; one that takes a clock need not wait."""
        time.sleep(seconds)

    def clock(self) -> float:
        """Give epoch seconds, with what `pass_time` added."""
        return time.time() + self.offset

    def record(self, value: bytes = b"content", expires_in: float = 600.0) -> Record:
        """Return a record to write."""
        return Record(value, self.clock() + expires_in)

    def elsewhere(self, use: Callable[[], T]) -> T:
        """Do something on another thread."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(use).result(30)
