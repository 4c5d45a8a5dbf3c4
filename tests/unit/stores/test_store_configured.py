"""The store that a profile names: made late, told why not, made anew in time."""

from __future__ import annotations

import pickle
import time

import pytest

from ccflow import stores
from ccflow.config.cache import Cache
from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStoreFactory
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.configured import ConfiguredStore
from ccflow.stores.memory import MemoryStore
from ccflow.testing.store_ground import KEY
from ccflow.testing.store_ground import value_of
from tests.support.plugins import Installed


def env(name):
    return SecretReference("env", {"env": name})


def record(value=b"content"):
    return Record(value, time.time() + 600)


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


class Shelf(MemoryStore):
    """A store with a password, which somebody may change."""

    password = "first"

    def __init__(self, secret):
        super().__init__()
        self.secret = secret

    def get(self, key):
        self.check()
        return super().get(key)

    def put(self, key, record, expected):
        self.check()
        return super().put(key, record, expected)

    def lock(self, key, timeout):
        self.check()
        return super().lock(key, timeout)

    def check(self):
        if self.secret.reveal() != Shelf.password:
            raise StoreError("the shelf refused the password", reread_secrets=True)


@pytest.fixture
def made(monkeypatch):
    """Every shelf that was made; the plugin that makes them is installed."""
    made = []

    def make(settings, secrets):
        made.append(Shelf(secrets["password"]))
        return made[-1]

    monkeypatch.setattr(Shelf, "password", "first")
    asked = {"password": StoreSetting("a password", kind="secret")}
    Installed(monkeypatch).add_store(TokenStoreFactory("shelf", make, asked))
    return made


@pytest.fixture
def shelf(made, monkeypatch):
    monkeypatch.setenv("SHELF_PASSWORD", "first")
    return ConfiguredStore(
        Cache(store="shelf", settings={"password": env("SHELF_PASSWORD")})
    )


def told(use, *arguments):
    with pytest.raises(StoreError) as caught:
        use(*arguments)
    return str(caught.value)


def take(store):
    with store.lock(KEY, 0) as held:
        return held


class TestStoreFor:
    """`store_for`."""

    def test_one_for_all_profiles_that_say_the_same(self, monkeypatch, tmp_path):
        """Equal caches are one store, others are not, and memory is none."""
        monkeypatch.setattr(stores, "_stores", {})
        one, same = (Cache(store="file", settings={"directory": "a"}) for _ in range(2))
        other = Cache(store="file", settings={"directory": "b"})

        assert stores.store_for(one) is stores.store_for(same)
        assert stores.store_for(one) is not stores.store_for(other)
        assert stores.store_for(Cache()) is None


class TestMaking:
    """When it is made, and when it cannot be."""

    def test_it_is_made_when_it_is_first_used(self, shelf, made):
        """A profile costs nothing; its store is made once."""
        assert [] == made

        assert shelf.put(KEY, record(), None)
        assert b"content" == value_of(shelf.get(KEY))
        assert take(shelf)
        assert 1 == len(made)

    def test_it_pickles_as_what_the_profile_says(self, shelf, made):
        """Another process makes its own."""
        shelf.get(KEY)

        copy = pickle.loads(pickle.dumps(shelf))

        assert copy.get(KEY) is None
        assert 2 == len(made)
        assert "ConfiguredStore('shelf')" == repr(copy)

    def test_a_key_that_cannot_be_read_is_asked_for_again(self, tmp_path, monkeypatch):
        """The store works from the moment that its key is there."""
        monkeypatch.delenv("CACHE_KEY", raising=False)
        settings = {"directory": str(tmp_path / "tokens")}
        cache = Cache(store="file", settings=settings, encryption_key=env("CACHE_KEY"))
        store = ConfiguredStore(cache, steady=Clock())
        assert "CACHE_KEY is not set" in told(store.get, KEY)
        assert "CACHE_KEY is not set" in told(take, store)

        monkeypatch.setenv("CACHE_KEY", "correct horse")

        assert store.put(KEY, record(), None)
        assert b"content" == value_of(store.get(KEY))

    def test_what_failed_slowly_is_left_alone_for_a_while(self, monkeypatch):
        """A fetch does not wait again and again for what cannot be read."""
        clock, calls = Clock(), []

        def make(settings, secrets):
            calls.append(clock.now)
            clock.now += 2
            raise StoreError("the shelf is away")

        Installed(monkeypatch).add_store(TokenStoreFactory("shelf", make))
        store = ConfiguredStore(Cache(store="shelf"), steady=clock)

        assert {"the shelf is away"} == {told(store.get, KEY) for _ in range(4)}
        assert "the shelf is away" == told(take, store)
        assert [0] == calls
        clock.now += 19.9
        told(store.get, KEY)
        clock.now += 0.2
        told(store.get, KEY)
        assert [0, pytest.approx(22.1)] == calls

    def test_a_plugin_that_went_away(self, monkeypatch):
        """A profile that came by pickle may name what is not installed here."""
        Installed(monkeypatch)

        text = told(ConfiguredStore(Cache(store="shelf")).get, KEY)

        assert "there is no store 'shelf'" in text


