"""Processes that are killed while they hold a lock, at points that a seed chooses."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.stores.encrypted import EncryptedStore
from ccflow.stores.file import FileStore
from ccflow.stores.redis import Patience
from ccflow.stores.redis import RedisStore
from ccflow.testing.forks import Child
from ccflow.testing.store_ground import key_of


KILLS = 100
AT_ONCE = 5
GRACE = 5.0  # A killed process leaves nothing that one would wait so long for.


def content(number):
    """Return content that shows if a part of it is missing or another's."""
    return b"%d " % number * 4096


def number_in(record):
    """Return the number that a whole record was made from; 0 where there is none."""
    if record is None:
        return 0
    number = int(record.value.split(b" ", 1)[0])
    assert content(number) == record.value
    return number


def work(store, key, child):
    """Count under the lock until killed, and say each number that was written."""
    child.say("ready")
    while True:
        with store.lock(key, GRACE) as held:
            old = store.get(key)
            number = number_in(old) + 1
            new = Record(content(number), time.time() + 600)
            if held and store.put(key, new, old):
                child.say(number)


def kill_and_look(store, keys, chance, lease):
    """Kill a worker of each key; return how far each of them had come."""
    workers = [Child(lambda child, key=key: work(store, key, child)) for key in keys]
    for worker in workers:
        assert "ready" == worker.hear()
    killed = []
    for worker in workers:
        time.sleep(chance.uniform(0, 0.012))
        killed.append((worker.kill(), time.monotonic()))
    reached = []
    for key, (said, at) in zip(keys, killed, strict=True):
        with store.lock(key, lease + GRACE) as held:
            waited = time.monotonic() - at
            number = number_in(store.get(key))
        assert held
        assert waited < lease + GRACE / 2
        # What it wrote is there; the last write may have been cut off before it
        # said so.
        said_last = said[-1] if said else 0
        assert number >= said_last
        reached.append((number, said_last))
    return reached


def kill_often(store, lease, seed):
    """Kill many workers; no round finds less than the one before it left."""
    chance = random.Random(seed)
    keys = [key_of(f"{number}") for number in range(AT_ONCE)]
    before = [0] * AT_ONCE
    for _ in range(KILLS // AT_ONCE):
        reached = kill_and_look(store, keys, chance, lease)
        for old, (number, said) in zip(before, reached, strict=True):
            assert old <= number <= max(old, said) + 1
        before = [number for number, _ in reached]
    assert all(before)  # or nothing was ever written


@pytest.mark.parametrize("seed", [1])
def test_killed_with_the_file_lock(tmp_path, seed):
    """A killed holder leaves no lock, no torn record, and none that is older."""
    store = FileStore(tmp_path / "tokens")

    kill_often(store, 0, seed)

    # Half-written files go with a later sweep.
    later = FileStore(tmp_path / "tokens", clock=lambda: time.time() + 7200)
    assert later.put(key_of("new"), Record(b"", time.time() + 9000), None)
    left = {path.name for path in (tmp_path / "tokens").iterdir()}
    assert not [name for name in left if name.endswith(".tmp")]


def test_killed_with_the_lease(redis_server, prefix):
    """A killed holder keeps its lease no longer than that, and no record is lost."""
    patience = Patience(lease=0.15, timeout=10)
    inner = RedisStore(redis_server.url(), prefix=prefix, patience=patience)

    kill_often(EncryptedStore(inner, Secret("correct horse")), 0.15, seed=2)


def test_killed_while_others_wait(tmp_path):
    """Of those who wait for a killed holder, one after the other gets the lock."""
    store = FileStore(tmp_path / "tokens")
    key = key_of("one")

    def hold(child):
        with store.lock(key, GRACE) as held:
            child.say(held)
            time.sleep(60)

    def wait(child):
        child.say("ready")
        with store.lock(key, GRACE) as held:
            child.say(held)

    for _ in itertools.repeat(None, 5):
        holder = Child(hold)
        assert holder.hear()
        waiters = [Child(wait) for _ in range(3)]
        assert ["ready"] * 3 == [waiter.hear() for waiter in waiters]
        holder.kill()
        assert [True] * 3 == [waiter.hear(GRACE) for waiter in waiters]
        for waiter in waiters:
            waiter.join()
