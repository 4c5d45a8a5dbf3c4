"""Reading, writing, comparing, expiring: the tests of a store's records."""
# ruff: noqa: S101, SIM300 - these are tests, which say what is expected first

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from ccflow.store import Record
from ccflow.testing.forks import in_children
from ccflow.testing.store_ground import KEY
from ccflow.testing.store_ground import OTHER
from ccflow.testing.store_ground import StoreGround
from ccflow.testing.store_ground import value_of


class RecordContract(StoreGround):
    """What a store does with records."""

    def test_nothing_is_there_at_first(self) -> None:
        """An unknown key gives None."""
        assert self.make_store().get(KEY) is None

    def test_what_is_put_is_got(self) -> None:
        """A record comes back with its content and expiry."""
        store, record = self.make_store(), self.record()

        assert store.put(KEY, record, None)
        found = store.get(KEY)

        assert found is not None
        assert record.value == found.value
        assert abs(record.expires_at - found.expires_at) < 1

    def test_any_bytes_are_kept(self) -> None:
        """Content is opaque: empty, every byte, line ends, and 64 KiB."""
        store = self.make_store()
        every = bytes(range(256))

        for value in (b"", b"\0", b"\r\n\n", b"\xff\xfe{}", every, every * 256):
            assert store.put(KEY, self.record(value), store.get(KEY))
            found = store.get(KEY)
            assert found is not None
            assert value == found.value

    def test_keys_are_apart(self) -> None:
        """Writing or forgetting one key leaves another alone."""
        store = self.make_store()

        assert store.put(KEY, self.record(b"one"), None)
        assert store.put(OTHER, self.record(b"other"), None)
        assert store.put(KEY, None, store.get(KEY))

        assert store.get(KEY) is None
        assert b"other" == value_of(store.get(OTHER))

    def test_two_stores_see_the_same(self) -> None:
        """What one store writes, another one reads, if they are shared."""
        one, other = self.make_store(), self.make_store()

        assert one.put(KEY, self.record(), None)

        assert (b"content" if self.shared else None) == value_of(other.get(KEY))

    # Compare and set

    def test_a_write_onto_what_was_read_succeeds(self) -> None:
        """A record replaces the one that it was made from."""
        store = self.make_store()
        store.put(KEY, self.record(b"old"), None)

        assert store.put(KEY, self.record(b"new"), store.get(KEY))
        assert b"new" == value_of(store.get(KEY))

    def test_a_write_onto_something_else_fails(self) -> None:
        """Whoever read an older record, or none, changes nothing."""
        store = self.make_store()
        store.put(KEY, self.record(b"old"), None)
        old = store.get(KEY)
        store.put(KEY, self.record(b"new"), old)

        assert not store.put(KEY, self.record(b"late"), old)
        assert not store.put(KEY, self.record(b"late"), None)
        assert not store.put(KEY, None, old)
        assert not store.put(KEY, None, None)
        assert b"new" == value_of(store.get(KEY))

    def test_the_same_content_written_again_is_another_record(self) -> None:
        """A version tells one writing from another, not only one content."""
        store, record = self.make_store(), self.record()
        store.put(KEY, record, None)
        first = store.get(KEY)
        store.put(KEY, record, first)

        assert not store.put(KEY, self.record(b"late"), first)

    def test_forgetting(self) -> None:
        """A forgotten key is free, and no longer what was read from it."""
        store = self.make_store()
        store.put(KEY, self.record(), None)
        old = store.get(KEY)

        assert store.put(KEY, None, old)
        assert store.get(KEY) is None
        assert store.put(KEY, None, None)
        assert not store.put(KEY, self.record(b"late"), old)
        assert store.put(KEY, self.record(b"new"), None)

    # Expiry

    def test_an_expired_record_counts_as_none(self) -> None:
        """From its expiry on a record is not given, and its key is free."""
        store = self.make_store()
        store.put(KEY, self.record(expires_in=0.25), None)
        old = store.get(KEY)
        assert old is not None

        self.pass_time(0.3)

        assert store.get(KEY) is None
        assert store.put(KEY, self.record(b"new"), None)
        assert b"new" == value_of(store.get(KEY))

    def test_an_expired_record_may_be_what_was_read(self) -> None:
        """Whoever read a record before it expired can replace it afterwards."""
        store = self.make_store()
        store.put(KEY, self.record(expires_in=0.25), None)
        old = store.get(KEY)

        self.pass_time(0.3)

        assert store.put(KEY, self.record(b"new"), old)
        assert b"new" == value_of(store.get(KEY))

    def test_a_record_expired_at_birth_is_not_kept(self) -> None:
        """A record of the past can be written, and is not given."""
        store = self.make_store()

        assert store.put(KEY, self.record(expires_in=-5), None)
        assert store.get(KEY) is None

    def test_one_of_many_threads_wins(self) -> None:
        """Of writers who read the same, exactly one writes, round after round."""
        store = self.make_store()
        stores = [self.make_store() if self.shared else store for _ in range(6)]
        with ThreadPoolExecutor(len(stores)) as pool:
            for round_ in range(10):
                start, old = threading.Barrier(len(stores)), store.get(KEY)

                def write(
                    number: int,
                    round_: int = round_,
                    start: threading.Barrier = start,
                    old: Record | None = old,
                ) -> bool:
                    start.wait(10)
                    value = f"{round_} {number}".encode()
                    return stores[number].put(KEY, self.record(value), old)

                won = list(pool.map(write, range(len(stores))))

                assert 1 == sum(won)
                winner = f"{round_} {won.index(True)}".encode()
                assert winner == value_of(store.get(KEY))

    def test_one_of_many_processes_wins(self) -> None:
        """Of processes who read the same, exactly one writes."""
        store = self.make_store()
        for round_ in range(3):
            old = store.get(KEY)

            def write(number: int, old: Record | None = old) -> bool:
                return store.put(KEY, self.record(f"{number}".encode()), old)

            won = in_children(write, 4)

            assert (1 if self.shared else 4) == sum(won), round_

    def test_nothing_shows(self) -> None:
        """Neither a store nor a record prints what is kept."""
        store = self.make_store()
        store.put(KEY, self.record(b"t0ken"), None)

        shown = f"{store!r} {store} {store.get(KEY)!r} {store.get(KEY)}"

        assert "t0ken" not in shown
        assert KEY not in shown
