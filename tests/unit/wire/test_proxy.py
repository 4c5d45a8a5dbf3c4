"""Proxies: which one, how it is spoken to, and what happens when it says no."""

from __future__ import annotations

import re
import socket
import sys
import time
from base64 import b64encode

import pytest

import ccflow
from ccflow.wire.proxy import environment_proxy
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.failures import fail
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import a_token
from tests.support.hostile import drip_forever
from tests.support.hostile import reset
from tests.support.proxies import Proxy
from tests.support.worlds import make_profile


DEADLINE = 0.4
# What a busy machine may take beside; a drip would go on for minutes.
SLACK = 2.0
pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


def speak_http(line: Line) -> None:
    line.stream.recv(10)
    line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    line.stream.close()


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

    @pytest.mark.parametrize(
        ("status", "kind", "words"),
        [
            (403, ccflow.TokenResponseError, "not let the request through: Forbidden"),
            (418, ccflow.TokenResponseError, "does not let the request through"),
            (499, ccflow.TokenResponseError, "through: for a reason of its own"),
            (302, ccflow.TokenResponseError, "does not let the request through"),
            (429, ccflow.TokenUnavailableError, "did not reach id.example"),
            (502, ccflow.TokenUnavailableError, "did not reach id.example"),
            (503, ccflow.TokenUnavailableError, ": Service Unavailable (HTTP 503)"),
            (599, ccflow.TokenUnavailableError, "did not reach id.example"),
        ],
    )
    def test_refusal_is_told_without_its_text(
        self, status, kind, words, hidden, ca_file
    ):
        """A proxy that says no answered instead of the server; its text stays out."""
        head = f"HTTP/1.1 {status} joe:secret\r\nContent-Length: 0\r\n\r\n"
        with Proxy(authorization="Basic nobody", refusal=head.encode()) as proxy:
            source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)
            error = fail(source, kind)

        assert error.category == "intermediary"
        assert error.status_code == status
        assert error.retryable is (kind is ccflow.TokenUnavailableError)
        assert words in str(error)
        assert "generic was not reached: the proxy" in str(error)
        assert "joe" not in str(error)
        assert hidden.connections == 0

    def test_dead_proxy(self, ca_file):
        """A proxy that is not there is told apart from a server that is not."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        source = proxied(443, ca_file=ca_file, proxy=f"http://127.0.0.1:{port}")
        text = unavailable(source)

        assert "no connection to the proxy: connection refused" in text
        assert "proxy in the profile, or HTTPS_PROXY" in text

    def test_unknown_name(self, ca_file):
        """So is one whose name is not known, and the name stays out."""
        proxy = "http://joe:pw@proxy.invalid:3128"
        text = unavailable(proxied(443, ca_file=ca_file, proxy=proxy))

        assert "the name of the proxy is not known" in text
        assert "proxy.invalid" not in text

    def test_that_hangs_up(self, ca_file):
        """One that closes the connection is not the server that does."""
        with HostileServer(reset, host="127.0.0.1") as proxy:
            text = unavailable(proxied(443, ca_file=ca_file, proxy=proxy.url))

        assert "id.example:443 through the proxy broke off" in text

    def test_server_behind_it_that_hangs_up(self, ca_file):
        """What the proxy answered is not taken for the beginning of an answer."""
        with (
            HostileServer(reset, context=server_context("id.example")) as server,
            Proxy() as proxy,
        ):
            source = proxied(server.port, ca_file=ca_file, proxy=proxy.url)
            text = unavailable(source)

        assert "through the proxy broke off the connection before it answered" in text

    def test_that_speaks_tls_itself(self, hidden, ca_file):
        """To a proxy with https TLS is spoken twice, by the same authorities."""
        with Proxy(context=server_context()) as proxy:
            assert proxy.url.startswith("https:")
            source = proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)

            assert source.token().access_token == "tok-1"
            assert (
                proxied(hidden.port, ca_file=ca_file, proxy=proxy.url)
                .token()
                .access_token
                == "tok-1"
            )
        assert len(hidden.journal) == 2
        assert proxy.connections == 1

    def test_that_speaks_tls_and_is_not_trusted(self, hidden, tmp_path):
        """A proxy whose certificate is not trusted is called the proxy."""
        theirs = write_ca_file(tmp_path, "theirs")
        with Proxy(context=server_context()) as proxy:
            source = proxied(hidden.port, ca_file=theirs, proxy=proxy.url)
            text = unavailable(source, passes=False)

        assert "the certificate of the proxy is not trusted" in text
        assert proxy.journal == []

    def test_plain_proxy_that_is_called_with_tls(self, hidden, ca_file):
        """A proxy on https that speaks no TLS is told with where to look."""
        with HostileServer(a_token(), greet=speak_http) as proxy:
            url = f"https://localhost:{proxy.port}"
            source = proxied(hidden.port, ca_file=ca_file, proxy=url)
            text = unavailable(source, passes=False)

        assert "what answers at the proxy speaks no TLS" in text
        assert "the address of the proxy" in text

    def test_name_that_no_certificate_can_have(self, ca_file):
        """A proxy takes any name; what TLS cannot take is no crash."""
        label = "a" * 64
        with (
            HostileServer(a_token(), context=server_context()) as server,
            Proxy() as proxy,
        ):
            url = f"https://{label}.example:{server.port}/token"
            keys = {"ca_file": ca_file, "proxy": proxy.url, "timeout": 5}
            text = unavailable(ccflow.TokenSource(make_profile(url, **keys)))

        assert "is not known" in text

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

    def test_dripping_server_behind_tls_twice_is_given_up(self, ca_file):
        """And for a server whose TLS runs within that of a proxy."""
        answer = drip_forever(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")
        context = server_context("id.example")
        with (
            HostileServer(answer, context=context) as server,
            Proxy(context=server_context()) as proxy,
        ):
            keys = {"ca_file": ca_file, "proxy": proxy.url, "timeout": DEADLINE}
            url = f"https://id.example:{server.port}/token"
            begun = time.monotonic()
            unavailable(ccflow.TokenSource(make_profile(url, **keys)))

        assert time.monotonic() - begun < DEADLINE + SLACK

    def test_handshake_that_drips_within_tls(self, ca_file):
        """And for a handshake there that never ends."""

        def greet(line: Line) -> None:
            line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384, 0.02)

        with (
            HostileServer(a_token(), greet=greet) as server,
            Proxy(context=server_context()) as proxy,
        ):
            keys = {"ca_file": ca_file, "proxy": proxy.url, "timeout": DEADLINE}
            url = f"https://id.example:{server.port}/token"
            begun = time.monotonic()
            text = unavailable(ccflow.TokenSource(make_profile(url, **keys)))

        assert time.monotonic() - begun < DEADLINE + SLACK
        assert f"no TLS handshake with id.example:{server.port} within" in text

    def test_socks_needs_a_package(self, ca_file, monkeypatch):
        """A SOCKS proxy without its package is told with what to install."""
        monkeypatch.setitem(sys.modules, "socksio", None)
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
        with pytest.raises(ccflow.SecretError, match=re.escape('"httpx[socks]"')):
            proxied(443, ca_file=ca_file).token()

    @pytest.mark.parametrize("value", ["no url", "gopher://x", "socks9://x", "http://"])
    def test_that_is_none(self, value, ca_file):
        """A proxy that cannot be one is an error of the configuration, unquoted."""
        profile = make_profile(ca_file=ca_file, proxy=f"{value}?pr0xy-Password")
        with pytest.raises(ccflow.SecretError) as caught:
            ccflow.TokenSource(profile).token()

        assert "proxy" in str(caught.value)
        assert "pr0xy-Password" not in repr(caught.value)
