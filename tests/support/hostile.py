"""
A server on loopback that may send anything at all, and notes all that it gets.

It speaks raw sockets, so that an answer may be half a header, a byte at a time, or no
HTTP; and it is quick about plain answers.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from typing import Self
from urllib.parse import parse_qsl

import attrs


@attrs.frozen
class Received:
    """
    One request as it came.

    Args:
        connection: The number of the connection that it came on, from 1.

        method: The method.

        target: The path and query, or whatever stood in their place.

        headers: Pairs in the order in which they came, names in lower case.

        body: The content.

        client: The name in the client's certificate; None where it showed none.
    """

    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str | None = None

    def header(self, name: str) -> str | None:
        """Return the one header of a name; more than one is a mistake."""
        values = [value for key, value in self.headers if key == name.lower()]
        if len(values) > 1:
            raise AssertionError(f"{name} was sent {len(values)} times: {values}")
        return values[0] if values else None

    @property
    def form(self) -> dict[str, str]:
        """The content as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


def http(
    status: int = 200,
    body: bytes | str | Mapping[str, Any] = b"",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a plain, complete HTTP/1.1 answer."""
    if isinstance(body, Mapping):
        body = json.dumps(body)
        headers = {"Content-Type": "application/json", **(headers or {})}
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Because", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def a_token(value: str = "tok-1", expires_in: float | None = 3600) -> bytes:
    """Return the answer of a token endpoint that is well."""
    members: dict[str, Any] = {"access_token": value, "token_type": "Bearer"}
    if expires_in is not None:
        members["expires_in"] = expires_in
    return http(200, members)


class Line:
    """
    The server's end of one connection.

    Args:
        server: Whose connection.

        number: Its number, from 1.

        raw: The socket below TLS.

        stream: The socket to talk through.
    """

    def __init__(self, server: HostileServer, number: int, raw: socket.socket) -> None:
        self.server = server
        self.number = number
        self.raw = raw
        self.stream = raw
        self._buffer = b""

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        self.stream = context.wrap_socket(self.stream, server_side=True)
        self.server.adopt(self.stream)

    def send(self, data: bytes) -> None:
        """Send these bytes."""
        self.stream.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """Send a byte at a time, until the client is tired or the server stops."""
        for number in range(len(data)):
            self.send(data[number : number + 1])
            if self.server.stopped.wait(seconds):
                return

    def hold(self) -> None:
        """Say nothing until the client goes away or the server stops."""
        while self.stream.recv(65536):
            pass

    def reset(self) -> None:
        """Break the connection off hard."""
        linger = struct.pack("ii", 1, 0)
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.stream.close()

    def _more(self) -> bytes:
        data = self.stream.recv(65536)
        self._buffer += data
        return data

    def read_request(self) -> Received | None:
        """Read one request; None when the client went away."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines]
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        table = dict(headers)
        if table.get("transfer-encoding") == "chunked":
            body = self._read_chunks()
        else:
            body = self._take(int(table.get("content-length", "0")))
        method, target, _ = first.split(" ", 2)
        return Received(self.number, method, target, headers, body, self.client)

    @property
    def client(self) -> str | None:
        """The common name in the certificate that the client showed."""
        if not isinstance(self.stream, ssl.SSLSocket):
            return None
        subject = dict(
            it[0] for it in (self.stream.getpeercert() or {"subject": ()})["subject"]
        )
        return subject.get("commonName")

    def _take(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not self._more():
                raise ConnectionError("the client stopped in the middle")
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _read_chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._buffer:
                if not self._more():
                    raise ConnectionError("the client stopped in the middle")
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            chunk = self._take(int(size, 16) + 2)[:-2]
            if not chunk:
                return body
            body += chunk


Answer = bytes | Callable[[Line, Received], bytes | None]
"""What is sent, or what does as it likes with the line; None hangs up after it."""


class HostileServer:
    """
    Answers each request as its script says; the last word of it is repeated.

    Args:
        answers: One for each request, or a function from a request to one.

        context: The certificate; None speaks no TLS.

        greet: Called with each new line before anything else; may do anything.

        host: What to call it in URLs.
    """

    def __init__(
        self,
        *answers: Answer,
        context: ssl.SSLContext | None = None,
        greet: Callable[[Line], None] | None = None,
        host: str = "localhost",
    ) -> None:
        self.answers: list[Answer] = list(answers)
        self.journal: list[Received] = []
        self.faults: list[BaseException] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._context = context
        self._greet = greet
        self._host = host
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://{self._host}:{self.port}"

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._sockets)
        for connection in sockets:
            # Below TLS, whose own goodbye would wait.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
            if thread.is_alive():
                raise AssertionError(f"{thread.name} does not end")
        for connection in self._sockets:
            connection.close()

    def adopt(self, connection: socket.socket) -> None:
        """Close this socket in the end."""
        with self._lock:
            self._sockets.append(connection)

    def _spawn(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(
            target=target, args=args, name="hostile-server", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.adopt(raw)
            self.connections += 1
            self._spawn(self._serve, Line(self, self.connections, raw))

    def _serve(self, line: Line) -> None:
        try:
            if self._greet is not None:
                self._greet(line)
            if self._context is not None:
                line.start_tls(self._context)
            while (request := line.read_request()) is not None:
                data = self._answer(line, request)
                if data is None:
                    break
                line.send(data)
        except (OSError, ValueError) as error:
            # Clients that do not trust it, or have had enough, are what it is for.
            self.faults.append(error)
        finally:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(line.stream, socket.SHUT_RDWR)
            line.stream.close()

    def _answer(self, line: Line, request: Received) -> bytes | None:
        with self._lock:
            self.journal.append(request)
            answer = self.answers[min(len(self.journal), len(self.answers)) - 1]
        return answer(line, request) if callable(answer) else answer


def drip_forever(prefix: bytes, filler: bytes, seconds: float = 0.02) -> Answer:
    """Return an answer that goes on, a byte at a time, longer than anybody waits."""

    def answer(line: Line, request: Received) -> bytes | None:
        line.send(prefix)
        line.drip(filler * 100_000, seconds)
        return None

    return answer


def one_after_another(parts: Iterable[bytes]) -> Answer:
    """Return an answer of several packets, after which the server hangs up."""
    pieces = list(parts)

    def answer(line: Line, request: Received) -> bytes | None:
        for piece in pieces:
            line.send(piece)
        return None

    return answer


def reset(line: Line, request: Received) -> bytes | None:
    """Break off instead of answering."""
    line.reset()
    return None


def silence(line: Line, request: Received) -> bytes | None:
    """Answer nothing, for as long as the client stays."""
    line.hold()
    return None
