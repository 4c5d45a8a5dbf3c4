"""The transport against servers that do as they like, over real TLS."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from base64 import b64encode
from pathlib import Path

import pytest

import ccflow
from ccflow.engine import transport
from ccflow.engine.transport import BODY_CAP
from ccflow.engine.transport import Trust
from ccflow.engine.transport import client_for
from ccflow.engine.transport import close_clients
from ccflow.engine.transport import environment_proxy
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Proxy
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import drip_forever
from tests.support.hostile import http
from tests.support.hostile import one_after_another
from tests.support.hostile import reset
from tests.support.hostile import silence
from tests.support.worlds import SECRET
from tests.support.worlds import everything_logged
from tests.support.worlds import make_profile


DEADLINE = 0.4
SLACK = 0.5
BASIC = b64encode(b"me:s3cr3t-Value%2Bof%2Fthis%3Arun").decode()


@pytest.fixture(autouse=True)
def own_clients():
    """Each test begins and ends without open connections."""
    close_clients()
    yield
    close_clients()


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    return write_ca_file(tmp_path)


def source_for(server: HostileServer, ca_file: str | None, **keys: object):
    keys = {"timeout": 5, "ca_file": ca_file, **keys}
    return ccflow.TokenSource(make_profile(f"{server.url}/token", **keys))


def fail(
    source: ccflow.TokenSource, kind: type[ccflow.TokenError]
) -> ccflow.TokenError:
    """Ask for a token, and return the failure without anything secret in it."""
    with pytest.raises(ccflow.CcflowError) as caught:
        source.token()
    error = caught.value

    assert type(error) is kind, error
    assert (error.profile, error.provider) == ("billing", "generic")
    text = f"{error} {error!r} {vars(error)} {error.__cause__!r}"
    assert SECRET not in text
    assert BASIC not in text
    return error


def unavailable(source: ccflow.TokenSource) -> str:
    error = fail(source, ccflow.TokenUnavailableError)

    assert error.category == "network"
    assert error.retryable
    assert error.status_code is None
    return str(error)


def credentials(request: Received) -> str:
    return f"{request.header('authorization')} {request.body.decode()}"


def echo_line(line: Line, request: Received) -> bytes:
    """Answer with the request's own credentials where a status line should be."""
    return f"{credentials(request)}\r\n\r\n".encode()


def echo_header_line(line: Line, request: Received) -> bytes:
    """Answer with them where a header should be."""
    return f"HTTP/1.1 200 OK\r\n{credentials(request)}\r\n\r\n".encode()


