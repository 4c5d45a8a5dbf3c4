"""`ccflow.emulator.server`: sockets and HTTP."""

from __future__ import annotations

import logging
import socket
import ssl
import threading

import httpx
import pytest

from ccflow.emulator import Dialect
from ccflow.emulator import Response
from ccflow.emulator import emulate
from ccflow.emulator import load_dialect
from ccflow.emulator.connection import LARGEST_BODY


def connect(server):
    """A TLS connection without any HTTP."""
    context = ssl.create_default_context(cafile=server.ca_file)
    host, port = server.url.removeprefix("https://").split(":")
    return context.wrap_socket(
        socket.create_connection(("127.0.0.1", int(port)), timeout=10),
        server_hostname=host,
    )


def answer_as_mirror(request, tenant):
    """Answer what came, or fail where the test wants it."""
    if request.path == "/fail":
        raise ZeroDivisionError
    return Response(
        status=200, body=request.body, headers={"X-Names": request.headers["x-name"]}
    )


def mirror():
    okta = load_dialect("okta")
    return Dialect(
        name="mirror",
        answer=answer_as_mirror,
        token_path="/token",
        token_paths="/token",
        issuer=str,
        host_setting="host",
        samples=(),
        make_client_id=okta.make_client_id,
        make_secret=okta.make_secret,
    )


class TestHttp:
    def test_connection_is_kept(self, okta):
        """Two requests share a connection, as HTTP/1.1 has it."""
        request = b"GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with connect(okta) as connection:
            answers = []
            for _ in range(2):
                connection.sendall(request)
                answers.append(connection.recv(1 << 16))

        assert [it.startswith(b"HTTP/1.1 401 ") for it in answers] == [True, True]

    def test_head_and_body_come_together(self, okta):
        """One packet: two would cost 40 ms."""
        with connect(okta) as connection:
            connection.sendall(b"GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = connection.recv(1 << 16)

        head, _, body = answer.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert body

    def test_head_alone(self, okta):
        """HEAD is answered without a body, so that the next answer is in its place."""
        with connect(okta) as connection:
            connection.sendall(b"HEAD /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = connection.recv(1 << 16)

        assert answer.endswith(b"\r\n\r\n")

    def test_connection_is_closed_on_request(self, okta):
        """The client may say that it is done."""
        with connect(okta) as connection:
            connection.sendall(
                b"GET /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

        assert b"\r\nConnection: close\r\n" in answer

    @pytest.mark.parametrize(
        "headers",
        [
            b"Content-Length: -1",
            b"Content-Length: x",
            f"Content-Length: {LARGEST_BODY + 1}".encode(),
            b"Transfer-Encoding: chunked\r\n\r\nnonsense",
        ],
    )
    def test_length_that_makes_no_sense(self, okta, headers):
        """The connection cannot be used any more."""
        with connect(okta) as connection:
            connection.sendall(
                b"POST /api HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n\r\n"
            )
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

        assert answer.startswith(b"HTTP/1.1 400 ")

    def test_untrusting_client(self, okta, http):
        """Who does not trust the certificate is gone, and nobody else is hurt."""
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(okta.url)

        assert http.get(f"{okta.api}/x").status_code == 401

    def test_client_that_says_nothing(self, okta, http):
        """A connection without a handshake holds up nobody."""
        port = int(okta.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            answer = http.get(f"{okta.api}/x")

        assert answer.status_code == 401


class TestDialectOfOthers:
    @pytest.fixture
    def server(self):
        with emulate(mirror()) as (server,):
            yield server

    @pytest.fixture
    def http(self, server):
        context = ssl.create_default_context(cafile=server.ca_file)
        with httpx.Client(verify=context, base_url=server.url) as client:
            yield client

    @pytest.mark.parametrize("chunks", [[], [b"a"], [b"abc", b"d" * 70_000]])
    def test_body_in_chunks(self, http, chunks):
        """A streamed body arrives whole, and the connection stays in step."""
        answers = [
            http.post("/token", content=iter(chunks), headers={"X-Name": "x"})
            for _ in range(2)
        ]

        assert [b"".join(chunks)] * 2 == [answer.content for answer in answers]

    def test_repeated_header(self, http):
        """Values of one name are joined."""
        headers = [("X-Name", "a"), ("x-name", "b")]

        assert http.get("/", headers=headers).headers["X-Names"] == "a, b"

    def test_failing_dialect(self, http, server, caplog):
        """A bug is answered 500, noted and logged; the next request works."""
        with caplog.at_level(logging.ERROR):
            failed = http.get("/fail")
        after = http.get("/x", headers={"X-Name": "x"})

        assert [failed.status_code, after.status_code] == [500, 200]
        assert [entry.status for entry in server.journal] == [500, 200]
        assert "ZeroDivisionError" in caplog.text

    def test_limit_where_nobody_says_how(self, http, server):
        """RFC 6585, and a time to wait."""
        server.tenant.rate_limited = 1
        answer = http.post("/token", headers={"X-Name": "x"})

        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


class TestClose:
    def test_leaves_no_thread(self):
        """Nothing runs on, not even for clients that stay connected."""
        before = set(threading.enumerate())
        with emulate("curity") as (server,):
            connection = connect(server)
            connection.sendall(b"GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(1 << 16)
            during = set(threading.enumerate())

        assert during - before
        assert not set(threading.enumerate()) - before
        connection.close()

    def test_port_is_free_again(self):
        """The same port can be used at once."""
        with emulate("curity") as (server,):
            port = int(server.url.rpartition(":")[2])
        with emulate("curity", port=port) as (again,):
            assert server.url == again.url
