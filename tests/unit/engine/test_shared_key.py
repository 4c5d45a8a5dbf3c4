"""The key that a token is shared under, and what there is to say without one."""

from __future__ import annotations

import pytest

from ccflow.engine.fetch import Fetch
from ccflow.events import StoreDegraded
from ccflow.stores.memory import MemoryStore
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.scripted import World
from tests.support.worlds import make_profile


REFERENCE = {"env": "SHARED_KEY_SECRET"}


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("SHARED_KEY_SECRET", "of the test")


def told(store=None, **keys):
    """Fetch twice, and return what was told and whether the token was adopted."""
    events = []
    with HostileServer(a_token(), host="127.0.0.1") as server:
        given = {"client_secret": REFERENCE, **keys}
        profile = make_profile(f"{server.url}/token", **given)
        provider, plan = profile.plan()
        fetch = Fetch(profile, provider, plan, World().runtime(), events.append, store)
        adopted = [fetch(None, None).adopted for _ in range(2)]
    assert all(isinstance(event, StoreDegraded) for event in events)
    return [event.reason for event in events], adopted[-1]


class TestLiteral:
    @pytest.mark.parametrize(
        ("keys", "name"),
        [
            ({"headers": {"x-tenant": "acme"}}, "headers.x-tenant is literal"),
            ({"extra_parameters": {"a": "b"}}, "extra_parameters.a is literal"),
            ({"client_secret": "plain"}, "client_secret is literal"),
            ({"client_secret": ["plain", REFERENCE]}, "client_secret is literal"),
            (
                {"client_secret": "plain", "headers": {"x-tenant": "acme"}},
                "client_secret and headers.x-tenant are literal",
            ),
        ],
    )
    def test_without_a_key_is_told_once(self, keys, name):
        """Nothing is shared, and that is no secret."""
        reasons, adopted = told(MemoryStore(), **keys)

        assert 1 == len(reasons)
        assert reasons[0].startswith(name)
        assert reasons[0].endswith("or set encryption_key in [cache]")
        assert not adopted

    def test_of_a_profile_that_names_the_store(self, tmp_path):
        """It is the same for a store of the configuration."""
        cache = {"store": "file", "directory": str(tmp_path)}

        assert 1 == len(told(cache=cache, headers={"x-tenant": "acme"})[0])

    @pytest.mark.parametrize("cache", [None, {"store": "memory"}])
    def test_without_a_store_is_no_news(self, cache):
        """Who shares with nobody misses nothing."""
        assert ([], False) == told(cache=cache, headers={"x-tenant": "acme"})

    def test_with_a_key_is_shared(self, tmp_path):
        """A keyed digest stands for it."""
        key = {"encryption_key": REFERENCE}
        cache = {"store": "file", "directory": str(tmp_path), **key}

        assert ([], True) == told(cache=cache, headers={"x-tenant": "acme"})

    def test_of_the_store_itself_changes_nothing(self, tmp_path):
        """The address of a store says nothing about a token, and needs no key."""
        key = {"encryption_key": {"env": "SHARED_KEY_NOWHERE"}}
        cache = {"store": "redis", "url": "redis://127.0.0.1:1/0", **key}
        reasons, _ = told(cache=cache)

        assert 1 == len(reasons)
        assert "cache.encryption_key" in reasons[0]
