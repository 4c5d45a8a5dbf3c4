"""An HTTPS server on this machine: sockets and HTTP, nothing of OAuth."""

from __future__ import annotations

import contextlib
import http
import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Final
from typing import cast

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


_LOG: Final = logging.getLogger(__name__)

LARGEST_BODY: Final = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 on one connection, for as long as the client keeps it."""

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
        self._send(
            cast("HttpsServer", self.server).answer(
                Request(
                    method=self.command,
                    path=path,
                    query=query,
                    headers=headers,
                    body=body,
                )
            )
        )

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
        Send head and body in one packet.

        Two small ones would cost 40 ms: the second waits for the client to
        acknowledge the first, and the client waits before it does.
        """
        now = cast("HttpsServer", self.server).clock()
        headers = {
            **response.headers,
            "Date": self.date_time_string(int(now)),
            "Content-Length": str(len(response.body)),
            "Connection": "close" if self.close_connection else "keep-alive",
        }
        phrase = http.HTTPStatus(response.status).phrase
        lines = [f"HTTP/1.1 {response.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the journal has it all, and request lines can hold secrets."""


class HttpsServer(socketserver.ThreadingTCPServer):
    """
    A thread for each connection, and an end that leaves none behind.

    Args:
        host: A name or address of this machine's loopback interface.

        port: Where to listen; 0 for any free port.

        context: The certificate.

        answer: Makes the response to a request. May be set until `start`.

        clock: For the ``Date`` header.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext, clock: Callable[[], float]
    ) -> None:
        self.address_family: int = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answer: Callable[[Request], Response] = _not_ready
        self.clock = clock
        self._context = context
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever,
            kwargs={"poll_interval": 0.05},  # the most that `close` waits for it
            name="ccflow-emulator",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.socket.getsockname()[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening, hang up on everybody, and wait for the threads."""
        if self._thread.ident is not None:
            self.shutdown()
            self._thread.join()
        with self._lock:
            connections = list(self._connections.items())
        for connection, _ in connections:
            # Below TLS: its own goodbye would wait for a thread that is reading.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for _, thread in connections:
            thread.join(timeout=5)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept; the handshake waits, so that a slow client holds up nobody."""
        connection, address = self.socket.accept()
        return (
            self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            ),
            address,
        )

    def process_request(self, request: object, client_address: object) -> None:
        """Serve a connection on a thread that `close` knows."""
        connection = cast("socket.socket", request)
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(connection, client_address),
            name="ccflow-emulator-connection",
            daemon=True,
        )
        with self._lock:
            self._connections[connection] = thread
        thread.start()

    def close_request(self, request: object) -> None:
        """Forget a connection that is done."""
        connection = cast("socket.socket", request)
        with self._lock:
            self._connections.pop(connection, None)
        connection.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what a dialect did wrong; clients may hang up whenever they like."""
        _LOG.debug("connection ended early", exc_info=True)


def _not_ready(request: Request) -> Response:
    return Response(status=503)