class TestRotation:
    """A secret that was changed while the process ran."""

    @pytest.mark.parametrize(
        "use", [lambda it: it.get(KEY), lambda it: it.put(KEY, None, None), take]
    )
    def test_a_new_password_is_picked_up(self, shelf, made, monkeypatch, use):
        """After a refusal it is read again, and the store is made anew and asked."""
        shelf.get(KEY)
        monkeypatch.setattr(Shelf, "password", "second")
        monkeypatch.setenv("SHELF_PASSWORD", "second")

        use(shelf)

        assert ["first", "second"] == [it.secret.reveal() for it in made]

    def test_the_same_password_is_not_tried_again(self, shelf, made, monkeypatch):
        """Where nothing changed, a second try would be a second bad login."""
        monkeypatch.setattr(Shelf, "password", "second")

        assert "the shelf refused the password" == told(shelf.get, KEY)
        assert 1 == len(made)

        monkeypatch.setenv("SHELF_PASSWORD", "second")

        assert shelf.get(KEY) is None

    def test_a_wrong_new_password_is_tried_once(self, shelf, made, monkeypatch):
        """One refusal costs one more try, whatever comes of it."""
        shelf.get(KEY)
        monkeypatch.setattr(Shelf, "password", "second")
        monkeypatch.setenv("SHELF_PASSWORD", "third")

        assert "the shelf refused the password" == told(shelf.get, KEY)
        assert ["first", "third"] == [it.secret.reveal() for it in made]

    def test_one_that_is_gone_leaves_the_refusal(self, shelf, made, monkeypatch):
        """What the store said is of more use than that the variable is gone."""
        shelf.get(KEY)
        monkeypatch.setattr(Shelf, "password", "second")
        monkeypatch.delenv("SHELF_PASSWORD")

        assert "the shelf refused the password" == told(shelf.get, KEY)

    def test_another_thread_was_quicker(self, shelf, made, monkeypatch):
        """Of two that are refused, one makes the store for both."""
        shelf.get(KEY)
        monkeypatch.setattr(Shelf, "password", "second")
        monkeypatch.setenv("SHELF_PASSWORD", "second")
        old = shelf._made
        shelf.get(KEY)

        assert shelf._renewed(old) is shelf._made
        assert 2 == len(made)

    def test_other_failures_read_nothing(self, shelf, made, monkeypatch):
        """A full disk is no reason to read a secret."""
        shelf.get(KEY)
        monkeypatch.setenv("SHELF_PASSWORD", "second")

        def fail(key):
            raise StoreError("no space left")

        made[0].get = fail

        assert "no space left" == told(shelf.get, KEY)
        assert 1 == len(made)

    def test_a_new_encryption_key_is_picked_up(self, tmp_path, monkeypatch):
        """A record that does not open has the key read again."""
        settings = {"directory": str(tmp_path / "tokens")}
        cache = Cache(store="file", settings=settings, encryption_key=env("CACHE_KEY"))
        one, other = ConfiguredStore(cache), ConfiguredStore(cache)
        monkeypatch.setenv("CACHE_KEY", "correct horse")
        one.put(KEY, record(b"old"), None)
        monkeypatch.setenv("CACHE_KEY", "battery staple")
        assert "does not open with this encryption_key" in told(other.get, KEY)
        assert other.put(KEY, record(b"new"), None)

        assert b"new" == value_of(one.get(KEY))

    def test_a_literal_stays(self, made, monkeypatch):
        """There is nothing to read again."""
        cache = Cache(store="shelf", settings={"password": Secret("wrong")})

        assert "refused" in told(ConfiguredStore(cache).get, KEY)
        assert 1 == len(made)
