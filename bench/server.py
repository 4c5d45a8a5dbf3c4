"""
A token endpoint on this machine that answers as fast as it can, or as it is told.

It runs in a process of its own: in this one, its threads would compete with what is
measured for the interpreter. How it is to answer stands in the path of each endpoint:
``/NAME/MILLISECONDS/LIFETIME/MANNER/token``.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import Final
from typing import Literal

import attrs

import ccflow


DISTANCE: Final = 0.01
"""Seconds to a server that is near, but not on this machine."""

Manner = Literal["token", "refusal", "silence"]
_REFUSAL: Final = b'{"error":"invalid_client"}'
_names: Final = itertools.count()
_requests: Final = Counter[str]()
_numbers: Final = itertools.count()


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
            connection.sendall(_answer(head.split(b" ", 2)[1].decode()))


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _answer(path: str) -> bytes:
    match path.split("/")[1:]:
        case ["count", name]:
            return _message(b"200 OK", b"%d" % _requests[name])
        case [name, milliseconds, lifetime, manner, _]:
            _requests[name] += 1
            if manner == "silence":
                time.sleep(3600)
            if milliseconds != "0":
                time.sleep(int(milliseconds) / 1000)
            if manner == "refusal":
                return _message(b"401 Unauthorized", _REFUSAL)
            # The token says when it ends, for who checks without asking its holder.
            ends, number = time.time() + int(lifetime), next(_numbers)
            body = (
                f'{{"access_token":"{ends:.3f}-{number}","token_type":"Bearer",'
                f'"expires_in":{lifetime}}}'
            )
            return _message(b"200 OK", body.encode())
    return _message(b"404 Not Found", b"{}")


def _message(status: bytes, body: bytes) -> bytes:
    # Header and body in one piece, and no waiting for a fuller packet: two small ones
    # would cost 40 ms, and the benchmark would measure that.
    return (
        b"HTTP/1.1 %s\r\n"
        b"Content-Type: application/json\r\n"
        b"Cache-Control: no-store\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body)
    )


def serve() -> None:
    """Tell the port, and serve until standard input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        sys.stdin.read()
        os._exit(0)  # nobody waits for what is still unanswered


def _accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


@attrs.frozen
class Endpoint:
    """
    A token endpoint that counts its requests.

    Args:
        root: The address of the server.

        name: What its requests are counted under.

        path: The rest, which says how it answers.
    """

    root: str
    name: str
    path: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.root}/{self.name}/{self.path}"

    def requests(self) -> int:
        """Return how many token requests have reached it."""
        with urllib.request.urlopen(f"{self.root}/count/{self.name}") as answer:
            return int(answer.read())

    def profile(self, **changes: Any) -> ccflow.Profile:
        """Make the profile of a client there."""
        return ccflow.Profile.from_mapping(
            {
                "token_endpoint": self.url,
                "client_id": "bench",
                "client_secret": "secret",
                "scope": ["read"],
                **changes,
            },
            name="bench",
        )


@attrs.frozen
class Server:
    """A running server, as the benchmarks see it."""

    root: str

    def endpoint(
        self, *, latency: float = 0, lifetime: int = 3600, manner: Manner = "token"
    ) -> Endpoint:
        """Give another token endpoint, at which nobody has asked yet."""
        path = f"{latency * 1000:.0f}/{lifetime}/{manner}/token"
        return Endpoint(self.root, f"e{next(_names)}", path)


@contextmanager
def running_server() -> Iterator[Server]:
    """Serve until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield Server(f"http://127.0.0.1:{int(server.stdout.readline())}")


def read_expiry(access_token: str) -> float:
    """Return when a token ends, by the server's own word."""
    return float(access_token.partition("-")[0])


if __name__ == "__main__":
    serve()
