"""Every way in which no answer comes, over real sockets, and the words for it."""

from __future__ import annotations

import inspect
import re
import socket
import ssl

import httpcore
import httpx
import pytest

import ccflow
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.secret import Secret
from ccflow.wire import resolver
from ccflow.wire.diagnosis import EXPLAINED
from ccflow.wire.diagnosis import diagnose
from ccflow.wire.trust import Trust
from ccflow.wire.way import Way
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.hostile import one_after_another
from tests.support.hostile import reset
from tests.support.odd_certificates import of_expired_authority
from tests.support.odd_certificates import self_signed
from tests.support.odd_certificates import with_odd_ciphers
from tests.support.odd_certificates import without_this_name
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


def classes_of(*modules: object) -> list[type[Exception]]:
    """Return every exception that some modules define or show."""
    found = {
        it
        for module in modules
        for it in vars(module).values()
        if inspect.isclass(it) and issubclass(it, Exception)
    }
    return sorted(found, key=lambda it: f"{it.__module__}.{it.__name__}")


LIBRARIES = classes_of(httpx, httpcore)
SYSTEM = classes_of(ssl, socket, resolver)


def an_error(kind: type[Exception]) -> Exception:
    """Make one without what its class would ask for."""
    error = kind.__new__(kind, "bytearray(b'Basic secret')")
    Exception.__init__(error, "bytearray(b'Basic secret')")
    return error


class TestEveryException:
    def test_there_are_some(self):
        """The lists below are not empty by mistake."""
        assert {httpx.ReadError, httpx.ProxyError, httpx.InvalidURL} <= {*LIBRARIES}
        assert {httpcore.ReadError, httpcore.ConnectionNotAvailable} <= {*LIBRARIES}
        assert {ssl.SSLCertVerificationError, socket.gaierror} <= {*SYSTEM}

    @pytest.mark.parametrize("at_proxy", [True, False])
    @pytest.mark.parametrize("kind", [*LIBRARIES, *SYSTEM])
    def test_has_a_cause_and_a_next_step(self, kind, at_proxy):
        """Each class that can be raised has words, and they quote nobody."""
        proxy = Secret("http://joe:pw@proxy.example") if at_proxy else None
        trust = Trust(proxy=proxy)
        way = Way(url="https://id.example:8443/token", trust=trust)
        fault = diagnose(an_error(kind), way)
        error = fault.error("generic")

        assert fault.cause
        assert fault.hint
        assert "\n" not in str(error)
        assert "secret" not in str(error)
        assert "joe" not in str(error)
        assert isinstance(error, TokenUnavailableError | TokenResponseError)
        assert error.category in {"network", "intermediary"}
        assert error.hint == fault.hint

    @pytest.mark.parametrize("kind", LIBRARIES)
    def test_is_caught(self, kind, monkeypatch):
        """Whatever httpx raises becomes one of the errors that callers know."""

        def broken(*_: object, **__: object) -> None:
            raise an_error(kind)

        assert issubclass(kind, EXPLAINED)
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", broken)
        source = ccflow.TokenSource(make_profile())
        with pytest.raises(ccflow.TokenError) as caught:
            source.token()

        assert caught.value.category in {"network", "intermediary"}

    def test_the_systems_word_comes_first(self):
        """What httpx makes of an error says less than the error itself."""
        try:
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            except OSError as error:
                raise httpcore.ConnectError("x") from error
        except httpcore.ConnectError as error:
            found = error
        fault = diagnose(found, Way(url="https://id.example/token"))

        assert fault.cause == "no connection to id.example: connection refused"

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (24, "ulimit"),
            (13, "sandbox"),
            (113, "route"),
            (101, "route"),
            (None, "route"),
        ],
    )
    def test_system_error_is_told_in_its_words(self, code, words):
        """Of an error of the operating system the hint depends on its number."""
        fault = diagnose(OSError(code, "x"), Way(url="https://id.example/token"))

        assert words in fault.hint

    def test_class_that_nobody_knows(self):
        """A class of tomorrow's httpx has words as well."""

        class NewError(httpx.HTTPError):
            pass

        fault = diagnose(an_error(NewError), Way(url="https://id.example/token"))

        assert "NewError" in fault.cause
        assert "report" in fault.hint


