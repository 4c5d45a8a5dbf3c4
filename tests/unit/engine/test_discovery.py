"""The token endpoint, looked up at real servers that say what they like."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import ccflow
from ccflow.engine.exchange import Exchange
from ccflow.engine.known_metadata import KEPT
from ccflow.engine.known_metadata import forget_metadata
from ccflow.stores.memory import MemoryStore
from tests.support.certificates import server_context
from tests.support.certificates import write_client_certificate
from tests.support.failures import BASIC
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import drip_forever
from tests.support.hostile import http
from tests.support.hostile import reset
from tests.support.hostile import silence
from tests.support.issuers import OAUTH
from tests.support.issuers import OPENID
from tests.support.issuers import Issuer
from tests.support.proxies import Proxy
from tests.support.scripted import World
from tests.support.worlds import SECRET
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients")

LONG_SECRET = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def nothing_known():
    """Begin and end without anything that a server said."""
    forget_metadata()
    yield
    forget_metadata()


@pytest.fixture
def server():
    """A server that is well."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def world() -> World:
    """Clocks that sleeping moves."""
    return World()


def profile_for(server, ca_file, **keys):
    given = {"issuer": server.issuer, "ca_file": ca_file, "timeout": 5, **keys}
    return make_profile(None, **given)


def source_for(server, ca_file, world=None, store=None, **keys):
    options = {} if world is None else {"runtime": world.runtime()}
    profile = profile_for(server, ca_file, **keys)
    return ccflow.TokenSource(profile, store=store, **options)


def exchange_for(server, ca_file, world, **keys):
    profile = profile_for(server, ca_file, **keys)
    provider, plan = profile.plan()
    return Exchange(profile, provider, plan, world.runtime())


def attempt(exchange):
    return exchange.attempt(exchange.credentials()[0], 5.0)


def failure_of(server, ca_file, kind=ccflow.TokenResponseError, **keys):
    """Ask for a token that does not come; no secret was sent, nor is one shown."""
    with pytest.raises(ccflow.CcflowError) as caught:
        source_for(server, ca_file, **keys).token()
    error = caught.value

    assert type(error) is kind, error
    assert ("billing", "generic") == (error.profile, error.provider)
    assert server.issuer in str(error)
    assert str(error).endswith(f"; {error.hint}")
    assert not [it for it in server.journal if it.method != "GET"]
    assert SECRET not in f"{error} {vars(error)}"
    return error