def echo_everywhere(line: Line, request: Received) -> bytes:
    """Answer with them in a header, in the reason phrase and in the body."""
    text = credentials(request)
    body = f'{{"error": "invalid_client", "error_description": "{text}"}}'
    head = f"HTTP/1.1 401 {text}\r\nX-Echo: {text}\r\nSet-Cookie: a={text}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class TestLogs:
    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    @pytest.mark.parametrize(
        "answer",
        [a_token("tok-very-private"), echo_line, echo_header_line, echo_everywhere],
    )
    def test_nothing_secret_is_logged(self, answer, method, ca_file):
        """
        Whoever turns on DEBUG for everything sees no secret and no token, whatever
        the server does with what it got.
        """
        with (
            HostileServer(answer, context=server_context()) as server,
            everything_logged() as lines,
        ):
            source = source_for(
                server,
                ca_file,
                token_endpoint_auth_method=method,
                headers={"X-Api-Key": "key-that-is-secret"},
            )
            try:
                source.token()
            except ccflow.TokenError as error:
                lines.append(repr(error))
                lines.append(repr(vars(error)))
            close_clients()

        text = "\n".join(lines)
        assert "FetchStarted" in text
        sent = server.journal[0].body.decode()
        for secret in (SECRET, BASIC, "tok-very-private", "key-that-is-secret"):
            assert secret not in text
        if "client_secret=" in sent:
            assert sent.partition("client_secret=")[2].partition("&")[0] not in text

    def test_users_own_requests_are_still_logged(self, ca_file):
        """Only token requests are hushed: httpx says what it says of the rest."""
        import httpx

        with (
            HostileServer(http(200, "hello")) as server,
            everything_logged() as lines,
        ):
            httpx.get(server.url, trust_env=False)

        assert any("HTTP Request: GET" in line for line in lines)
        assert any("send_request_headers" in line for line in lines)

    def test_password_of_proxy_is_not_logged(self, ca_file):
        """Nor is the password of a proxy, whether it lets us through or not."""
        credentials = b64encode(b"joe:pr0xy-Password").decode()
        refusal = http(407, "no", {"X-Echo": f"Basic {credentials}"})
        with (
            HostileServer(a_token(), context=server_context()) as server,
            Proxy(authorization="Basic nobody", refusal=refusal) as strict,
            Proxy(authorization=f"Basic {credentials}") as kind,
            everything_logged() as lines,
        ):
            for proxy, works in ((strict, False), (kind, True)):
                url = f"http://joe:pr0xy-Password@127.0.0.1:{proxy.port}"
                source = source_for(server, ca_file, proxy=url)
                if works:
                    source.token()
                else:
                    lines.append(str(fail(source, ccflow.TokenResponseError)))
            close_clients()

        assert len(strict.journal) == len(kind.journal) == 1
        text = "\n".join(lines)
        assert "pr0xy-Password" not in text
        assert credentials not in text


