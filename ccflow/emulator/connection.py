"""HTTP/1.1 on one connection: a request is read, its answer written as it is told."""

from __future__ import annotations

import http
import os
import socket
import ssl
import struct
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler
from typing import TYPE_CHECKING
from typing import Final
from typing import cast

from ccflow.emulator.message import Delivery
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


if TYPE_CHECKING:
    from ccflow.emulator.server import HttpsServer


LARGEST_BODY: Final = 1 << 20

_AT_ONCE: Final = Delivery()

# Nothing that is still to be sent is waited for: the other side sees a reset.
_NO_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


def _find_phrase(status: int) -> str:
    """Return what a status is called; nothing for one that nobody registered."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


class _Connection(BaseHTTPRequestHandler):
    """One connection, for as long as the client keeps it."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Shake hands here, on the connection's own thread, and then serve."""
        try:
            cast("ssl.SSLSocket", self.request).do_handshake()
        except OSError:  # the client went away, or does not trust the certificate
            return
        super().handle()

    def answer(self) -> None:
        """Answer one request, whatever its method."""
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(Response(status=400))
            return
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        request = Request(
            method=self.command, path=path, query=query, headers=headers, body=body
        )
        self._send(cast("HttpsServer", self.server).answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def _read_body(self) -> bytes | None:
        """Read the content; None if it is too long or its length makes no sense."""
        if self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0").strip()
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes | None:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(100).partition(b";")[0], 16)
            except ValueError:
                return None
            if size < 0 or len(body) + size > LARGEST_BODY:
                return None
            body += self.rfile.read(size)
            # The end of the chunk; after the last one, trailers up to an empty line.
            while self.rfile.readline(1000).strip():
                pass
            if size == 0:
                return body

    def _send(self, response: Response) -> None:
        """
        Send head and body in one packet, unless the answer is to be sent otherwise.

        Two small ones would cost 40 ms: the second waits for the client to
        acknowledge the first, and the client waits before it does.
        """
        delivery = response.delivery
        if delivery != _AT_ONCE:
            self.close_connection = True
        head = self._make_head(response)
        data = head if self.command == "HEAD" else head + response.body
        data = data[: delivery.most]
        if not delivery.pause:
            self.wfile.write(data)
        elif not self._drip(data, delivery.pause):
            return
        if delivery.end == "hang":
            self._wait(None)
        elif delivery.end == "reset":
            self._reset()

    def _make_head(self, response: Response) -> bytes:
        now = cast("HttpsServer", self.server).clock()
        headers = {
            **response.headers,
            "Date": self.date_time_string(int(now)),
            "Content-Length": str(len(response.body)),
            "Connection": "close" if self.close_connection else "keep-alive",
        }
        lines = [f"HTTP/1.1 {response.status} {_find_phrase(response.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _drip(self, data: bytes, pause: float) -> bool:
        """Send a byte at a time; return whether the client stayed for all of them."""
        for number in range(len(data)):
            self.wfile.write(data[number : number + 1])
            if not self._wait(pause):
                return False
        return True

    def _wait(self, seconds: float | None) -> bool:
        """
        Wait, on this connection alone; return whether it is still there.

        Reading ends when the client goes away and when the server closes, so a
        wait holds up neither.
        """
        self.connection.settimeout(seconds)
        try:
            while self.connection.recv(1 << 16):
                pass  # a client that talks meanwhile is not answered any more
        except TimeoutError:
            return True
        except OSError:
            pass
        return False

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.rfile.close()  # or it would hold the socket open
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the journal has it all, and request lines can hold secrets."""


CONNECTION: Final[type[BaseRequestHandler]] = _Connection
"""Serves one connection of an `HttpsServer`."""
