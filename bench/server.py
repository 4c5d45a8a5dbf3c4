"""
A token endpoint on this machine that answers as fast as it can.

It runs in a process of its own: in this one, its threads would compete with what is
measured for the interpreter.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import ccflow


DISTANCE: Final = 0.01
"""Seconds to a server that is near, but not on this machine: below ``/distant/``."""

_BODY: Final = b'{"access_token":"abc","token_type":"Bearer","expires_in":3600}'
# Header and body in one piece, and no waiting for a fuller packet: two small ones
# would cost 40 ms, and the benchmark would measure that.
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: application/json\r\n"
    b"Cache-Control: no-store\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            head, end, body = received.partition(b"\r\n\r\n")
            if not end or len(body) < _content_length(head):
                continue
            received = body[_content_length(head) :]
            if head.startswith(b"POST /distant/"):
                time.sleep(DISTANCE)
            connection.sendall(_ANSWER)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def serve() -> None:
    """Tell the port, and serve until standard input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        sys.stdin.read()


def _accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


@contextmanager
def running_server() -> Iterator[str]:
    """Serve until the end of the block; gives the address."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"


def make_profile(url: str) -> ccflow.Profile:
    """Make the profile of a client there, or below a path of it."""
    return ccflow.Profile.from_mapping(
        {
            "token_endpoint": f"{url}/token",
            "client_id": "bench",
            "client_secret": "secret",
            "scope": ["read"],
        },
        name="bench",
    )


if __name__ == "__main__":
    serve()