class TestConnection:
    def test_nobody_listens(self, ca_file):
        """A refused connection is told with the address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        profile = make_profile(f"https://localhost:{port}/token", ca_file=ca_file)
        text = unavailable(ccflow.TokenSource(profile))

        assert f"no connection to localhost:{port}: connection refused" in text
        assert "check the host and the port" in text

    def test_unknown_name(self):
        """A name that does not exist is told as that."""
        text = unavailable(ccflow.TokenSource(make_profile("https://id.invalid/token")))

        assert "the name id.invalid is not known; check its spelling" in text

    def test_name_server_that_says_later(self, monkeypatch):
        """A name server that cannot answer is not a name that is misspelt."""

        def later(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_AGAIN, "Try again")

        monkeypatch.setattr(socket, "getaddrinfo", later)
        text = unavailable(ccflow.TokenSource(make_profile()))

        assert "could not be looked up; no name server answers" in text

    @pytest.mark.parametrize("host", ["a..b.localhost", f"{'a' * 64}.localhost"])
    def test_name_that_is_none(self, host, monkeypatch):
        """A name that cannot be one is not known; sockets raise a ValueError there."""

        def encode(name: str, *_: object, **__: object) -> None:
            name.encode("idna")

        monkeypatch.setattr(socket, "getaddrinfo", encode)
        text = unavailable(ccflow.TokenSource(make_profile(f"https://{host}/token")))

        assert "is not known" in text

    def test_reset_before_the_answer(self, ca_file):
        """A connection that is cut before anything came is told as such."""
        with HostileServer(reset, context=server_context()) as server:
            text = unavailable(source_for(server, ca_file))

        assert "broke off the connection before it answered; try again later" in text

    def test_closed_before_the_answer(self, ca_file):
        """So is one that is closed in good order."""
        with HostileServer(
            one_after_another([b""]), context=server_context()
        ) as server:
            text = unavailable(source_for(server, ca_file))

        assert "broke off the connection before it answered" in text

    def test_reset_in_the_middle(self):
        """And one that is cut in the body."""

        def half(line: Line, request: Received) -> None:
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            line.reset()

        with HostileServer(half) as server:
            text = unavailable(source_for(server, None))

        assert "broke off the connection in the middle of the answer" in text


class TestAnswer:
    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ([b"HTTP/1.1 200 OK\r\nContent-Le"], "breaks off, or breaks the rules"),
            (
                [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b'{"access_tok'],
                "broke off: 12 of 100 bytes came",
            ),
            (
                [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"],
                "breaks off, or breaks the rules",
            ),
            ([b"SSH-2.0-OpenSSH_9.6\r\n"], "is not HTTP; check the host and the port"),
            ([b"\x00\x01\x02\xff\r\n\r\n"], "is not HTTP"),
            (
                [b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
                "breaks off, or breaks the rules",
            ),
            (
                [
                    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n",
                    b"Content-Length: 2\r\n\r\n{}",
                ],
                "breaks the rules of HTTP",
            ),
            ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000], "breaks the rules"),
        ],
        ids=[
            "header",
            "short body",
            "chunk",
            "ssh",
            "noise",
            "negative",
            "two-lengths",
            "headers",
        ],
    )
    def test_that_breaks_off_or_is_none(self, parts, words, ca_file):
        """Whatever is no complete HTTP is told without a word of the server's."""
        with HostileServer(
            one_after_another(parts), context=server_context()
        ) as server:
            text = unavailable(source_for(server, ca_file))

        assert words in text
        assert f"localhost:{server.port}" in text
        assert "bytearray" not in text
        assert "OpenSSH" not in text

    def test_longer_than_it_says(self, ca_file):
        """What a server sends beyond the length that it told is not read."""
        body = b'{"access_token": "tok-1"}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with HostileServer(head + body + b"!" * 50, context=server_context()) as server:
            for _ in range(2):
                assert source_for(server, ca_file).token().access_token == "tok-1"

        assert server.connections == 2


def speak_http(line: Line) -> None:
    """Answer a greeting in TLS as a server of plain HTTP does."""
    line.stream.recv(10)
    line.send(http(400, "this is plain http"))
    line.stream.close()


