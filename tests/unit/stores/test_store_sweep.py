"""What a file store takes away."""

from __future__ import annotations

import os
import time

import pytest

from ccflow.store import Record
from ccflow.stores import sweep as sweep_module
from ccflow.stores.file import FileStore
from ccflow.testing.store_ground import key_of
from ccflow.testing.store_ground import try_lock


HOUR = 3600.0
DAY = 86400.0


class Swept:
    """A store with a clock that the test sets."""

    def __init__(self, directory):
        self.directory = directory
        self.ahead = 0.0
        self.store = FileStore(directory, clock=lambda: time.time() + self.ahead)

    def put(self, name, lifetime):
        record = Record(b"content", time.time() + self.ahead + lifetime)
        old = self.store.get(key_of(name))
        assert self.store.put(key_of(name), record, old)
        try_lock(self.store, key_of(name), 0)

    def names(self):
        return {path.name for path in self.directory.iterdir()}


@pytest.fixture
def swept(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "_BUDGET", 30.0)
    return Swept(tmp_path / "tokens")


def test_expired_records_go(swept):
    """After an hour a write takes away the records that have expired."""
    swept.put("short", 60)
    swept.put("long", DAY)

    swept.ahead = HOUR + 1
    swept.put("new", 60)

    assert key_of("short") not in swept.names()
    assert {key_of("long"), key_of("new")} <= swept.names()


def test_it_is_rare(swept):
    """Within the hour nothing is looked at."""
    swept.put("short", 60)
    swept.ahead = HOUR - 10
    swept.put("new", 60)

    assert key_of("short") in swept.names()


def test_unused_locks_go(swept):
    """A lock of yesterday without a record goes; one that is held stays."""
    for name in ("gone", "held"):
        swept.put(name, 60)
    swept.put("live", 3 * DAY)
    swept.ahead = DAY + HOUR
    swept.put("new", 3 * DAY)  # takes the records
    swept.ahead += 2 * HOUR
    with swept.store.lock(key_of("held"), 0):
        swept.put("new", 3 * DAY)

        locks = {name for name in swept.names() if name.endswith(".lock")}
    assert f"{key_of('gone')}.lock" not in locks
    assert {f"{key_of(it)}.lock" for it in ("held", "live")} <= locks
    assert "write.lock" in locks


def test_leftovers_go(swept):
    """What a killed writer left goes after an hour."""
    swept.put("one", DAY)
    left = swept.directory / f"{key_of('one')}.0123abcd.tmp"
    left.write_bytes(b"half")

    swept.ahead = HOUR + 10
    swept.put("one", DAY)

    assert left.name not in swept.names()


def test_the_files_of_others_stay(swept):
    """Only what is named and marked as ours is touched."""
    swept.put("one", 60)
    theirs = ["notes.txt", "f" * 64, "notes.lock", "x.tmp", f"{'e' * 64}.part"]
    for name in theirs:
        path = swept.directory / name
        path.touch(mode=0o600)
        path.write_bytes(b"precious")
        os.utime(path, (0, 0))

    swept.ahead = 30 * DAY
    swept.put("two", 60)

    assert set(theirs) <= swept.names()


def test_a_record_that_is_replaced_meanwhile_stays(swept, monkeypatch):
    """Between the look and the removal somebody may write: it is looked at again."""
    swept.put("one", 60)
    swept.ahead = HOUR + 1
    is_dead = sweep_module._is_dead
    seen = []

    def look_and_be_late(path, now):
        dead = is_dead(path, now)
        if dead and not seen:
            seen.append(path)
            swept.put("one", 600)
        return dead

    monkeypatch.setattr(sweep_module, "_is_dead", look_and_be_late)
    swept.put("two", 60)

    assert [swept.directory / key_of("one")] == seen
    assert swept.store.get(key_of("one")) is not None


def test_it_is_brief(swept, monkeypatch):
    """A sweep stops when its time is up, and goes on another day."""
    swept.put("one", 60)
    monkeypatch.setattr(sweep_module, "_BUDGET", -1.0)
    swept.ahead = HOUR + 1
    swept.put("two", 60)

    assert key_of("one") in swept.names()


def test_a_failure_does_not_matter(swept):
    """A directory that cannot be swept is written to all the same."""
    swept.put("one", 60)
    (swept.directory / "swept").unlink()
    (swept.directory / "swept").symlink_to("/nonexistent")
    strange = swept.directory / key_of("strange")
    strange.mkdir(mode=0o700)

    swept.ahead = HOUR + 1
    swept.put("two", 60)

    assert strange.exists()
