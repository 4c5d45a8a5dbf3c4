"""Sources whose stores are plugins' or encrypted, and fail in each way they can."""

from __future__ import annotations

import itertools
import logging
from contextlib import contextmanager

import pytest

from ccflow import stores
from ccflow.doctor.store import check_store
from ccflow.engine.source import TokenSource
from ccflow.events import StoreDegraded
from ccflow.plugin import StoreError
from ccflow.plugin import TokenStoreFactory
from ccflow.stores.memory import MemoryStore
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.plugins import Installed
from tests.support.worlds import make_profile


class Server(HostileServer):
    """Gives a new token to each request, and counts them."""

    def __init__(self):
        self.numbers = itertools.count(1)
        super().__init__(self.answer, host="127.0.0.1")

    def answer(self, line, request):
        return a_token(f"tok-{next(self.numbers)}", 3600)

    @property
    def count(self):
        return len(self.journal)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(stores, "_stores", {})
    monkeypatch.setenv("THE_SECRET", "s3cret")
    with Server() as server:
        yield server


@pytest.fixture
def installed(monkeypatch):
    return Installed(monkeypatch)


@pytest.fixture
def source_of(server):
    """Make a source with a cache; gives the events of its store as well."""

    def source_of(**cache):
        profile = make_profile(
            f"{server.url}/token", client_secret={"env": "THE_SECRET"}, cache=cache
        )
        source, told = TokenSource(profile), []

        def hear(event):
            if isinstance(event, StoreDegraded):
                told.append(event.reason)

        source.on_event(hear)
        return source, told

    return source_of


def renew(source):
    """Have a new token fetched."""
    source.invalidate()
    return source.token().access_token


class Failing(MemoryStore):
    """A store of which one method does something else."""

    def __init__(self, **methods):
        super().__init__()
        vars(self).update(methods)


def failing(error):
    def fail(*arguments):
        raise error

    return fail


@contextmanager
def half_a_lock(key, timeout):
    yield True
    raise OSError("s3cret")


FULL = StoreError("the shelf is full; buy another")
WAYS = {
    "make says why": (failing(FULL), "the shelf is full"),
    "make raises": (failing(KeyError("s3cret")), "failed with KeyError"),
    "make exits": (failing(SystemExit("s3cret")), "failed with SystemExit"),
    "make gives none": (lambda *_: None, "is none"),
    "get says why": (lambda *_: Failing(get=failing(FULL)), "the shelf is full"),
    "get raises": (lambda *_: Failing(get=failing(OSError("s3cret"))), "with OSError"),
    "get lies": (lambda *_: Failing(get=lambda key: "s3cret"), "what is no record"),
    "put raises": (lambda *_: Failing(put=failing(OSError("s3cret"))), "with OSError"),
    "lock raises": (lambda *_: Failing(lock=failing(OSError("s3cret"))), "OSError"),
    "lock is none": (lambda *_: Failing(lock=lambda *_: None), "failed with"),
    "unlock raises": (lambda *_: Failing(lock=half_a_lock), "failed with OSError"),
}


class TestStoreOfAPlugin:
    def test_it_shares(self, source_of, installed, server):
        """Two sources that know nothing of each other ask once."""
        shelf = MemoryStore()
        installed.add_store(TokenStoreFactory("shelf", lambda *_: shelf))
        (one, told), (other, _) = source_of(store="shelf"), source_of(store="shelf")

        assert one.token().access_token == other.token().access_token
        assert (1, 1) == (server.count, other.status().adopted)
        assert [] == told

    @pytest.mark.parametrize("way", sorted(WAYS))
    def test_whatever_fails_costs_the_sharing(
        self, source_of, installed, server, caplog, way
    ):
        """It is told once, in an event and a warning; every token comes."""
        make, why = WAYS[way]
        installed.add_store(TokenStoreFactory("shelf", make))
        source, told = source_of(store="shelf")
        with caplog.at_level(logging.WARNING, "ccflow"):
            tokens = {source.token().access_token}

        assert {"tok-1"} == tokens
        assert 1 == len(told)
        assert why in told[0]
        (warning,) = [it for it in caplog.records if it.levelno == logging.WARNING]
        assert f"billing: tokens are not shared: {told[0]}" == warning.getMessage()
        assert "s3cret" not in told[0]

    @pytest.mark.parametrize("way", sorted(WAYS))
    def test_check_finds_it(self, source_of, installed, server, way):
        """It is an error of the profile, found without a token request."""
        make, why = WAYS[way]
        installed.add_store(TokenStoreFactory("shelf", make))
        source, _ = source_of(store="shelf")

        (found,) = check_store(source._profile, {})

        assert "error" == found.level
        assert found.message.startswith("the shelf store: ")
        assert why in found.message
        assert "s3cret" not in f"{found}"
        assert 0 == server.count


class TestEncryptionKey:
    @pytest.fixture
    def keyed(self, source_of, tmp_path, monkeypatch):
        """Make a source whose records are encrypted with the key of a variable."""
        monkeypatch.setenv("KEY_ONE", "correct horse")
        monkeypatch.setenv("KEY_OTHER", "battery staple")

        def keyed(variable):
            directory = str(tmp_path / "tokens")
            key = {"env": variable}
            return source_of(store="file", directory=directory, encryption_key=key)

        return keyed

    def test_another_one_than_the_writers(self, keyed, server):
        """It costs one request, and whoever meets such a record says so once."""
        (one, told), (other, told_other) = keyed("KEY_ONE"), keyed("KEY_OTHER")
        one.token()

        assert "tok-2" == other.token().access_token
        assert 2 == server.count
        assert [] == told
        assert 1 == len(told_other)
        assert "does not open with this encryption_key" in told_other[0]
        for number in (3, 5, 7):  # They overwrite each other, and it is told no more.
            assert f"tok-{number}" == renew(one)
            assert f"tok-{number + 1}" == renew(other)
        assert (1, 1) == (len(told), len(told_other))

    def test_one_that_comes_later(self, keyed, server, monkeypatch):
        """Without it tokens are not shared; with it they are, without a restart."""
        monkeypatch.delenv("KEY_ONE")
        (one, told), (other, _) = keyed("KEY_ONE"), keyed("KEY_ONE")
        one.token()
        other.token()
        assert 2 == server.count
        assert "KEY_ONE is not set" in told[0]

        monkeypatch.setenv("KEY_ONE", "correct horse")
        renew(one)

        assert other.token().access_token != one.token().access_token
        other.invalidate()
        assert other.token().access_token == one.token().access_token
        assert (3, 1) == (server.count, len(told))

    def test_one_in_the_keyring(self, source_of, server, tmp_path):
        """What encrypts may be kept where the system keeps its passwords."""
        keyring = pytest.importorskip("keyring")
        file = pytest.importorskip("keyrings.alt.file")
        before, backend = keyring.get_keyring(), file.PlaintextKeyring()
        backend.file_path = str(tmp_path / "keyring.cfg")
        reference = {"keyring": "ccflow", "username": "cache"}
        cache = {"store": "file", "directory": str(tmp_path / "tokens")}
        (one, told), (other, _) = (
            source_of(**cache, encryption_key=reference) for _ in range(2)
        )
        keyring.set_keyring(backend)
        try:
            keyring.set_password("ccflow", "cache", "correct horse")
            tokens = {one.token().access_token, other.token().access_token}
        finally:
            keyring.set_keyring(before)

        assert ({"tok-1"}, [], 1) == (tokens, told, server.count)
        (record,) = [it for it in (tmp_path / "tokens").iterdir() if len(it.name) == 64]
        assert b"tok-1" not in record.read_bytes()