class TestDeadline:
    @pytest.mark.parametrize(
        "answer",
        [
            silence,
            drip_forever(b"", b"H"),
            drip_forever(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
            drip_forever(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
            drip_forever(b"", b"HTTP/1.1 102 Wait\r\n\r\n", 0.001),
            drip_forever(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"{"),
            drip_forever(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"
            ),
        ],
        ids=["silence", "status", "header", "headers", "interim", "body", "chunks"],
    )
    def test_dripping_server_is_given_up(self, answer, ca_file):
        """
        The timeout is for everything together: a server that always sends one more
        byte in time does not hold anybody up.
        """
        with HostileServer(answer, context=server_context()) as server:
            source = source_for(server, ca_file, timeout=DEADLINE)
            begun = time.monotonic()
            text = unavailable(source)
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK
        assert f"within {DEADLINE:g} seconds" in text or "TLS" not in text

    def test_last_byte_does_not_win_more_time(self, ca_file):
        """A byte just before the end does not begin the time anew."""

        def answer(line: Line, request: Received) -> None:
            line.server.stopped.wait(0.8)
            line.send(b"HTTP/1.1 200 OK\r\n")
            line.hold()

        with HostileServer(answer, context=server_context()) as server:
            begun = time.monotonic()
            unavailable(source_for(server, ca_file, timeout=1))
            took = time.monotonic() - begun

        assert took < 1 + SLACK

    def test_hanging_handshake_is_given_up(self, ca_file):
        """So is a server that accepts the connection and never speaks TLS."""
        with HostileServer(a_token(), greet=Line.hold) as server:
            address = f"https://localhost:{server.port}"
            profile = make_profile(
                f"{address}/token", ca_file=ca_file, timeout=DEADLINE
            )
            begun = time.monotonic()
            text = unavailable(ccflow.TokenSource(profile))
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK
        assert f"localhost:{server.port}" in text

    def test_dripping_handshake_is_given_up(self, ca_file):
        """And one that sends the handshake a byte at a time."""

        def greet(line: Line) -> None:
            line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384, 0.02)

        with HostileServer(a_token(), greet=greet) as server:
            address = f"https://localhost:{server.port}"
            profile = make_profile(
                f"{address}/token", ca_file=ca_file, timeout=DEADLINE
            )
            begun = time.monotonic()
            unavailable(ccflow.TokenSource(profile))
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK

    def test_many_dead_addresses_share_the_time(self, monkeypatch, ca_file):
        """A name with many addresses that swallow packets costs no more than one."""
        waits: list[float] = []

        class Swallowing:
            def connect_tcp(self, host, port, timeout, *_):
                waits.append(timeout)
                raise transport.httpcore.ConnectTimeout("swallowed")

        addresses = [(2, 1, 6, "", (f"127.0.0.{n}", 443)) for n in range(1, 6)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        monkeypatch.setattr(transport.httpcore, "SyncBackend", Swallowing)
        monkeypatch.setattr("ccflow.engine.retry.MOST_ATTEMPTS", 1)
        profile = make_profile(ca_file=ca_file, timeout=10)
        text = unavailable(ccflow.TokenSource(profile))

        assert len(waits) == 5
        # A fifth, a quarter, a third... of what is left, and here none of it is used.
        assert 0.9 < waits[0] <= 1.0
        assert waits == sorted(waits)
        assert waits[-1] <= 5.0
        assert "no connection to id.example within 5 seconds" in text

    def test_second_address_is_tried(self, monkeypatch, ca_file):
        """A name whose first address is dead works by the second."""
        with HostileServer(a_token(), context=server_context()) as server:
            listener = socket.create_server(("127.0.0.2", 0))
            listener.close()  # Nobody answers at this address.
            real = socket.getaddrinfo

            def both(host, port, *args, **options):
                if host != "localhost":
                    return real(host, port, *args, **options)
                return [
                    (2, 1, 6, "", (address, port))
                    for address in ("127.0.0.2", "127.0.0.1")
                ]

            monkeypatch.setattr(socket, "getaddrinfo", both)

            assert source_for(server, ca_file).token().access_token == "tok-1"

    def test_deadline_does_not_outlive_its_request(self, ca_file):
        """A request that took its time takes nothing from the next one."""
        with HostileServer(silence, a_token(), context=server_context()) as server:
            unavailable(source_for(server, ca_file, timeout=0.1))
            slow = source_for(server, ca_file, timeout=5)

            assert slow.token().access_token == "tok-1"


class TestBody:
    def test_answer_of_one_mebibyte_is_read(self, ca_file):
        """What stays within the cap is read, however long."""
        body = b'{"access_token": "tok-1", "padding": "' + b"a" * BODY_CAP
        body = body[: BODY_CAP - 2] + b'"}'
        with HostileServer(http(200, body), context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

    @pytest.mark.parametrize("chunked", [True, False])
    def test_longer_answer_is_refused_without_reading_on(self, chunked, ca_file):
        """A server that never ends its answer costs a mebibyte, not the memory."""
        sent = 0
        hung_up = threading.Event()

        def endless(line: Line, request: Received) -> None:
            nonlocal sent
            length = "Transfer-Encoding: chunked" if chunked else "X: y"
            line.send(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode())
            piece = b"a" * 65536
            try:
                while sent < 64 * BODY_CAP:
                    line.send(b"10000\r\n%b\r\n" % piece if chunked else piece)
                    sent += len(piece)
            except OSError:
                hung_up.set()

        with HostileServer(endless, context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

            assert hung_up.wait(5)
        assert error.category == "malformed"
        assert error.status_code == 200
        assert "more than 1024 KiB" in str(error)
        # What the buffers of both ends hold beyond the cap.
        assert sent < 20 * BODY_CAP

    @pytest.mark.parametrize("encode", [gzip.compress, zlib.compress])
    def test_compressed_answer_is_read(self, encode, ca_file):
        """A server that compresses although it was asked not to is understood."""
        name = "gzip" if encode is gzip.compress else "deflate"
        answer = http(
            200, encode(b'{"access_token": "tok-1"}'), {"Content-Encoding": name}
        )
        with HostileServer(answer, context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

        assert server.journal[0].header("Accept-Encoding") == "identity"

    @pytest.mark.parametrize(
        "body",
        [
            b"this is not gzip",
            gzip.compress(b'{"access_token": "tok-1"}')[:-9],
            gzip.compress(b'{"access_token": "tok-1"}')[:-8] + b"\x00" * 8,
        ],
        ids=["other", "short", "broken"],
    )
    def test_broken_compression_is_told(self, body, ca_file):
        """A body that its encoding does not fit says so, with the status."""
        answer = http(200, body, {"Content-Encoding": "gzip"})
        with HostileServer(answer, context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

        assert error.category == "malformed"
        assert error.status_code == 200
        assert "Content-Encoding" in str(error)

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_bomb_does_not_go_off(self, times, ca_file):
        """A kilobyte that unpacks to gigabytes is refused, packed once or thrice."""
        bomb = b"\0" * (32 * BODY_CAP)
        for _ in range(times):
            bomb = gzip.compress(bomb, 6)
        encoding = ", ".join(["gzip"] * times)
        answer = http(200, bomb, {"Content-Encoding": encoding})
        with HostileServer(answer, context=server_context()) as server:
            source = source_for(server, ca_file)
            tracemalloc.start()
            try:
                error = fail(source, ccflow.TokenResponseError)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()

        assert error.category == "malformed"
        assert peak < 12 * BODY_CAP

    def test_encoding_that_is_none_is_no_matter(self, ca_file):
        """Some servers call UTF-8 a content encoding."""
        answer = http(200, '{"access_token": "tok-1"}', {"Content-Encoding": "utf-8"})
        with HostileServer(answer, context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

    @pytest.mark.parametrize(
        "parts",
        [
            [b"HTTP/1.1 200 OK\r\nContent-Le"],
            [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b'{"access_token": "t'],
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"],
            [b"SSH-2.0-OpenSSH_9.6\r\n"],
            [b"\x00\x01\x02\xff\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"],
            [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000],
            [b""],
        ],
        ids=[
            "header",
            "body",
            "chunk",
            "ssh",
            "noise",
            "negative",
            "two-lengths",
            "headers",
            "nothing",
        ],
    )
    def test_incomplete_answer_is_no_answer(self, parts, ca_file):
        """Whatever breaks off or is no HTTP is one error, without the server's text."""
        with HostileServer(
            one_after_another(parts), context=server_context()
        ) as server:
            text = unavailable(source_for(server, ca_file))

        assert f"localhost:{server.port}" in text
        assert "bytearray" not in text
        assert "OpenSSH" not in text

    def test_reset_in_the_middle_is_no_answer(self, ca_file):
        """A connection that is cut in the body is told as such."""

        def half(line: Line, request: Received) -> None:
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            line.reset()

        for answer in (half, reset):
            with HostileServer(answer, context=server_context()) as server:
                assert "broke off" in unavailable(source_for(server, ca_file))


class TestRedirect:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_is_never_followed(self, status, ca_file):
        """The secret goes to the token endpoint, and nowhere that it points to."""
        with HostileServer(a_token(), context=server_context()) as elsewhere:
            location = {"Location": f"{elsewhere.url}/token"}
            with HostileServer(
                http(status, "moved", location), context=server_context()
            ) as server:
                error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

        assert error.category == "intermediary"
        assert error.status_code == status
        assert len(server.journal) == 1
        assert elsewhere.connections == 0


class TestTrust:
    def test_unknown_authority(self, tmp_path):
        """An authority that is not ours ends in words that say what to do."""
        ca_file = write_ca_file(tmp_path, "theirs")
        with HostileServer(a_token(), context=server_context()) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert "certificate of localhost" in text
        assert "ca_file" in text
        assert f"openssl s_client -connect localhost:{server.port}" in text

    def test_the_usual_authorities(self):
        """Without ca_file the usual ones are trusted, and ours is none of them."""
        with HostileServer(a_token(), context=server_context()) as server:
            text = unavailable(source_for(server, None))

        assert server.journal == []
        assert "ca_file" in text

    def test_wrong_host(self, ca_file):
        """A certificate of another host is told, and a ca_file would not help."""
        with HostileServer(
            a_token(), context=server_context("other.example")
        ) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert "not trusted" in text
        assert "localhost" in text
        assert "openssl" not in text

    def test_expired(self, ca_file):
        """An expired certificate is called expired."""
        with HostileServer(a_token(), context=server_context(expired=True)) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert "expired" in text

    def test_plain_http_on_the_port(self, ca_file):
        """A port that speaks no TLS is told as that, and the secret stays here."""
        with HostileServer(a_token(), greet=_answer_anything) as server:
            profile = make_profile(
                f"https://localhost:{server.port}/token", ca_file=ca_file, timeout=5
            )
            text = unavailable(ccflow.TokenSource(profile))

        assert server.journal == []
        assert "TLS" in text
        assert "check the port" in text

    def test_file_is_missing_or_no_certificate(self, tmp_path):
        """A ca_file that cannot be used is an error of the configuration."""
        empty = tmp_path / "empty.pem"
        empty.write_text("nothing in here\n")
        for path in (tmp_path / "none.pem", empty, tmp_path):
            profile = make_profile(ca_file=str(path))
            with pytest.raises(ccflow.SecretError, match="ca_file"):
                ccflow.TokenSource(profile).token()

    def test_context_is_built_once(self, ca_file, monkeypatch):
        """Building a context costs more than thirty fetches, so it is built once."""
        built: list[str | None] = []
        build = transport._tls_context
        monkeypatch.setattr(
            transport, "_tls_context", lambda path: built.append(path) or build(path)
        )
        with HostileServer(a_token(), context=server_context()) as server:
            sources = [source_for(server, ca_file) for _ in range(8)]
            threads = [threading.Thread(target=source.token) for source in sources]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert built == [ca_file]
        assert len(server.journal) == 8

    def test_two_authorities_share_nothing(self, tmp_path, ca_file):
        """A profile that trusts an authority does not make another one trust it."""
        theirs = write_ca_file(tmp_path, "theirs")
        with HostileServer(a_token(), context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"
            unavailable(source_for(server, theirs))

            assert source_for(server, ca_file).token().access_token == "tok-1"
        assert len(server.journal) == 2
        assert client_for(Trust(ca_file)) is not client_for(Trust(theirs))

    @pytest.mark.parametrize(
        "url", ["http://id.example/token", "http://10.0.0.1/token", "ftp://localhost/"]
    )
    def test_plain_http_elsewhere_is_refused(self, url):
        """Plain http is for this machine only, and nothing is sent elsewhere."""
        with pytest.raises(ccflow.ProfileError):
            make_profile(url)

    def test_plain_http_here_is_allowed(self):
        """For an emulator or a sidecar on loopback plain http will do."""
        with HostileServer(a_token()) as server:
            assert source_for(server, None).token().access_token == "tok-1"


def _answer_anything(line: Line) -> None:
    line.stream.recv(10)
    line.send(http(400, "this is plain http"))
    line.stream.close()


class TestNoAnswer:
    def test_nobody_listens(self, ca_file):
        """A refused connection is told with the address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        profile = make_profile(f"https://localhost:{port}/token", ca_file=ca_file)
        text = unavailable(ccflow.TokenSource(profile))

        assert f"no connection to localhost:{port}" in text
        assert "refused" in text

    def test_unknown_name(self, monkeypatch):
        """A name that does not exist is told as that."""

        def nowhere(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", nowhere)
        text = unavailable(ccflow.TokenSource(make_profile("https://id.invalid/token")))

        assert "the name id.invalid is not known" in text

    @pytest.mark.parametrize("host", ["a..b.localhost", f"{'a' * 64}.localhost"])
    def test_name_that_is_none(self, host, monkeypatch):
        """So is one that cannot be a name, which sockets answer with a ValueError."""

        def encode(name: str, *_: object, **__: object) -> None:
            name.encode("idna")

        monkeypatch.setattr(socket, "getaddrinfo", encode)
        text = unavailable(ccflow.TokenSource(make_profile(f"https://{host}/token")))

        assert "is not known" in text


class TestConnection:
    def test_is_kept_alive(self, ca_file):
        """Fetches that follow each other use one connection."""
        with HostileServer(a_token(), context=server_context()) as server:
            for _ in range(3):
                source_for(server, ca_file).token()

        assert len(server.journal) == 3
        assert server.connections == 1

    def test_that_was_closed_meanwhile_is_no_matter(self, ca_file):
        """A connection that the server closed after its answer is not used again."""

        def once(line: Line, request: Received) -> None:
            line.send(a_token())

        with HostileServer(once, context=server_context()) as server:
            for _ in range(3):
                source_for(server, ca_file).token()

        assert server.connections == 3

    def test_closing_the_clients_is_not_the_end(self, ca_file):
        """Whoever asks after the end of the process has begun still gets a token."""
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(server, ca_file).token()
            close_clients()

            assert source_for(server, ca_file).token().access_token == "tok-1"


class TestRequest:
    def test_says_who_sends_it(self, ca_file):
        """A server's log shows ccflow, once, unless the profile says otherwise."""
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(server, ca_file).token()
            source_for(server, ca_file, headers={"User-Agent": "acme/1"}).token()

        assert server.journal[0].header("User-Agent") == f"ccflow/{ccflow.__version__}"
        assert server.journal[1].header("User-Agent") == "acme/1"

    def test_headers_of_profile_replace_ours(self, ca_file):
        """A header that the profile sets is sent once."""
        headers = {"accept-encoding": "gzip", "Accept": "text/plain"}
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(server, ca_file, headers=headers).token()

        assert server.journal[0].header("Accept-Encoding") == "gzip"
        assert server.journal[0].header("Accept") == "text/plain"

    def test_cookies_are_not_kept(self, ca_file):
        """What a server gave one profile is not sent for another one."""
        answer = a_token().replace(b"\r\n", b"\r\nSet-Cookie: session=1; Path=/\r\n", 1)
        with HostileServer(answer, context=server_context()) as server:
            source_for(server, ca_file).token()
            source_for(server, ca_file, client_id="other").token()

        assert [request.header("Cookie") for request in server.journal] == [None, None]

    def test_netrc_is_not_read(self, ca_file, tmp_path, monkeypatch):
        """Credentials in .netrc are not sent to a token endpoint."""
        netrc = tmp_path / ".netrc"
        netrc.write_text("default login joe password from-netrc\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(
                server, ca_file, token_endpoint_auth_method="client_secret_post"
            ).token()

        assert server.journal[0].header("Authorization") is None


def proxied(port: int, **keys: object) -> ccflow.TokenSource:
    """Make a source of a server that only a proxy can find."""
    endpoint = f"https://id.example:{port}/token"
    return ccflow.TokenSource(make_profile(endpoint, timeout=5, **keys))


class TestProxy:
    @pytest.fixture
    def hidden(self):
        """A server with a name that no resolver knows."""
        context = server_context("id.example")
        with HostileServer(a_token(), context=context) as server:
            yield server

    def test_of_profile(self, hidden, ca_file):
        """A proxy that the profile names is used, TLS to the server and all."""
        with Proxy() as proxy:
            source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)

            assert source.token().access_token == "tok-1"
        assert [request.target for request in proxy.journal] == [
            f"id.example:{hidden.port}"
        ]

    def test_with_password(self, hidden, ca_file):
        """Its user and password are sent to the proxy, and not to the server."""
        basic = f"Basic {b64encode(b'joe:pass word').decode()}"
        with Proxy(authorization=basic) as proxy:
            url = f"http://joe:pass%20word@127.0.0.1:{proxy.port}"
            source = proxied(hidden.port, ca_file=ca_file, proxy=url)

            assert source.token().access_token == "tok-1"
        assert hidden.journal[0].header("Proxy-Authorization") is None

    @pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
    def test_of_environment(self, name, hidden, ca_file, monkeypatch):
        """Without one in the profile, the environment's is used."""
        with Proxy() as proxy:
            monkeypatch.setenv(name, f"127.0.0.1:{proxy.port}")
            source = proxied(hidden.port, ca_file=ca_file)

            assert source.token().access_token == "tok-1"
        assert len(proxy.journal) == 1

    def test_profile_wins(self, hidden, ca_file, monkeypatch):
        """The profile's proxy is used even where the environment names another."""
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with Proxy() as proxy:
            source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)

            assert source.token().access_token == "tok-1"

    @pytest.mark.parametrize(
        "exception", ["id.example", ".example", "id.example:8443", "*", "a, id.example"]
    )
    def test_exceptions_of_environment(self, exception, monkeypatch):
        """NO_PROXY is obeyed, with the port in it or without."""
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

        assert environment_proxy("https://id.example:8443/token") is not None
        monkeypatch.setenv("NO_PROXY", exception)
        assert environment_proxy("https://id.example:8443/token") is None

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
    def test_none_to_this_machine(self, host, monkeypatch):
        """
        A secret that goes in plain http to this machine goes through no proxy
        elsewhere.
        """
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://proxy.example:3128")

        assert environment_proxy(f"http://{host}:8080/token") is None
        assert environment_proxy(f"https://{host}:8080/token") is None

    def test_password_is_wanted(self, hidden, ca_file):
        """A proxy that wants to know who asks is told apart from the server."""
        with Proxy(authorization="Basic nobody") as proxy:
            source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)
            error = fail(source, ccflow.TokenResponseError)

        assert error.status_code == 407
        assert error.category == "intermediary"
        assert "proxy" in str(error)
        assert hidden.journal == []

    def test_refusal_is_told_without_its_text(self, hidden, ca_file):
        """What a proxy says beyond a status is not repeated."""
        refusal = b"HTTP/1.1 503 joe:secret\x1b[31m\r\nContent-Length: 0\r\n\r\n"
        refusals = (refusal.replace(b"\x1b", b""), refusal.replace(b"503", b"599"))
        for text in refusals:
            with Proxy(authorization="Basic nobody", refusal=text) as proxy:
                source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)
                message = unavailable(source)

            assert "proxy" in message
            assert "joe" not in message

    def test_dead_proxy(self, ca_file):
        """A proxy that is not there is no answer."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        proxy = f"http://127.0.0.1:{port}"

        text = unavailable(proxied(443, ca_file=ca_file, proxy=proxy))

        assert "no connection to id.example:443 through the proxy" in text

    def test_dripping_proxy_is_given_up(self, ca_file):
        """The deadline holds for the proxy too."""
        with HostileServer(drip_forever(b"", b"H"), host="127.0.0.1") as proxy:
            endpoint = "https://id.example/token"
            profile = make_profile(
                endpoint, ca_file=ca_file, proxy=proxy.url, timeout=DEADLINE
            )
            begun = time.monotonic()
            unavailable(ccflow.TokenSource(profile))

        assert time.monotonic() - begun < DEADLINE + SLACK

    @pytest.mark.parametrize("value", ["no url", "gopher://x", "socks9://x"])
    def test_that_is_none(self, value, ca_file):
        """A proxy that cannot be one is an error of the configuration, unquoted."""
        profile = make_profile(ca_file=ca_file, proxy=f"{value}?pr0xy-Password")
        with pytest.raises(ccflow.SecretError) as caught:
            ccflow.TokenSource(profile).token()

        assert "proxy" in str(caught.value)
        assert "pr0xy-Password" not in repr(caught.value)
