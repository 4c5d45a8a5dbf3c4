"""TLS in front of a server that has none."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading

import trustme


class TlsRelay:
    """Takes connections, and passes what is said in them to another port."""

    def __init__(self, certificate: trustme.LeafCert, target: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(
                    target=self._relay, args=(client,), daemon=True
                ).start()

    def _relay(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            inner = self._context.wrap_socket(client, server_side=True)
            stack.enter_context(inner)
            server = socket.create_connection(("127.0.0.1", self._target))
            stack.enter_context(server)
            while True:
                ready = [inner]
                if not inner.pending():
                    ready, _, _ = select.select([inner, server], [], [])
                for one in ready:
                    if not (said := one.recv(1 << 16)):
                        return
                    (server if one is inner else inner).sendall(said)
