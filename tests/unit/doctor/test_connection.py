"""The way to a server: which step fails, what it says, and that nothing was sent."""

from __future__ import annotations

import datetime as dt
import ssl
import time

import attrs
import pytest

from ccflow.engine.runtime import SYSTEM
from tests.support.certificates import authority
from tests.support.certificates import server_context
from tests.support.certificates import write_client_certificate
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import http
from tests.support.proxies import Proxy

from .visits import GOOD
from .visits import posts


@pytest.fixture
def good():
    with HostileServer(GOOD, context=server_context()) as server:
        yield server


class TestWay:
    def test_that_is_well(self, examine, good, ca_file):
        """Each step has a tick, and one token request goes out."""
        visit = examine(good.url, ca_file=ca_file)

        assert visit.levels() == "oooonnooo"
        assert visit.one("dns").message == "localhost is 127.0.0.1"
        assert visit.one("proxy").message == "none is used"
        assert visit.one("tls").message.startswith(
            f"TLSv1.3 with localhost:{good.port}; the certificate is for localhost, "
            "made by authority called ours, and ends on 3000-01-01"
        )
        assert posts(good) == 1

    def test_to_a_name_that_is_not_known(self, examine):
        """Nothing else is tried, and all else says why."""
        visit = examine("https://id.invalid")

        assert visit.levels() == "essssssss"
        assert visit.kinds() == {"unavailable"}
        assert visit.one("dns").message == "the name id.invalid is not known"
        assert "check its spelling in token_endpoint" in (visit.one("dns").hint or "")
        assert visit.one("tls").message == "not tried, since dns failed"

    def test_to_a_port_where_nobody_listens(self, examine):
        """The connection fails, and the name was good."""
        with HostileServer(GOOD, context=server_context()) as server:
            url = server.url
        visit = examine(url)

        assert visit.levels() == "oesssssss"
        assert visit.kinds() == {"unavailable"}
        assert "connection refused" in visit.one("tcp").message

    def test_over_plain_http(self, examine):
        """On this machine there may be no TLS, and that is said."""
        with HostileServer(GOOD) as server:
            visit = examine(server.url)

        assert visit.levels() == "ooosnnooo"
        assert "plain http" in visit.one("tls").message
        assert posts(server) == 1

    @pytest.mark.parametrize(
        ("context", "what"),
        [
            ({"ca": "theirs"}, "its authority is unknown here"),
            ({"expired": True}, "has expired"),
            ({"early": True}, "is not valid yet"),
            ({"host": "another.example"}, "it is for another name"),
        ],
        ids=["unknown CA", "expired", "not yet valid", "other name"],
    )
    def test_to_a_certificate_that_is_not_trusted(
        self, examine, ca_file, context, what
    ):
        """The handshake fails, the certificate is described, and nothing is sent."""
        with HostileServer(GOOD, context=server_context(**context)) as server:
            visit = examine(server.url, ca_file=ca_file)
        error, note = visit.of("tls")

        assert visit.levels() == "oooesssss"
        assert visit.kinds() == {"unavailable"}
        assert what in error.message
        assert error.hint
        assert note.level == "note"
        assert f"for {context.get('host', 'localhost')}, made by auth" in note.message
        assert server.journal == []

    def test_to_a_port_that_speaks_no_tls(self, examine):
        """What answers is no server of the address, whatever it says."""

        def speak_http(line: Line) -> None:
            line.stream.recv(10)
            line.send(http(400, "plain"))
            line.stream.close()

        with HostileServer(greet=speak_http) as server:
            visit = examine(server.url.replace("http:", "https:"))

        assert visit.levels() == "oooesssss"
        assert "speaks no TLS" in visit.one("tls").message

    def test_to_a_certificate_that_ends_soon(self, examine, ca_file):
        """It is a warning, with the days that are left, and the token comes."""
        in_ten_days = dt.datetime.now(dt.UTC) + dt.timedelta(days=10, hours=1)
        certificate = authority("ours").issue_cert("localhost", not_after=in_ten_days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        with HostileServer(GOOD, context=context) as server:
            visit = examine(server.url, ca_file=ca_file)
        warning = visit.one("tls")

        assert visit.levels() == "ooownnooo"
        assert warning.message.endswith(": in 10 days")
        assert warning.hint == f"have whoever runs localhost:{server.port} renew it"

    def test_to_a_server_that_wants_a_certificate(self, examine, ca_file):
        """With TLS 1.3 that shows when the request is there; it is told as such."""
        with HostileServer(GOOD, context=server_context(clients="ours")) as server:
            visit = examine(server.url, ca_file=ca_file)

        assert visit.levels() == "oooonness"
        assert "wants a client certificate" in visit.of("token")[0].message
        assert "set tls_certificate" in (visit.of("token")[0].hint or "")
        assert server.journal == []

    def test_with_the_certificate_of_the_client(self, examine, ca_file, tmp_path):
        """It is shown on each connection, as a fetch does."""
        certificate, key = write_client_certificate(tmp_path)
        with HostileServer(GOOD, context=server_context(clients="ours")) as server:
            visit = examine(
                server.url,
                ca_file=ca_file,
                client_secret=None,
                token_endpoint_auth_method="tls_client_auth",
                tls_certificate=certificate,
                tls_private_key=key,
            )

        assert visit.levels() == "oooonnooo"
        assert {it.client for it in server.journal} == {"billing"}

    def test_to_an_authority_that_ends_soon(self, examine, ca_file):
        """The others of the chain count as well, by the clock of the doctor."""
        until = dt.datetime(3001, 1, 1, tzinfo=dt.UTC)
        certificate = authority("ours").issue_cert("localhost", not_after=until)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        late = dt.datetime(2999, 12, 25, tzinfo=dt.UTC).timestamp() - time.time()
        runtime = attrs.evolve(SYSTEM, wall=lambda: time.time() + late)
        with HostileServer(GOOD, context=context) as server:
            visit = examine(server.url, ca_file=ca_file, runtime=runtime)
        own, above = visit.of("tls")

        assert (own.level, above.level) == ("ok", "warning")
        assert "authority called ours, which vouches for it, ends in 7" in above.message


class TestProxy:
    @pytest.fixture
    def hidden(self):
        """A server with a name that only a proxy can find."""
        context = server_context("id.example")
        with HostileServer(GOOD, context=context, host="id.example") as server:
            yield server

    def test_that_lets_through(self, examine, hidden, ca_file):
        """Its own name and port are what is connected to."""
        with Proxy() as proxy:
            visit = examine(hidden.url, ca_file=ca_file, proxy=proxy.url)

        assert visit.levels() == "oooonnooo"
        assert visit.one("dns").message == "the proxy 127.0.0.1 is an address already"
        assert visit.one("tcp").message.endswith(f"the proxy at 127.0.0.1:{proxy.port}")
        assert visit.one("proxy").message == (
            f"it lets requests through to id.example:{hidden.port}"
        )
        assert visit.one("tls").message.startswith("TLSv1.3 with id.example:")
        assert posts(hidden) == 1

    def test_of_the_environment(self, examine, hidden, ca_file, monkeypatch):
        """It is named before anything is sent, and its password is not."""
        basic = "Basic am9lOkh1bnRlcjI="  # joe:Hunter2
        with Proxy(authorization=basic) as proxy:
            url = f"http://joe:Hunter2@127.0.0.1:{proxy.port}"
            monkeypatch.setenv("HTTPS_PROXY", url)
            visit = examine(hidden.url, ca_file=ca_file)

        assert visit.levels() == "oooonnooo"
        assert "HTTPS_PROXY" in visit.of("trust")[1].message
        assert "Hunter2" not in repr(visit.findings)

    @pytest.mark.parametrize(
        ("refusal", "what"),
        [
            (http(407, "who are you?"), "wants to know who asks"),
            (http(403, "no"), "does not let the request through: Forbidden"),
        ],
        ids=["407", "403"],
    )
    def test_that_does_not(self, examine, ca_file, refusal, what):
        """It is the proxy that fails, and the exit code is that of its answer."""
        with Proxy(authorization="never", refusal=refusal) as proxy:
            visit = examine("https://id.example", ca_file=ca_file, proxy=proxy.url)

        assert visit.levels() == "ooessssss"
        assert visit.kinds() == {"response"}
        assert what in visit.one("proxy").message

    def test_that_is_not_there(self, examine):
        """It is the proxy that was called."""
        with Proxy() as proxy:
            url = proxy.url
        visit = examine("https://id.example", proxy=url)

        assert visit.levels() == "oesssssss"
        assert "no connection to the proxy" in visit.one("tcp").message

    def test_whose_name_is_not_known(self, examine):
        """It is the name of the proxy, not that of the server."""
        visit = examine("https://id.example", proxy="http://proxy.invalid:3128")

        assert visit.levels() == "essssssss"
        assert visit.one("dns").message == "the name of the proxy is not known"

    def test_in_front_of_a_server_that_is_not_trusted(self, examine, ca_file):
        """The way through it is good, and its own certificate is not the server's."""
        theirs = server_context("id.example", "theirs")
        with (
            HostileServer(GOOD, context=theirs, host="id.example") as server,
            Proxy(context=server_context()) as proxy,
        ):
            visit = examine(server.url, ca_file=ca_file, proxy=proxy.url)

        assert visit.levels() == "oooesssss"
        assert len(visit.of("tls")) == 1
