"""The transport against servers that do as they like, over real TLS."""

from __future__ import annotations

from base64 import b64encode

import pytest

import ccflow
from ccflow.wire.clients import close_clients
from tests.support.certificates import server_context
from tests.support.failures import BASIC
from tests.support.failures import fail
from tests.support.failures import source_for
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.proxies import Proxy
from tests.support.worlds import SECRET
from tests.support.worlds import everything_logged
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


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
