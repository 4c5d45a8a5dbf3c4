"""A server whose password changes while processes run."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
import redis

from ccflow.config.cache import Cache
from ccflow.secret import SecretReference
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.configured import ConfiguredStore

from .servers import PASSWORD
from .servers import USER


KEY = "0123456789abcdef" * 4
NEXT = "n3xt p4ss/@:"


@pytest.fixture
def admin(own_server):
    """Somebody who may do everything with the server."""
    with redis.Redis(port=own_server.port) as client:
        yield client


@pytest.fixture
def url_file(own_server, tmp_path):
    """The file that the address of the server is read from."""
    path = tmp_path / "redis.url"
    path.touch(mode=0o600)
    path.write_text(own_server.url().reveal())
    return path


@pytest.fixture
def store(url_file):
    url = SecretReference("file", {"file": str(url_file)})
    return ConfiguredStore(Cache(store="redis", settings={"url": url}))


def change_password(admin, password):
    """Give the user another password, and end what the old one had begun."""
    admin.acl_setuser(
        USER, enabled=True, reset_passwords=True, passwords=[f"+{password}"]
    )
    admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def logins(admin):
    """Return how many logins failed."""
    return sum(entry["count"] for entry in admin.acl_log() if entry["reason"] == "auth")


def record(value):
    return Record(value, time.time() + 600)


class TestRotation:
    def test_the_next_use_after_both_have_changed(
        self, store, admin, own_server, url_file
    ):
        """A new connection is made with the new password, and nobody notices."""
        assert store.put(KEY, record(b"old"), None)
        change_password(admin, NEXT)
        url_file.write_text(own_server.url(password=quote(NEXT, safe="")).reveal())

        assert b"old" == store.get(KEY).value
        assert store.put(KEY, record(b"new"), store.get(KEY))
        with store.lock(KEY, 0) as held:
            assert held
        assert 1 == logins(admin)

    def test_the_server_changes_first(self, store, admin, own_server, url_file):
        """Until the reference has the new one it costs the sharing, and no more."""
        store.put(KEY, record(b"old"), None)
        change_password(admin, NEXT)

        with pytest.raises(StoreError, match="refused the user name or password"):
            store.get(KEY)
        with pytest.raises(StoreError, match="refused"):
            store.get(KEY)  # It is left alone: that was no second login.
        assert 1 == logins(admin)

        url_file.write_text(own_server.url(password=quote(NEXT, safe="")).reveal())
        store._made.store._server._down = (0, "", False)  # as after five seconds

        assert b"old" == store.get(KEY).value

    def test_the_reference_changes_first(self, store, admin, own_server, url_file):
        """A connection that stands is used; the new secret is read when it ends."""
        store.put(KEY, record(b"old"), None)
        url_file.write_text(own_server.url(password=quote(NEXT, safe="")).reveal())
        assert b"old" == store.get(KEY).value

        change_password(admin, NEXT)

        assert b"old" == store.get(KEY).value

    def test_a_wrong_one_costs_one_login(self, store, admin, own_server, url_file):
        """A value that did not change is not sent twice."""
        url_file.write_text(own_server.url(password="wr0ng").reveal())

        with pytest.raises(StoreError, match="refused the user name") as caught:
            store.get(KEY)

        assert 1 == logins(admin)
        assert PASSWORD not in str(caught.value)