class TestTls:
    def test_unknown_authority(self, tmp_path):
        """An authority that is not in ca_file is told with what to do about it."""
        theirs = write_ca_file(tmp_path, "theirs")
        with HostileServer(a_token(), context=server_context()) as server:
            text = unavailable(source_for(server, theirs), passes=False)

        assert server.journal == []
        assert f"the certificate of localhost:{server.port} is not trusted" in text
        assert f"ca_file {theirs} replaces the usual authorities" in text
        assert f"openssl s_client -connect localhost:{server.port} -showcerts" in text
        # The server's log can say it, too.
        assert "unknown ca" in str(server.faults)

    def test_the_usual_authorities(self):
        """Without ca_file the usual ones are trusted, and ours is none of them."""
        with HostileServer(a_token(), context=server_context()) as server:
            text = unavailable(source_for(server, None), passes=False)

        assert server.journal == []
        assert "name the certificate of that authority in ca_file" in text
        assert 'ca_file = "system"' in text

    def test_self_signed(self, tmp_path):
        """A certificate without an authority is told with how to pin it."""
        theirs = write_ca_file(tmp_path, "theirs")
        context, itself = self_signed(tmp_path)
        with HostileServer(a_token(), context=context) as server:
            text = unavailable(source_for(server, theirs), passes=False)

            assert source_for(server, itself).token().access_token == "tok-1"
        assert "is self-signed" in text
        assert "| openssl x509 -out ca.pem" in text

    def test_wrong_host(self, ca_file):
        """A certificate of another host is told, with how to see which."""
        with HostileServer(
            a_token(), context=server_context("other.example")
        ) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert "is not trusted: it is for another name" in text
        assert "subjectAltName" in text
        assert "ca_file" not in text

    def test_expired(self, ca_file):
        """An expired one is told with who renews it, and what our clock says."""
        with HostileServer(a_token(), context=server_context(expired=True)) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert (
            f"localhost:{server.port}, or one that vouches for it, has expired" in text
        )
        assert f"whoever runs localhost:{server.port} has to renew it" in text
        assert re.search(r"clock says 20\d\d-\d\d-\d\d \d\d:\d\d UTC; if that is", text)

    def test_expired_authority(self, tmp_path):
        """One that expired in our own ca_file is ours to replace."""
        context, path = of_expired_authority(tmp_path)
        with HostileServer(a_token(), context=context) as server:
            text = unavailable(source_for(server, path), passes=False)

        assert f"an authority in ca_file {path} has expired" in text

    def test_not_valid_yet(self, ca_file):
        """One that begins later makes our clock the first suspect."""
        with HostileServer(a_token(), context=server_context(early=True)) as server:
            text = unavailable(source_for(server, ca_file))

        assert "is not valid yet; this machine's clock says 20" in text

    def test_old_version(self, ca_file):
        """A server that speaks only what is too old is told as that."""
        context = server_context(newest="TLSv1_1")
        with HostileServer(a_token(), context=context) as server:
            text = unavailable(source_for(server, ca_file))

        assert server.journal == []
        assert "speaks no version of TLS that is spoken here" in text
        assert "TLS 1.2 or later" in text

    def test_no_common_cipher(self, ca_file):
        """So is one with none of our ciphers."""
        with HostileServer(a_token(), context=with_odd_ciphers()) as server:
            text = unavailable(source_for(server, ca_file))

        assert "broke off the TLS handshake; it takes none of the ciphers" in text

    def test_plain_http_on_the_port(self, ca_file):
        """A port that speaks no TLS is told as that, and the secret stays here."""
        with HostileServer(a_token(), greet=speak_http) as server:
            profile = make_profile(
                f"https://localhost:{server.port}/token", ca_file=ca_file, timeout=5
            )
            text = unavailable(ccflow.TokenSource(profile), passes=False)

        assert server.journal == []
        assert f"what answers at localhost:{server.port} speaks no TLS" in text
        assert "check host and port in token_endpoint" in text

    def test_tls_on_the_port(self):
        """And the other way round: an alert of TLS where plain http was spoken."""
        alert = b"\x15\x03\x01\x00\x02\x02\x46"
        with HostileServer(one_after_another([alert])) as server:
            text = unavailable(source_for(server, None), passes=False)

        assert f"what answers at localhost:{server.port} speaks TLS" in text
        assert "write https: for http: in token_endpoint" in text

    def test_tls_on_the_port_that_says_nothing(self):
        """Some servers just hang up on those who do not speak TLS."""
        with HostileServer(a_token(), context=server_context()) as server:
            profile = make_profile(f"http://localhost:{server.port}/token", timeout=5)
            text = unavailable(ccflow.TokenSource(profile))

        assert server.journal == []
        assert "before it answered; if it speaks TLS, write https: for http:" in text

    @pytest.mark.parametrize("hard", [True, False])
    def test_hanging_up_in_the_handshake(self, hard, ca_file):
        """A greeting that is answered with nothing is told with who does that."""

        def greet(line: Line) -> None:
            line.stream.recv(10)
            if hard:
                line.reset()
            else:
                line.stream.recv(65536)
                line.stream.close()

        with HostileServer(a_token(), greet=greet) as server:
            profile = make_profile(
                f"https://localhost:{server.port}/token", ca_file=ca_file, timeout=5
            )
            text = unavailable(ccflow.TokenSource(profile))

        assert "hung up in the middle of the TLS handshake; check the port" in text

    def test_name_that_the_server_does_not_know(self, ca_file):
        """A server with many names that has none of this one says so itself."""
        with HostileServer(a_token(), context=without_this_name()) as server:
            text = unavailable(source_for(server, ca_file))

        assert "does not know the name that it was called by" in text
