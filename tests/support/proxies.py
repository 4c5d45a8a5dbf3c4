"""A proxy on loopback, which may be as hostile as any other server."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl

from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import http


class Proxy(HostileServer):
    """
    A proxy that tunnels to anywhere on this machine.

    Args:
        authorization: What it asks for; None lets everybody through.

        refusal: What it says to those whom it does not let through.

        context: The certificate; None speaks no TLS itself.
    """

    def __init__(
        self,
        *,
        authorization: str | None = None,
        refusal: bytes | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        host = "127.0.0.1" if context is None else "localhost"
        super().__init__(self._connect, host=host, context=context)
        self._authorization = authorization
        self._refusal = refusal or http(407, "who are you?")

    def _connect(self, line: Line, request: Received) -> bytes | None:
        given = request.header("Proxy-Authorization")
        if request.method != "CONNECT" or given != self._authorization:
            return self._refusal
        port = int(request.target.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as far:
            self.adopt(far)
            line.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            with contextlib.suppress(OSError):
                _relay(line.stream, far)
        return None


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until one side is done; on one thread, for TLS has one."""
    others = {near: far, far: near}
    while True:
        ready, _, _ = select.select([near, far], [], [])
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            others[source].sendall(data)
