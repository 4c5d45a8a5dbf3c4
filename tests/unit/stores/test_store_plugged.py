"""The stores of plugins, which may do anything."""

from __future__ import annotations

import time
import traceback
from contextlib import contextmanager

import pytest

from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStoreFactory
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.memory import MemoryStore
from ccflow.stores.plugged import PluggedStore
from ccflow.stores.plugged import make_plugged
from ccflow.testing.store_contract import TokenStoreContract
from ccflow.testing.store_ground import KEY
from tests.support.plugins import Installed


def rendered(error):
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format()).partition("in make_plugged")[2]


def failing(error):
    """Return a function that raises."""

    def fail(*arguments):
        raise error

    return fail


class Stub:
    """A store whose methods a test gives."""

    def __init__(self, **methods):
        vars(self).update(methods)


@contextmanager
def lock_of(error):
    """Give a lock that fails when it is given back."""
    yield True
    raise error


class TestPluggedStoreContract(TokenStoreContract):
    """It takes nothing from a store that does as it should."""

    shared = False

    def make_store(self):
        return PluggedStore("shelf", MemoryStore(clock=self.clock))

    def pass_time(self, seconds):
        self.offset += seconds


class TestPluggedStore:
    """`PluggedStore` around stores that do not."""

    @pytest.mark.parametrize("error", [KeyError("s3cret"), SystemExit(3)])
    def test_what_it_raises_is_told_by_its_class(self, error):
        """Its text may hold anything, and is not shown."""
        store = PluggedStore("shelf", Stub(**dict.fromkeys(METHODS, failing(error))))

        for use in USES:
            with pytest.raises(StoreError) as caught:
                use(store)
            told = str(caught.value)
            assert f"the store 'shelf' failed with {type(error).__name__}; ask" in told
            assert "s3cret" not in told
            assert caught.value.__context__ is None

    def test_its_own_words_are_kept(self):
        """A `StoreError` of a plugin says what is wrong, and how to go on."""
        error = StoreError("the shelf is full; buy another", reread_secrets=True)
        store = PluggedStore("shelf", Stub(**dict.fromkeys(METHODS, failing(error))))

        for use in USES:
            with pytest.raises(StoreError) as caught:
                use(store)
            assert caught.value is error

    @pytest.mark.parametrize(
        "found",
        [
            b"content",
            {"value": b""},
            Record("text", 3e9),
            Record(b"", "soon"),
            Record(b"", 3e9, None),
            True,
        ],
    )
    def test_what_is_no_record(self, found):
        """Nothing but a record gets further."""
        store = PluggedStore("shelf", Stub(get=lambda key: found))

        with pytest.raises(StoreError, match="'shelf' returned what is no record"):
            store.get(KEY)

    @pytest.mark.parametrize(("given", "held"), [(None, False), (1, True), ("", False)])
    def test_a_lock_is_held_or_not(self, given, held):
        """Whatever a lock gives, it is true or false."""

        @contextmanager
        def lock(key, timeout):
            yield given

        with PluggedStore("shelf", Stub(lock=lock)).lock(KEY, 0) as found:
            assert found is held

    def test_what_is_no_lock(self):
        """A lock that is no context manager fails as a store fails."""
        store = PluggedStore("shelf", Stub(lock=lambda key, timeout: True))

        with pytest.raises(StoreError, match="failed with"), store.lock(KEY, 0):
            pass

    def test_a_lock_that_cannot_be_given_back(self):
        """That is told, after the work is done."""
        done = []
        store = PluggedStore("shelf", Stub(lock=lambda *_: lock_of(OSError("s3cret"))))

        with pytest.raises(StoreError, match="with OSError"), store.lock(KEY, 0) as it:
            done.append(it)

        assert [True] == done

    def test_a_lock_has_no_say_in_what_it_guards(self):
        """It neither sees nor swallows what fails under it."""
        seen = []

        class Lock:
            def __enter__(self):
                return True

            def __exit__(self, *details):
                seen.append(details)
                return True

        store = PluggedStore("shelf", Stub(lock=lambda key, timeout: Lock()))

        with pytest.raises(KeyError), store.lock(KEY, 0):
            raise KeyError
        assert [(None, None, None)] == seen


METHODS = ("get", "put", "lock")


def _take(store):
    with store.lock(KEY, 0):
        pass


USES = (
    lambda store: store.get(KEY),
    lambda store: store.put(KEY, Record(b"", time.time() + 9), None),
    _take,
)


class TestMakePlugged:
    """`make_plugged`."""

    @pytest.fixture
    def installed(self, monkeypatch):
        return Installed(monkeypatch)

    def test_it_gets_what_it_asked_for(self, installed):
        """Texts and secrets apart, and defaults for what was not given."""
        got = []

        def make(settings, secrets):
            got.append((settings, secrets))
            return MemoryStore()

        asked = {
            "room": StoreSetting("a room"),
            "floor": StoreSetting("a floor", default="2"),
            "password": StoreSetting("a password", kind="secret"),
            "pin": StoreSetting("a pin", kind="secret", default=""),
            "place": StoreSetting("a path", kind="path", default=""),
        }
        installed.add_store(TokenStoreFactory("shelf", make, asked))

        store = make_plugged("shelf", {"room": "hall"}, {"password": Secret("p")})

        assert "PluggedStore('shelf')" == repr(store)
        texts = {"room": "hall", "floor": "2", "place": ""}
        assert [(texts, {"password": Secret("p"), "pin": Secret("")})] == got

    def test_one_that_cannot_be_made(self, installed):
        """What it raises is told by its class, and its frames are not kept."""

        def make(settings, secrets):
            password = secrets["password"].reveal()
            raise ValueError(password)

        asked = {"password": StoreSetting("a password", kind="secret")}
        installed.add_store(TokenStoreFactory("shelf", make, asked))

        with pytest.raises(StoreError, match="'shelf' failed with ValueError") as told:
            make_plugged("shelf", {}, {"password": Secret("hunter2")})

        assert "hunter2" not in rendered(told.value)

    @pytest.mark.parametrize("made", [None, "a store", Stub(get=print, put=print)])
    def test_what_is_no_store(self, installed, made):
        """It needs the three methods."""
        installed.add_store(TokenStoreFactory("shelf", lambda texts, secrets: made))

        with pytest.raises(StoreError, match="the store 'shelf' of a plugin is none"):
            make_plugged("shelf", {}, {})
