"""Stores that hang, or come back late, cost the sharing and never the token."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

import ccflow
from ccflow.events import StoreDegraded
from ccflow.store import Record
from ccflow.stores.memory import MemoryStore
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.worlds import make_profile


SECONDS = 0.6  # of which a quarter is for the store
STEPS = ("get", "put", "lock", "unlock")


class HangingStore(MemoryStore):
    """A store as a plugin may bring one, which hangs in a step until it is freed."""

    def __init__(self, step):
        super().__init__()
        self.step = step
        self.free = threading.Event()
        self.hung = threading.Event()
        self.done = threading.Event()

    def _reach(self, step):
        if step == self.step:
            self.hung.set()
            self.free.wait(30)

    def get(self, key):
        self._reach("get")
        return super().get(key)

    def put(self, key, record, expected):
        self._reach("put")
        written = super().put(key, record, expected)
        self.done.set()
        return written

    @contextmanager
    def lock(self, key, timeout):
        self._reach("lock")
        with super().lock(key, timeout) as held:
            yield held
            self._reach("unlock")
        self.done.set()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("HANGING_SECRET", "of the test")
    with HostileServer(a_token(), host="127.0.0.1") as server:
        yield server


def source_of(server, store=None, **keys):
    given = {"client_secret": {"env": "HANGING_SECRET"}, "timeout": SECONDS, **keys}
    profile = make_profile(f"{server.url}/token", **given)
    source, reasons = ccflow.TokenSource(profile, store=store), []

    def tell(event):
        if isinstance(event, StoreDegraded):
            reasons.append(event.reason)

    source.on_event(tell)
    return source, reasons


@pytest.fixture
def hanging(request):
    store = HangingStore(request.param)
    yield store
    store.free.set()


@pytest.mark.parametrize("hanging", STEPS, indirect=True)
class TestHanging:
    def test_costs_only_the_sharing(self, server, hanging):
        """The server answers, so the callers get their token, and the reason once."""
        source, reasons = source_of(server, hanging)
        for _ in range(3):
            assert source.token()
            source.invalidate()

        assert hanging.hung.is_set()
        assert ["whether it hangs" in reason for reason in reasons] == [True]

    def test_leaves_one_thread_behind(self, server, hanging):
        """However many fetches there are, one waits for the store."""
        before = set(threading.enumerate())
        for _ in range(3):
            source, _ = source_of(server, hanging)
            source.token()

        left = set(threading.enumerate()) - before
        visits = [it for it in left if it.name == "ccflow-store"]
        for thread in visits:
            thread.join(0.2)  # Those that are let go need a moment.
        assert 1 == sum(thread.is_alive() for thread in visits)


class TestLate:
    @pytest.mark.parametrize("hanging", ["put"], indirect=True)
    def test_put_does_not_replace_a_newer_record(self, server, hanging):
        """What was left behind compares before it writes, like everybody."""
        source, _ = source_of(server, hanging)
        source.token()
        key = source._fetch._share.key
        hanging.step = None
        newer = Record(b"newer", time.time() + 600)
        assert hanging.put(key, newer, None)
        hanging.done.clear()

        hanging.free.set()

        assert hanging.done.wait(30)
        assert b"newer" == hanging.get(key).value

    @pytest.mark.parametrize("hanging", ["lock"], indirect=True)
    def test_lock_is_given_back(self, server, hanging):
        """Nobody holds what came when its fetch was over."""
        source, _ = source_of(server, hanging)
        source.token()
        key = source._fetch._share.key
        hanging.step = None

        hanging.free.set()

        assert hanging.done.wait(30)
        with hanging.lock(key, 0) as held:
            assert held


class TestSecrets:
    @pytest.mark.parametrize("literal", [None, {"x-tenant": "acme"}])
    @pytest.mark.parametrize("key", ["url", "encryption_key"])
    def test_command_that_takes_long(self, server, key, literal):
        """The secrets of a store are waited for no longer than the store."""
        slow = {"command": ["sleep", "1"]}
        cache = {"store": "redis", "url": "redis://127.0.0.1:1/0", key: slow}
        if key == "url":
            cache["encryption_key"] = {"env": "HANGING_SECRET"}
        source, reasons = source_of(server, cache=cache, headers=literal)

        assert source.token()
        assert ["that [cache] names" in reason for reason in reasons] == [True]


class TestOneBrokenRecord:
    def test_is_told_once_until_it_is_mended(self, server, tmp_path):
        """A record that cannot be read, beside one that can, is one fault."""
        cache = {"store": "file", "directory": str(tmp_path / "tokens")}
        source, reasons = source_of(server, cache=cache, timeout=30)
        source.token()
        path = tmp_path / "tokens" / source._fetch._share.key

        def fetch():
            source.invalidate()
            source.token()

        path.chmod(0o644)
        for _ in range(3):
            fetch()
        assert 1 == len(reasons)
        path.unlink()
        fetch()
        path.chmod(0o660)
        for _ in range(2):
            fetch()

        assert 2 == len(reasons)
        assert all(str(path) in reason for reason in reasons)
