"""What a source does to get a token, from its profile to the store."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc

import pytest

import ccflow
from ccflow.engine.fetch import Fetch
from ccflow.events import StoreDegraded
from ccflow.stores.memory import MemoryStore
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.scripted import World
from tests.support.worlds import make_profile


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("FETCH_SECRET", "of the test")


@pytest.fixture
def world() -> World:
    return World()


def fetch_from(server, world, store=None, events=(), **keys):
    given = {"client_secret": {"env": "FETCH_SECRET"}, **keys}
    profile = make_profile(f"{server.url}/token", **given)
    provider, plan = profile.plan()
    tell = events.append if isinstance(events, list) else lambda it: None
    return Fetch(profile, provider, plan, world.runtime(), tell, store)


class TestStores:
    def test_two_sources_share_a_given_store(self, world):
        """What one fetched, the other one adopts."""
        store = MemoryStore(clock=lambda: world.wall)
        with HostileServer(a_token(), host="127.0.0.1") as server:
            first, second = (fetch_from(server, world, store) for _ in range(2))

            assert [False, True] == [
                each(None, None).adopted for each in (first, second)
            ]
            assert 1 == len(server.journal)

    def test_gate_is_shared(self, world):
        """What one was refused, the other one does not ask."""
        store = MemoryStore(clock=lambda: world.wall)
        answer = http(401, {"error": "invalid_client"})
        with HostileServer(answer, host="127.0.0.1") as server:
            for fetch in [fetch_from(server, world, store) for _ in range(3)]:
                with pytest.raises(ccflow.TokenRefusedError):
                    fetch(None, None)
                assert fetch.retry_at == world.wall + 5.0

            assert 1 == len(server.journal)

    def test_literal_secret_stays_in_memory(self, world):
        """Without an encryption key nothing of it is stored."""
        store = MemoryStore()
        with HostileServer(a_token(), host="127.0.0.1") as server:
            fetch_from(server, world, store, client_secret="literal")(None, None)

        assert {} == store._records

    def test_encryption_key_that_is_missing(self, world, tmp_path):
        """What is wrong with the store costs the sharing, and is told once."""
        cache = {
            "store": "file",
            "directory": str(tmp_path),
            "encryption_key": {"env": "FETCH_NOWHERE"},
        }
        events = []
        for client_secret in ("literal", {"env": "FETCH_SECRET"}):
            events.clear()
            with HostileServer(a_token(), host="127.0.0.1") as server:
                keys = {"cache": cache, "client_secret": client_secret}
                fetch = fetch_from(server, world, None, events, **keys)
                for _ in range(3):
                    assert fetch(None, None).response

            assert [StoreDegraded] == [type(event) for event in events]
            assert "FETCH_NOWHERE" in events[0].reason

    def test_waiting_for_the_lock_takes_from_the_deadline(self, world):
        """Store and server together get the profile's timeout."""

        class Slow(MemoryStore):
            @contextlib.contextmanager
            def lock(self, key, timeout):
                assert 15.0 == timeout
                world.tick(timeout)
                yield False

        with HostileServer(a_token(), host="127.0.0.1") as server:
            fetch = fetch_from(server, world, Slow())
            left = []
            conversation = fetch._conversation = fetch._begin()
            inner = conversation.exchange

            class Watched:
                is_blank = True
                claims = staticmethod(inner.claims)
                credentials = staticmethod(inner.credentials)

                @staticmethod
                def attempt(credential, seconds):
                    left.append(seconds)
                    return inner.attempt(credential, seconds)

            conversation.exchange = Watched
            fetch(None, None)

        assert [15.0] == left

    def test_unreadable_credential_is_not_the_stores_fault(self, world, monkeypatch):
        """It is raised, at once, and no request is sent."""
        monkeypatch.delenv("FETCH_SECRET")
        events = []
        with HostileServer(a_token(), host="127.0.0.1") as server:
            with pytest.raises(ccflow.SecretError, match="FETCH_SECRET"):
                fetch_from(server, world, MemoryStore(), events)(None, None)

            assert [] == server.journal
        assert [] == events


class TestCost:
    def test_ten_thousand_sources(self):
        """A source costs under 1 KiB, its plan included."""
        profile = make_profile(scope=["read"])
        ccflow.TokenSource(profile)
        count = 10_000
        gc.collect()
        tracemalloc.start()
        sources = [
            ccflow.TokenSource(profile, audience=f"{number}") for number in range(count)
        ]
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert count == len(sources)
        assert size / count < 1024
