"""A server on loopback that knows one secret, and stores of all kinds."""

from __future__ import annotations

import base64
import itertools
import threading

import pytest

from tests.stores.servers import RedisServer
from tests.stores.servers import ServerMissingError
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http


class Authority(HostileServer):
    """Gives numbered tokens to who says ``right``; waits while `open` is clear."""

    def __init__(self) -> None:
        super().__init__(self.decide, host="127.0.0.1")
        self.open = threading.Event()
        self.open.set()
        self.arrived = threading.Semaphore(0)
        self.numbers = itertools.count(1)
        self.lifetime = 3600
        self.bad = 0

    def decide(self, line, request):
        self.arrived.release()
        self.open.wait(30)
        given = request.header("authorization").partition(" ")[2]
        if base64.b64decode(given) == b"me:right":
            return a_token(f"tok-{next(self.numbers)}", self.lifetime)
        self.bad += 1
        return http(401, {"error": "invalid_client"})


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("LIFE_SECRET", "right")
    with Authority() as authority:
        yield authority
        authority.open.set()


@pytest.fixture
def file_cache(tmp_path):
    return {"store": "file", "directory": str(tmp_path / "tokens")}


@pytest.fixture
def redis_cache(tmp_path, monkeypatch):
    try:
        redis = RedisServer(tmp_path)
    except ServerMissingError as problem:
        pytest.fail(str(problem), pytrace=False)
    # A store is kept for each reference, so each server has one of its own.
    name = f"LIFE_REDIS_{redis.port}"
    monkeypatch.setenv(name, redis.url().reveal())
    yield {"store": "redis", "url": {"env": name}}
    redis.stop()


@pytest.fixture(params=["file", "redis"])
def cache(request):
    return request.getfixturevalue(f"{request.param}_cache")
