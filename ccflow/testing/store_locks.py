"""Excluding, waiting, dying, forking: the tests of a store's locks."""
# ruff: noqa: S101, SIM300 - these are tests, which say what is expected first

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ccflow.store import TokenStore
from ccflow.testing.forks import Child
from ccflow.testing.forks import in_children
from ccflow.testing.store_ground import KEY
from ccflow.testing.store_ground import OTHER
from ccflow.testing.store_ground import StoreGround
from ccflow.testing.store_ground import key_of
from ccflow.testing.store_ground import try_lock
from ccflow.testing.store_ground import value_of


class LockContract(StoreGround):
    """What a store does about locks, and what a fork does to it."""

    def test_a_lock_excludes(self) -> None:
        """While one holds a key's lock another does not get it, and then does."""
        store = self.make_store()
        with store.lock(KEY, 0) as first:
            assert first is True
            started = time.monotonic()
            assert self.elsewhere(lambda: try_lock(store, KEY, 0)) is False
            assert time.monotonic() - started < 1
            assert self.elsewhere(lambda: try_lock(store, KEY, 0.1)) is False
            assert self.elsewhere(lambda: try_lock(store, OTHER, 0)) is True

        assert self.elsewhere(lambda: try_lock(store, KEY, 0)) is True

    def test_a_lock_is_given_back_after_a_failure(self) -> None:
        """An exception under the lock frees it."""
        store = self.make_store()
        with contextlib.suppress(KeyError), store.lock(KEY, 0):
            raise KeyError

        assert try_lock(store, KEY, 0)

    def test_a_lock_is_waited_for(self) -> None:
        """Who waits gets the lock soon after it is given back."""
        store = self.make_store()
        entered = threading.Event()

        def wait() -> bool:
            entered.set()
            return try_lock(store, KEY, 10)

        with ThreadPoolExecutor(1) as pool:
            with store.lock(KEY, 0):
                waiter = pool.submit(wait)
                assert entered.wait(10)
                assert not waiter.done()
            started = time.monotonic()
            assert waiter.result(10)
            assert time.monotonic() - started < 2

    def test_a_lock_is_apart_from_the_record(self) -> None:
        """Whoever holds the lock writes, and so does whoever does not."""
        store = self.make_store()
        with store.lock(KEY, 0) as held:
            assert held
            assert store.put(KEY, self.record(b"mine"), None)
            old = store.get(KEY)
            assert self.elsewhere(lambda: store.put(KEY, self.record(b"new"), old))

        assert b"new" == value_of(store.get(KEY))

    def test_threads_take_turns(self) -> None:
        """Under the lock, reading and writing loses nothing between threads."""
        store = self.make_store()
        stores = [self.make_store() if self.shared else store for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            written = list(pool.map(lambda it: self.count_up(it, 5), stores))

        assert [True] * 4 == written
        assert b"20" == value_of(store.get(KEY))

    def test_processes_take_turns(self) -> None:
        """Under the lock, reading and writing loses nothing between processes."""
        store = self.make_store()

        written = in_children(lambda _: self.count_up(store, 5), 4)

        assert [True] * 4 == written
        assert (b"20" if self.shared else None) == value_of(store.get(KEY))

    def test_a_lock_dies_with_its_holder(self) -> None:
        """Killing the holder frees the lock, at the latest when its lease ends."""
        store = self.make_store()
        holder = Child(lambda child: self.hold_on(store, child))
        try:
            assert "held" == holder.hear()
            assert self.shared is not try_lock(store, KEY, 0)
        finally:
            holder.kill()

        assert try_lock(store, KEY, self.lease + 5)

    def test_a_lock_dies_with_its_holder_and_not_with_the_holders_child(self) -> None:
        """A process forked while the lock was held does not keep it."""
        store = self.make_store()
        holder = Child(lambda child: self.hold_on(store, child, fork=True))
        try:
            assert "held" == holder.hear()
            grandchild = int(holder.hear())
        finally:
            holder.kill()
        try:
            assert try_lock(store, KEY, self.lease + 5)
        finally:
            os.kill(grandchild, signal.SIGKILL)

    def test_a_fork_under_load_works_on(self) -> None:
        """A child reads, writes and locks, whatever the parent's threads were at."""
        store = self.make_store()
        stop = threading.Event()

        def be_busy(name: str) -> None:
            while not stop.is_set():
                store.put(key_of(name), self.record(), store.get(key_of(name)))
                with store.lock(key_of(name), 1):
                    pass

        def use(number: int) -> bool:
            key = key_of(f"child {number}")
            with store.lock(key, 0) as held:
                return held and store.put(key, self.record(), None)

        threads = [threading.Thread(target=be_busy, args=(n,)) for n in ("a", "b")]
        for thread in threads:
            thread.start()
        try:
            results = [in_children(use, 2) for _ in range(5)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()

        # Each round forgets nothing, so that only the first finds the keys free.
        first, *later = results
        assert [True, True] == first
        assert [[not self.shared] * 2] * 4 == later

    def test_a_child_leaves_its_parents_lock_alone(self) -> None:
        """A child that unwinds the parent's frames does not give the lock back."""
        store = self.make_store()
        with contextlib.ExitStack() as stack:
            assert stack.enter_context(store.lock(KEY, 0))

            def unwind(_: int) -> bool:
                stack.close()
                return True

            assert [True] == in_children(unwind, 1)
            assert not self.elsewhere(lambda: try_lock(store, KEY, 0))

    def count_up(self, store: TokenStore, times: int) -> bool:
        """Add one to a number under the lock; say whether all of it went well."""
        well = True
        for _ in range(times):
            with store.lock(KEY, 30) as held:
                old = store.get(KEY)
                number = 1 if old is None else int(old.value) + 1
                new = self.record(f"{number}".encode())
                well = well and held and store.put(KEY, new, old)
        return well

    def hold_on(self, store: TokenStore, child: Child, *, fork: bool = False) -> str:
        """Take the lock, say so, and stay, as does a child forked meanwhile."""
        with store.lock(KEY, 0) as held:
            child.say("held" if held else "not held")
            if fork:
                child.say(str(Child(lambda _: time.sleep(60)).pid))
            time.sleep(60)
        return ""
