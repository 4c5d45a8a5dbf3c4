"""What a source does to get a token, from its profile to the store."""

from __future__ import annotations

import contextlib
import gc
import time
import tracemalloc
from email.utils import formatdate

import pytest

import ccflow
from ccflow.engine.fetch import Fetch
from ccflow.engine.freshness import Freshness
from ccflow.engine.freshness import Moment
from ccflow.events import StoreDegraded
from ccflow.stores.memory import MemoryStore
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.scripted import Scripted
from tests.support.scripted import World
from tests.support.scripted import down
from tests.support.scripted import limited
from tests.support.worlds import a_response
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
                others = staticmethod(inner.others)

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


class TestRenewal:
    def fetch(self, world, *answers, **keys):
        profile = make_profile(timeout=8, **keys)
        fetch = Fetch(profile, *profile.plan(), world.runtime(), print)
        fetch._conversation = fetch._begin()
        exchange = fetch._conversation.exchange = Scripted(world, *answers)
        return fetch, exchange

    def held(self, world, left):
        """The life of a token of which so much is left."""
        asked = Moment(world.wall - 100 + left, world.steady - 100 + left)
        return Freshness(asked, 100.0, 80.0)

    def test_asks_again_before_the_token_ends(self, world):
        """One answer that does not come costs half of what is left, not all."""

        def hang(credential):
            world.tick(exchange.left[-1])
            return down(category="network")

        fetch, exchange = self.fetch(world, hang, hang, hang)
        exchange.seconds = 0.0
        with pytest.raises(ccflow.TokenUnavailableError):
            fetch(self.held(world, 4.0), None)

        # The pauses between are 0.25 and 0.5 s; then the token ends, and all is used.
        assert [2.0, 1.0, pytest.approx(1.0)] == exchange.left
        with pytest.raises(ccflow.TokenUnavailableError):
            fetch(None, None)
        assert 8.0 == exchange.left[3]

    def test_patience_is_learnt(self, world):
        """A server that is slow is given more than a second, as long as it is slow."""
        fetch, exchange = self.fetch(world)
        for seconds, patience in ((0.7, 1.4), (0.1, 1.0), (9.0, 8.0)):
            exchange.seconds = seconds
            fetch(None, None)
            exchange.seconds = 0.0
            fetch(self.held(world, 0.4), None)
            assert pytest.approx(patience) == exchange.left[-1]

    def test_waits_for_what_the_server_asked(self, world):
        """A rate limit is waited out with all the time, as without a token."""
        fetch, _ = self.fetch(world, limited(3.0), a_response())

        assert fetch(self.held(world, 1.0), None).response
        assert [3.0] == world.slept


class TestRequests:
    def test_second_assertion_is_another_one(self, monkeypatch):
        """What is sent once more for the sake of a clock is counted."""
        monkeypatch.setenv("FETCH_SECRET", "x" * 64)
        wrong = {"Date": formatdate(time.time() + 94, usegmt=True)}
        refusal = http(401, {"error": "invalid_client"}, wrong)
        with HostileServer(refusal, host="127.0.0.1") as server:
            profile = make_profile(
                f"{server.url}/token",
                client_secret={"env": "FETCH_SECRET"},
                token_endpoint_auth_method="client_secret_jwt",
            )
            source = ccflow.TokenSource(profile)
            with pytest.raises(ccflow.TokenRefusedError):
                source.token()

            assert 2 == len(server.journal) == source.status().requests


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
