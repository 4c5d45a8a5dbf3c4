"""Another server takes over, under the same name."""

from __future__ import annotations

import socket
import time

import pytest
import redis

from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.redis import RedisStore

from .servers import RedisServer
from .servers import free_port


KEY = "0123456789abcdef" * 4


@pytest.fixture
def pair(server_program, tmp_path):
    """Two servers, at the same port of two addresses."""
    port = free_port()
    servers = []
    for host in ("127.0.0.1", "127.0.0.2"):
        directory = tmp_path / host
        directory.mkdir()
        servers.append(RedisServer(directory, host=host, port=port))
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def name(monkeypatch):
    """A name that a test can move."""
    system, address = socket.getaddrinfo, ["127.0.0.1"]

    def getaddrinfo(host, *arguments, **keywords):
        found = address[0] if host == "redis.test" else host
        return system(found, *arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return address


def record(value=b"content"):
    return Record(value, time.time() + 600)


def test_sharing_goes_on_with_the_new_server(pair, name):
    """What became a replica is left, and the name is looked up again."""
    old, new = pair
    url = old.url().reveal().replace("127.0.0.1", "redis.test")
    store = RedisStore(Secret(url))
    assert store.put(KEY, record(), None)

    with redis.Redis("127.0.0.1", old.port) as admin:
        admin.replicaof("127.0.0.2", new.port)
    name[0] = "127.0.0.2"
    with pytest.raises(StoreError, match="is a replica"):
        store.put("another" * 8, record(b"new"), None)

    assert store.put("another" * 8, record(b"new"), None)
    with redis.Redis("127.0.0.2", new.port) as admin:
        assert [b"ccflow:" + b"another" * 8] == admin.keys()


def test_lock_is_taken_at_the_new_server(pair, name):
    """The lease of the old server is no hindrance."""
    old, new = pair
    url = old.url().reveal().replace("127.0.0.1", "redis.test")
    store = RedisStore(Secret(url))
    with redis.Redis("127.0.0.1", old.port) as admin:
        assert store.get(KEY) is None
        admin.replicaof("127.0.0.2", new.port)
    name[0] = "127.0.0.2"

    with pytest.raises(StoreError, match="is a replica"), store.lock(KEY, 0):
        pass

    with store.lock(KEY, 0) as held:
        assert held
