"""
A store in a Redis or Valkey server, for a fleet.

A record stands under a key that the server forgets by itself; a script compares before
it replaces. The lock is a lease: a key with an owner, which the server forgets if its
owner does not come back. A user of the server needs ``~ccflow:* +get +set +del +eval``.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from typing import Final

import attrs

from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.envelope import is_live
from ccflow.stores.envelope import pack
from ccflow.stores.envelope import unpack
from ccflow.stores.redis_server import Client
from ccflow.stores.redis_server import Patience
from ccflow.stores.redis_server import Server
from ccflow.stores.redis_server import read_place


_LONGEST: Final = 400 * 86400.0  # seconds that the server keeps a record, at most

# Redis has SHA-1 only. It tells two contents apart here, and guards nothing.
_REPLACE: Final = """
local held = redis.call('GET', KEYS[1])
if (held and redis.sha1hex(held) or '') ~= ARGV[1] then
  return held
elseif ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisStore:
    """
    Keeps records in a Redis server.

    Args:
        url: ``redis://user:password@host:6379/0``, ``rediss://`` for TLS, or
            ``unix://``; with the options of redis-py as its query, such as
            ``?ssl_ca_certs=/etc/ca.pem``.

        prefix: What all keys begin with.

        patience: How long things may take.

        clock: Gives epoch seconds.

    Raises:
        StoreError: It is no URL of a Redis server.

    .. versionadded:: 0.1.0
    """

    def __init__(
        self,
        url: Secret,
        *,
        prefix: str = "ccflow:",
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = read_place(url)
        if self._place is None:
            raise StoreError(
                "the url of the Redis store does not lead to a Redis server; expected "
                "for example rediss://user:password@cache.example.com:6379/0"
            )
        self._patience = Patience() if patience is None else patience
        self._server = Server(url, self._place, self._patience)
        self._prefix = prefix
        self._clock = clock

    def __repr__(self) -> str:
        return f"RedisStore({self._place!r})"

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        return self._server.do(lambda it: self._read(key, it.get(self._prefix + key)))

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        if not is_live(expected, self._clock()):
            expected = None
        if record is not None and record.expires_at <= self._clock():
            record = None
        return self._server.do(lambda it: self._replace(it, key, record, expected))

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold the lease of a key; gives False where somebody kept it."""
        name, owner = f"{self._prefix}{key}:lock", secrets.token_hex(16)
        holder = os.getpid()
        held = self._acquire(name, owner, timeout)
        try:
            yield held
        finally:
            if held and holder == os.getpid():  # and not in a child forked meanwhile
                with suppress(StoreError):  # The lease ends without us.
                    self._server.do(
                        lambda it: it.eval(_RELEASE, 1, name, owner), patiently=True
                    )

    def _read(self, key: str, content: object) -> Record | None:
        record = unpack(key, content)
        if record is None or not is_live(record, self._clock()):
            return None
        return attrs.evolve(record, version=_version(content))

    def _replace(
        self,
        client: Client,
        key: str,
        record: Record | None,
        expected: Record | None,
    ) -> bool:
        version = expected.version if expected is not None else ""
        content, life = b"", 0
        if record is not None:
            content = pack(key, record)
            seconds = min(record.expires_at - self._clock(), _LONGEST)
            life = max(round(seconds * 1000), 1)
        for _ in range(3):
            name = self._prefix + key
            found = client.eval(_REPLACE, 1, name, version, content, life)
            if found == 1:
                return True
            if expected is not None or self._read(key, found) is not None:
                return False
            # What stands there counts as none: replace that, and only that.
            version = _version(found)
        return False

    def _acquire(self, name: str, owner: str, timeout: float) -> bool:
        patience = self._patience
        lease = max(round(patience.lease * 1000), 1)
        end = patience.steady() + timeout
        pause = 0.02
        while not self._server.do(lambda it: it.set(name, owner, nx=True, px=lease)):
            left = end - patience.steady()
            if left <= 0:
                return False
            patience.sleep(min(pause * (0.5 + patience.chance() / 2), left))
            pause = min(pause * 1.5, 0.25)
        return True


def _version(content: object) -> str:
    if not isinstance(content, bytes):
        return ""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
