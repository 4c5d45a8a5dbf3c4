"""An HTTPS server on this machine: sockets and threads, nothing of OAuth."""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from typing import Final
from typing import cast

from ccflow.emulator.connection import CONNECTION
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


_LOG: Final = logging.getLogger(__name__)


class HttpsServer(socketserver.ThreadingTCPServer):
    """
    A thread for each connection, and an end that leaves none behind.

    Args:
        host: A name or address of this machine's loopback interface.

        port: Where to listen; 0 for any free port.

        context: The certificate.

        answer: Makes the response to a request. May be set until `start`.

        clock: For the ``Date`` header. May be set until `start`.
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
        super().__init__((host, port), CONNECTION)
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
