"""
Connections of redis-py that wait for a name and for an answer only so long.

redis-py counts each read anew, so that it would wait for ever for a server that drips;
it takes as much as a server announces; and looking a name up knows no limit at all.
"""

from __future__ import annotations

import socket
import time
from typing import Any
from typing import Final

from httpcore import ConnectError
from redis.connection import AbstractConnection
from redis.connection import Connection
from redis.connection import SSLConnection
from redis.connection import UnixDomainSocketConnection

from ccflow.stores.envelope import LIMIT
from ccflow.stores.redis_failure import LookUpError
from ccflow.stores.redis_failure import OversizeError
from ccflow.wire.resolver import LookUpTimeout
from ccflow.wire.resolver import addresses_of


_SECONDS: Final = 1.0  # where the options of a URL would have no limit
_MOST: Final = 2 * LIMIT  # bytes; encrypting and packing add a little


class _Line:
    """
    A socket on which each answer has so much time in all, and so many bytes.

    Args:
        end: The socket.

        seconds: From the question to the end of its answer.
    """

    def __init__(self, end: socket.socket, seconds: float) -> None:
        self._end = end
        self._seconds = seconds
        self._waits = True
        self._asked()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)

    def _asked(self) -> None:
        self._until = time.monotonic() + self._seconds
        self._bytes = 0

    def settimeout(self, seconds: float | None) -> None:
        """Take in whether redis-py only looks what has come."""
        self._waits = seconds != 0
        self._end.settimeout(seconds)

    def sendall(self, *given: Any) -> None:
        """Send a question."""
        self._asked()
        self._end.settimeout(self._seconds)
        self._end.sendall(*given)

    def recv(self, *given: Any) -> bytes:
        """Receive a part of an answer."""
        self._wait()
        part = self._end.recv(*given)
        self._count(len(part))
        return part

    def recv_into(self, *given: Any) -> int:
        """Receive a part of an answer, as hiredis has it."""
        self._wait()
        count = self._end.recv_into(*given)
        self._count(count)
        return count

    def _wait(self) -> None:
        if self._waits:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._end.settimeout(left)

    def _count(self, count: int) -> None:
        self._bytes += count
        if self._bytes > _MOST:
            raise OversizeError


class _Timed(AbstractConnection):
    def _connect(self) -> Any:
        end: Any = super()._connect()  # type: ignore[no-untyped-call,safe-super]
        return _Line(end, self.socket_timeout or _SECONDS)


class _Dialled(Connection):
    """Looks its name up each time, and within the time that connecting has."""

    def _connect(self) -> Any:
        host, seconds = self.host, self.socket_connect_timeout or _SECONDS
        ends = time.monotonic() + seconds
        failure: OSError = LookUpError()
        try:
            for address in _addresses(host, self.port, seconds):
                self.host = address
                self.socket_connect_timeout = max(ends - time.monotonic(), 0.001)
                try:
                    return super()._connect()  # type: ignore[no-untyped-call]
                except OSError as error:
                    failure = error
        finally:
            self.host, self.socket_connect_timeout = host, seconds
        raise failure


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    try:
        return addresses_of(host, int(port), seconds)
    except (ConnectError, LookUpTimeout) as error:
        raise LookUpError from error


class Tcp(_Timed, _Dialled):
    """A connection for ``redis://``."""


class Tls(_Timed, SSLConnection, _Dialled):
    """A connection for ``rediss://``."""


class Unix(_Timed, UnixDomainSocketConnection):
    """A connection for ``unix://``."""