class TestToken:
    def test_issuer_alone(self, server, ca_file):
        """A profile with an issuer gets a token, and the endpoint is asked for once."""
        tokens = [source_for(server, ca_file).token() for _ in range(3)]

        assert ["tok-1"] * 3 == [token.access_token for token in tokens]
        assert [f"GET {OPENID}", *["POST /token"] * 3] == server.asked

    def test_question_says_nothing_of_the_client(self, server, ca_file):
        """Whoever answers it learns neither the client nor its secret."""
        source_for(server, ca_file).token()
        question, request = server.journal

        assert b"" == question.body
        assert question.header("authorization") is None
        assert question.header("content-type") is None
        assert "application/json" == question.header("accept")
        assert f"ccflow/{ccflow.__version__}" == question.header("user-agent")
        assert f"Basic {BASIC}" == request.header("authorization")

    def test_both_go_over_one_connection(self, server, ca_file):
        """A look-up costs a request, not a connection."""
        source_for(server, ca_file).token()

        assert [1, 1] == [it.connection for it in server.journal]

    def test_headers_of_the_profile(self, server, ca_file):
        """A gateway in front wants its key for everything."""
        for key in ("key-1", "key-1", "key-2"):
            source_for(server, ca_file, headers={"X-Api-Key": key}).token()

        assert ["key-1", "key-1", "key-1", "key-2", "key-2"] == [
            it.header("x-api-key") for it in server.journal
        ]

    def test_assertion_is_for_the_endpoint_that_was_found(self, server, ca_file):
        """The audience is known when the endpoint is."""
        method = {"token_endpoint_auth_method": "client_secret_jwt"}
        source_for(server, ca_file, client_secret=LONG_SECRET, **method).token()
        part = server.journal[1].form["client_assertion"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

        assert f"{server.url}/token" == claims["aud"]

    def test_method_is_not_chosen_by_the_document(self, server, ca_file):
        """What a server claims to take changes nothing: it is never tried out."""
        methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        server.says(server.document(**methods))
        source_for(server, ca_file).token()

        assert f"Basic {BASIC}" == server.journal[1].header("authorization")

    def test_proxy(self, server, ca_file):
        """It goes the same way as the token request."""
        with Proxy() as proxy:
            address = f"http://127.0.0.1:{proxy.port}"
            source_for(server, ca_file, proxy=address).token()

        assert ["CONNECT"] == [it.method for it in proxy.journal]
        assert [f"GET {OPENID}", "POST /token"] == server.asked


class TestAddresses:
    def test_each_is_asked_until_one_has_it(self, ca_file):
        """OpenID Connect, RFC 8414, and its older form, in this order."""
        asked = [
            f"GET /realms/a{OPENID}",
            f"GET {OAUTH}/realms/a",
            f"GET /realms/a{OAUTH}",
        ]
        with Issuer("/realms/a") as server:
            document = server.routes.pop(f"/realms/a{OPENID}")
            for number, status in ((1, 401), (2, 403)):
                forget_metadata()
                server.journal.clear()
                server.routes[asked[0].split()[1]] = http(status, "who are you?")
                place = asked[number].split()[1]
                server.routes[place] = document
                assert source_for(server, ca_file).token()
                del server.routes[place]

                assert [*asked[: number + 1], "POST /token"] == server.asked

    def test_nowhere(self, ca_file):
        """Each address is named with what it answered."""
        with Issuer("/realms/a") as server:
            server.says("no", 403)
            error = failure_of(server, ca_file)

            assert 3 == len(server.journal)
        assert (404, "malformed") == (error.status_code, error.category)
        assert f"{server.issuer}{OPENID} (HTTP 403)" in str(error)
        assert f"{server.url}{OAUTH}/realms/a (HTTP 404)" in str(error)
        assert f"{server.issuer}{OAUTH} (HTTP 404)" in str(error)

    def test_form_of_a_vendor(self, ca_file):
        """A profile may name another place, where the document is wrapped."""
        place = "/.well-known/idcs-configuration"
        quirks = {
            "metadata_locations": [f"{{origin}}{place}"],
            "metadata_members": ["openid-configuration"],
        }
        with Issuer() as server:
            server.routes[place] = http(
                200, {"openid-configuration": server.document()}
            )
            assert source_for(server, ca_file, quirks=quirks).token()

            assert [f"GET {place}", "POST /token"] == server.asked


class TestHostile:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"issuer": "https://evil.example"}, "'https://evil.example'"),
            ({"issuer": None}, "names no issuer"),
            ({"token_endpoint": None}, "names no token_endpoint"),
            ({"token_endpoint": "http://id.example/token"}, "plain http"),
            ({"token_endpoint": "https://evil.example/token"}, "another origin"),
            ({"token_endpoint": "https://joe:pw@localhost/"}, "password"),
        ],
    )
    def test_document_of_somebody_else(self, server, ca_file, changes, words):
        """What is not this server's gets no secret."""
        server.says(server.document(**changes))
        error = failure_of(server, ca_file)

        assert (200, "malformed", False) == (
            error.status_code,
            error.category,
            error.retryable,
        )
        assert words in str(error)
        assert f"{server.url}{OPENID}" in str(error)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirect_is_not_followed(self, server, ca_file, status):
        """Neither by the look-up nor later: the other place is never spoken to."""
        with Issuer() as elsewhere:
            location = f"{elsewhere.url}{OPENID}"
            server.says("moved", status, Location=location)
            error = failure_of(server, ca_file)

            assert 0 == elsewhere.connections
        assert "intermediary" == error.category
        assert repr(location) in str(error)

    @pytest.mark.parametrize(
        ("body", "category"),
        [
            ("<!doctype html><title>Sign in</title>", "intermediary"),
            ("", "malformed"),
            ("[1]", "malformed"),
            ('{"issuer"', "malformed"),
            (b"\x00\x01\xff", "malformed"),
        ],
    )
    def test_no_document(self, server, ca_file, body, category):
        """Any bytes end in an error that says what came from where."""
        server.says(body)
        error = failure_of(server, ca_file)

        assert category == error.category
        assert f"{server.url}{OPENID} answered with " in str(error)

    def test_huge_document(self, server, ca_file):
        """Nobody reads more than a mebibyte of what a server says of itself."""
        server.says(server.document(scopes_supported=["x" * 1024] * 1024))
        error = failure_of(server, ca_file)

        assert ("malformed", 200) == (error.category, error.status_code)
        assert "more than 1024 KiB" in str(error)
        assert "issuer" in error.hint

    @pytest.mark.parametrize(
        "answer",
        [
            silence,
            drip_forever(b"HTTP/1.1 200 OK\r\n\r\n{", b" "),
            drip_forever(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        ],
    )
    def test_slow_server(self, server, ca_file, answer):
        """The look-up takes from the time that the whole request has."""
        server.routes[OPENID] = answer
        error = failure_of(server, ca_file, ccflow.TokenUnavailableError, timeout=0.3)

        assert ("network", True) == (error.category, error.retryable)
        assert f"looked up at {server.url}{OPENID}" in str(error)

    def test_nobody_listens(self, ca_file):
        """A network that fails is told as for the token request, with the address."""
        with Issuer() as server:
            pass
        error = failure_of(server, ca_file, ccflow.TokenUnavailableError, timeout=0.5)

        assert "network" == error.category
        assert "connection refused" in str(error)

    def test_server_of_another_authority(self, ca_file):
        """TLS is what says who answers, here as well."""
        with Issuer(context=server_context(ca="theirs")) as server:
            error = failure_of(server, ca_file, ccflow.TokenUnavailableError)

        assert "is not trusted" in str(error)
        assert [] == server.journal

    def test_name_that_is_not_known(self, server, ca_file):
        """A hint names the key that is wrong, which is not the token endpoint."""
        server.issuer = "https://id.invalid"
        kind = ccflow.TokenUnavailableError
        error = failure_of(server, ca_file, kind, timeout=0.5)

        assert "the name id.invalid is not known" in str(error)
        assert "check its spelling in issuer" in error.hint

    def test_key_of_the_gateway_comes_back(self, server, ca_file):
        """What the profile keeps secret is not shown when a server echoes it."""

        def echo(line, request):
            key = request.header("x-api-key")
            return http(200, server.document(issuer=f"https://{key}.example"))

        server.routes[OPENID] = echo
        headers = {"X-Api-Key": "key-that-is-secret"}
        error = failure_of(server, ca_file, headers=headers)

        assert "key-that-is-secret" not in f"{error} {vars(error)}"


class TestAgain:
    def test_passing_failure_is_tried_again(self, server, ca_file, world):
        """A look-up is retried as a token request is, in the same time."""
        document = server.routes[OPENID]
        server.answers = [
            http(503, "", {"Retry-After": "1"}),
            reset,
            lambda line, request: document,
            lambda line, request: a_token(),
        ]

        assert source_for(server, ca_file, world).token()
        assert [f"GET {OPENID}"] * 3 + ["POST /token"] == server.asked
        assert 1.0 <= world.slept[0]

    def test_what_does_not_pass_is_not(self, server, ca_file):
        """A document of somebody else is asked for once."""
        server.says(server.document(issuer="https://evil.example"))
        failure_of(server, ca_file)

        assert 1 == len(server.journal)

    def test_failure_is_forgotten(self, server, ca_file):
        """It locks nobody out: who comes next asks again."""
        document = server.routes[OPENID]
        source = source_for(server, ca_file)
        server.says("<html>", 200)
        with pytest.raises(ccflow.TokenResponseError):
            source.token()
        server.routes[OPENID] = document

        assert source.token()
        assert source.status().retry_at is None

    def test_asked_again_after_a_day(self, server, ca_file, world):
        """Until then a document is believed."""
        exchange = exchange_for(server, ca_file, world)
        for seconds in (0, KEPT - 1, 1):
            world.tick(seconds)
            attempt(exchange)

        asked = [f"GET {OPENID}", "POST /token", "POST /token"]
        assert asked + asked[:2] == server.asked

    @pytest.mark.parametrize("status", [404, 405, 410, 301, 308])
    def test_endpoint_that_moved(self, server, ca_file, world, status):
        """One that is gone is looked up again, by the next who wants a token."""
        exchange = exchange_for(server, ca_file, world)
        attempt(exchange)
        server.routes["/token"] = http(status, "gone", {"Location": "/new"})
        with pytest.raises(ccflow.TokenError):
            attempt(exchange)
        server.routes["/new"] = a_token("tok-2")
        server.says(server.document(token_endpoint=f"{server.url}/new"))

        assert "tok-2" == attempt(exchange).access_token.reveal()

    @pytest.mark.parametrize("status", [400, 401, 500, 503])
    def test_endpoint_that_refuses(self, server, ca_file, world, status):
        """One that says no, or not now, is still the endpoint."""
        exchange = exchange_for(server, ca_file, world)
        server.routes["/token"] = http(status, {"error": "invalid_client"})
        for _ in range(2):
            with pytest.raises(ccflow.TokenError):
                attempt(exchange)

        assert [f"GET {OPENID}", "POST /token", "POST /token"] == server.asked

    def test_kept_connection_that_was_closed(self, server, ca_file, world):
        """A look-up over it is repeated over a new one, at no cost."""

        def hang_up(line, request):
            line.send(a_token())
            line.reset()

        server.routes["/token"] = hang_up
        exchange = exchange_for(server, ca_file, world)
        attempt(exchange)
        forget_metadata()

        assert attempt(exchange)
        assert [] == world.slept


class TestTogether:
    def test_other_rules_are_another_question(self, server, ca_file):
        """What one profile lets a document say, another one need not."""
        with HostileServer(a_token("tok-far"), context=server_context()) as far:
            server.says(server.document(token_endpoint=f"{far.url}/token"))
            quirks = {"endpoint_origins": [far.url]}
            token = source_for(server, ca_file, quirks=quirks).token()
            error = failure_of(server, ca_file)

        assert "tok-far" == token.access_token
        assert "another origin" in str(error)

    def test_other_places_are_another_question(self, server, ca_file):
        """Who asks elsewhere gets what is said there."""
        place = "{origin}/tenants/a"
        other = server.document(token_endpoint=f"{server.url}/other")
        server.routes |= {"/tenants/a": http(200, other), "/other": a_token("tok-2")}
        quirks = {"metadata_locations": [place]}
        tokens = [
            source_for(server, ca_file).token(),
            source_for(server, ca_file, quirks=quirks).token(),
        ]

        assert ["tok-1", "tok-2"] == [token.access_token for token in tokens]

    def test_deadline_of_who_waits(self, server, ca_file):
        """Who waits for another one's answer waits no longer than its own time."""
        begun, let = threading.Event(), threading.Event()
        document = server.routes[OPENID]

        def later(line, request):
            begun.set()
            assert let.wait(20)
            return document

        server.routes[OPENID] = later
        with ThreadPoolExecutor(1) as threads:
            patient = threads.submit(source_for(server, ca_file, timeout=20).token)
            assert begun.wait(10)
            with pytest.raises(ccflow.TokenUnavailableError) as caught:
                source_for(server, ca_file, timeout=0.1).token()
            let.set()

            assert "tok-1" == patient.result(10).access_token
        assert "no answer in time" in str(caught.value)
        assert ("billing", True) == (caught.value.profile, caught.value.retryable)
        assert [f"GET {OPENID}", "POST /token"] == server.asked


class TestStore:
    def test_shared_token_needs_no_look_up(self, server, ca_file, world, monkeypatch):
        """The name of a stored token is made of the issuer, which is known."""
        monkeypatch.setenv("DISCOVERY_SECRET", "of the test")
        secret = {"client_secret": {"env": "DISCOVERY_SECRET"}}
        store = MemoryStore(clock=lambda: world.wall)
        source_for(server, ca_file, world, store, **secret).token()
        forget_metadata()
        source_for(server, ca_file, world, store, **secret).token()

        assert [f"GET {OPENID}", "POST /token"] == server.asked

    def test_two_issuers_share_nothing(self, ca_file, world, monkeypatch):
        """A token of one server is not that of another."""
        monkeypatch.setenv("DISCOVERY_SECRET", "of the test")
        secret = {"client_secret": {"env": "DISCOVERY_SECRET"}}
        store = MemoryStore(clock=lambda: world.wall)
        with Issuer() as first, Issuer() as second:
            for server in (first, second):
                source_for(server, ca_file, world, store, **secret).token()

            assert [2, 2] == [len(first.journal), len(second.journal)]


class TestCertificate:
    @pytest.fixture
    def keys(self, tmp_path):
        certificate, key = write_client_certificate(tmp_path)
        return {"tls_certificate": certificate, "tls_private_key": key}

    @pytest.fixture
    def server(self):
        """A server that asks for a certificate, and takes none as well."""
        context = server_context(clients="ours", optional=True)
        with Issuer(context=context) as issuer:
            alias = {"token_endpoint": f"{issuer.url}/mtls/token"}
            issuer.says(issuer.document(mtls_endpoint_aliases=alias))
            issuer.routes["/mtls/token"] = a_token("tok-mtls")
            yield issuer

    @pytest.mark.parametrize("method", [None, "tls_client_auth"])
    def test_alias_is_for_those_with_a_certificate(self, server, ca_file, keys, method):
        """RFC 8705 section 5: they use it, whatever proves who they are."""
        if method is not None:
            keys |= {"token_endpoint_auth_method": method, "client_secret": None}
        token = source_for(server, ca_file, **keys).token()

        assert "tok-mtls" == token.access_token
        assert [f"GET {OPENID}", "POST /mtls/token"] == server.asked
        assert "billing" == server.journal[1].client

    def test_others_use_the_endpoint(self, server, ca_file, keys):
        """Who has none goes to the usual place, whoever asked before."""
        source_for(server, ca_file, **keys).token()
        source_for(server, ca_file).token()

        assert ["POST /mtls/token", "POST /token"] == server.asked[1::2]

    def test_alias_at_another_host(self, server, ca_file, keys):
        """It is used where it is listed as one of the server's, and only there."""
        context = server_context(clients="ours")
        with HostileServer(a_token("tok-far"), context=context) as far:
            alias = {"token_endpoint": f"{far.url}/token"}
            server.says(server.document(mtls_endpoint_aliases=alias))
            error = failure_of(server, ca_file, **keys)
            assert "another origin" in str(error)
            assert 0 == far.connections

            quirks = {"endpoint_origins": [far.url]}
            token = source_for(server, ca_file, quirks=quirks, **keys).token()

        assert "tok-far" == token.access_token
