"""The token on the requests of httpx and httpx2 clients, over real sockets."""

from __future__ import annotations

import asyncio
import io
import ssl
import threading
from collections.abc import Callable
from typing import Any

import attrs
import httpx
import httpx2
import pytest
import trio

import ccflow
from ccflow.engine.fetch import Only
from ccflow.engine.runtime import SYSTEM
from ccflow.events import Replayed
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import http
from tests.support.worlds import Clocks
from tests.support.worlds import Server
from tests.support.worlds import a_response
from tests.support.worlds import landed
from tests.support.worlds import make_profile


class Api:
    """
    An API that accepts the tokens it is told to.

    Args:
        accepted: The tokens that are good; None accepts all.
    """

    def __init__(self, *accepted: str) -> None:
        self.accepted: set[str] | None = set(accepted)
        self.challenge = 'Bearer error="invalid_token"'

    def __call__(self, line: Line, request: Received) -> bytes:
        token = (request.header("Authorization") or "").removeprefix("Bearer ")
        if self.accepted is None or token in self.accepted:
            return http(200, f"hello {request.body.decode()}")
        return http(401, "who are you?", {"WWW-Authenticate": self.challenge})


def make_source(server: Server | None = None, **keys: Any) -> ccflow.TokenSource:
    """Make a source for which no time passes."""
    return ccflow.TokenSource(
        make_profile(**keys), runtime=Clocks().runtime(), fetch=server or Server()
    )


def tokens_at(server: HostileServer) -> list[str | None]:
    """Return the Authorization of each request that came."""
    return [request.header("Authorization") for request in server.journal]


# Building a TLS context costs more than all the rest of a test.
PLAIN: dict[str, Any] = {"trust_env": False, "verify": ssl.create_default_context()}

Send = Callable[..., Any]


def blocking(library: Any) -> Send:
    def send(source: ccflow.TokenSource, method: str, url: str, **options: Any) -> Any:
        client = options.pop("client", {})
        with library.Client(auth=source.auth(), **PLAIN, **client) as api:
            return api.request(method, url, **options)

    return send


def asynchronous(library: Any, run: Callable[[Any], Any]) -> Send:
    def send(source: ccflow.TokenSource, method: str, url: str, **options: Any) -> Any:
        client = options.pop("client", {})

        async def main() -> Any:
            async with library.AsyncClient(
                auth=source.auth(), **PLAIN, **client
            ) as api:
                return await api.request(method, url, **options)

        return run(main)

    return send


WAYS = {
    "httpx-sync": blocking(httpx),
    "httpx-asyncio": asynchronous(httpx, lambda main: asyncio.run(main())),
    "httpx-trio": asynchronous(httpx, trio.run),
    "httpx2-sync": blocking(httpx2),
    "httpx2-asyncio": asynchronous(httpx2, lambda main: asyncio.run(main())),
    "httpx2-trio": asynchronous(httpx2, trio.run),
}


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def send(request: pytest.FixtureRequest) -> Send:
    """Send one request by a client of one of the two libraries."""
    return request.param


@pytest.fixture
def api():
    return Api("tok-1", "tok-2", "tok-3")


@pytest.fixture
def server(api):
    with HostileServer(api) as running:
        yield running


class TestHeader:
    def test_is_put(self, send, server):
        """Each request carries the token, whatever the client and the loop."""
        fetches = Server()
        source = make_source(fetches)
        for _ in range(3):
            assert send(source, "GET", f"{server.url}/invoices").status_code == 200

        assert tokens_at(server) == ["Bearer tok-1"] * 3
        assert fetches.fetches == 1

    def test_replaces_what_stood_there(self, send, server):
        """A header that the caller set by hand does not win over the source."""
        headers = {"Authorization": "Bearer by-hand"}
        send(make_source(), "GET", server.url, headers=headers)

        assert tokens_at(server) == ["Bearer tok-1"]

    def test_of_one_request_only(self, server):
        """An auth serves a single request as well as a client."""
        httpx.get(server.url, auth=make_source().auth(), **PLAIN)

        assert tokens_at(server) == ["Bearer tok-1"]

    def test_errors_rise_unchanged(self, send, server):
        """Without a token no request goes out, and the error is ccflow's own."""
        failure = ccflow.TokenRefusedError("no", category="client_auth", error="x")
        source = make_source(Server(failure))
        with pytest.raises(ccflow.TokenRefusedError) as caught:
            send(source, "GET", server.url)

        assert caught.value.error == "x"
        assert not isinstance(caught.value, httpx.HTTPError)
        assert server.journal == []

    def test_is_not_in_the_repr(self):
        """An auth may be printed."""
        source = make_source(Server("tok-very-private"))
        source.token()

        assert "tok-very-private" not in repr(source.auth())
        assert "billing" in repr(source.auth())

    def test_is_an_auth_of_both_libraries(self):
        """Where httpx2 is imported, one object serves the clients of both."""
        auth = make_source().auth()

        assert isinstance(auth, httpx.Auth)
        assert isinstance(auth, httpx2.Auth)


class TestReplay:
    def test_once_with_another_token(self, send, api, server):
        """A token that was revoked is replaced, and nobody notices."""
        source = make_source()
        source.token()
        api.accepted = {"tok-2"}
        response = send(source, "GET", f"{server.url}/invoices")

        assert response.status_code == 200
        assert tokens_at(server) == ["Bearer tok-1", "Bearer tok-2"]
        assert source.token().access_token == "tok-2"

    @pytest.mark.parametrize(
        ("options", "body"),
        [
            ({"content": b"bytes"}, b"bytes"),
            ({"content": "text"}, b"text"),
            ({"json": {"a": 1}}, b'{"a":1}'),
            ({"data": {"a": "b c"}}, b"a=b+c"),
        ],
        ids=["bytes", "text", "json", "form"],
    )
    def test_with_the_same_body(self, options, body, send, api, server):
        """A body that is in memory is sent again, whole."""
        source = make_source()
        api.accepted = {"tok-2"}
        response = send(source, "POST", server.url, **options)

        assert response.status_code == 200
        assert [request.body for request in server.journal] == [body, body]

    @pytest.mark.parametrize("kind", ["generator", "file", "multipart"])
    def test_never_with_a_stream(self, kind, send, api, server, request):
        """
        A body that can be read once is not sent twice: the API's own 401 comes back,
        and the token is dropped for the next call.
        """
        is_sync = "-sync" in request.node.callspec.id
        file = io.BytesIO(b"part one part two")
        if kind == "file" and not is_sync:
            pytest.skip("an asynchronous client takes no file as content")
        options: dict[str, Any] = {
            "generator": {"content": _generator() if is_sync else _async_generator()},
            "file": {"content": file},
            "multipart": {"files": {"upload": file}},
        }[kind]
        source = make_source()
        api.accepted = {"tok-2"}
        response = send(source, "POST", server.url, **options)

        assert response.status_code == 401
        assert response.text == "who are you?"
        assert tokens_at(server) == ["Bearer tok-1"]
        assert b"part one part two" in server.journal[0].body
        assert send(source, "GET", server.url).status_code == 200

    def test_second_refusal_is_the_answer(self, send, api, server):
        """An API that refuses the new token as well has its say."""
        source = make_source()
        api.accepted = set()
        response = send(source, "GET", server.url)

        assert response.status_code == 401
        assert response.text == "who are you?"
        assert tokens_at(server) == ["Bearer tok-1", "Bearer tok-2"]

    def test_is_told(self, api, server):
        """An event says that it happened, and how it ended."""
        source = make_source()
        events: list[object] = []
        source.on_event(events.append)
        api.accepted = {"tok-2"}
        WAYS["httpx-sync"](source, "GET", server.url)
        landed(source)

        names = {"profile": "billing", "provider": "generic"}
        assert [event for event in events if isinstance(event, Replayed)] == [
            Replayed(status_code=200, **names)
        ]

    def test_heals_again_and_again(self, send, api, server):
        """Each revocation is healed, however soon it follows the one before."""
        fetches = Server()
        source = make_source(fetches)
        for number in range(1, 6):
            api.accepted = {f"tok-{number}"}
            assert send(source, "GET", server.url).status_code == 200

        assert fetches.fetches == 5

    def test_uses_the_token_that_is_there_already(self, api, server):
        """Who comes late with a revoked token costs no fetch."""
        fetches = Server()
        source = make_source(fetches)
        old = source.token()
        auth = source.auth()
        request = httpx.Request("GET", server.url)
        flow = auth.sync_auth_flow(request)
        sent = next(flow)
        source.invalidate(old)
        source.token()
        again = flow.send(httpx.Response(401, request=sent))

        assert again.headers["Authorization"] == "Bearer tok-2"
        assert fetches.fetches == 2

    def test_insufficient_scope_is_no_matter_of_the_token(self, send, api, server):
        """A token that is good and too weak is not replaced by its equal."""
        fetches = Server()
        source = make_source(fetches)
        api.accepted = set()
        api.challenge = 'Bearer error="insufficient_scope", scope="more"'

        assert send(source, "GET", server.url).status_code == 401
        assert len(server.journal) == 1
        assert fetches.fetches == 1
        assert source.status().state == "fresh"

    @pytest.mark.parametrize("status", [400, 403, 407, 500, 503])
    def test_other_answers_are_no_matter_of_the_token(self, status, send):
        """Only a 401 speaks of the token."""
        source = make_source()
        with HostileServer(http(status, "no")) as server:
            assert send(source, "GET", server.url).status_code == status

        assert len(server.journal) == 1
        assert source.status().state == "fresh"

    def test_failed_fetch_of_the_second_token(self, send, api, server):
        """When the second token cannot be had, its error is what the caller sees."""
        dead = ccflow.TokenUnavailableError("dead", category="network")
        source = make_source(Server("tok-1", dead))
        api.accepted = set()
        with pytest.raises(ccflow.TokenUnavailableError, match="dead"):
            send(source, "GET", server.url)


async def _async_generator():
    yield b"part one "
    yield b"part two"


def _generator():
    yield b"part one "
    yield b"part two"


class TestApiThatRefuses:
    def test_everything(self, send, api, server):
        """An API that refuses fresh tokens too costs two fetches, not one a call."""
        fetches = Server()
        source = make_source(fetches)
        api.accepted = set()
        for _ in range(50):
            assert send(source, "GET", server.url).status_code == 401

        assert fetches.fetches == 2
        assert len(server.journal) == 51

    def test_everything_from_many_threads(self, api, server):
        """Neither does it when many ask at once."""
        fetches = Server()
        source = make_source(fetches)
        api.accepted = set()
        barrier = threading.Barrier(16)

        def ask() -> None:
            with httpx.Client(auth=source.auth(), **PLAIN) as client:
                barrier.wait(10)
                for _ in range(10):
                    client.get(server.url)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert fetches.fetches <= 20

    def test_one_path_only(self, send):
        """One resource that always says 401 does not cost a fetch for each call."""

        def answer(line: Line, request: Received) -> bytes:
            return http(401 if request.target == "/forbidden" else 200)

        clocks, fetches = Clocks(), Server(lifetime=100_000)
        source = ccflow.TokenSource(
            make_profile(), runtime=clocks.runtime(), fetch=fetches
        )
        with HostileServer(answer) as server:
            for _ in range(25):
                assert send(source, "GET", f"{server.url}/allowed").status_code == 200
                response = send(source, "GET", f"{server.url}/forbidden")
                assert response.status_code == 401
                clocks.tick(0.01)

        assert fetches.fetches <= 3

    def test_one_path_for_long(self):
        """And in an hour of it the fetches become rare."""

        def answer(line: Line, request: Received) -> bytes:
            return http(401 if request.target == "/forbidden" else 200)

        clocks, fetches = Clocks(), Server(lifetime=100_000)
        source = ccflow.TokenSource(
            make_profile(), runtime=clocks.runtime(), fetch=fetches
        )
        with (
            HostileServer(answer) as server,
            httpx.Client(auth=source.auth(), **PLAIN) as client,
        ):
            for _ in range(360):
                client.get(f"{server.url}/allowed")
                client.get(f"{server.url}/forbidden")
                clocks.tick(10)

        assert 2 < fetches.fetches < 90

    def test_is_healed_in_the_end(self, send, api, server):
        """After a pause, a revoked token is replaced even there."""
        clocks, fetches = Clocks(), Server(lifetime=100_000)
        source = ccflow.TokenSource(
            make_profile(), runtime=clocks.runtime(), fetch=fetches
        )
        api.accepted = set()
        send(source, "GET", server.url)
        api.accepted = {"tok-2"}
        assert send(source, "GET", server.url).status_code == 200
        api.accepted = {"tok-3"}
        clocks.tick(61)

        assert send(source, "GET", server.url).status_code == 200

    def test_server_that_hands_out_the_same_token(self, send, api, server):
        """A server that has one token for all costs two fetches, and no replay."""
        fetches = Server("tok-1")
        source = make_source(fetches)
        api.accepted = set()
        for _ in range(10):
            assert send(source, "GET", server.url).status_code == 401

        assert fetches.fetches == 2
        assert len(server.journal) == 10


class TestRedirect:
    def redirecting(self, location: str, status: int = 302):
        def answer(line: Line, request: Received) -> bytes:
            return http(status, "", {"Location": location})

        return answer

    def test_to_another_origin(self, send, api):
        """The token goes to the API and not where it points to."""
        source = make_source()
        with (
            HostileServer(Api()) as elsewhere,
            HostileServer(self.redirecting(f"{elsewhere.url}/x")) as server,
        ):
            response = send(
                source, "GET", server.url, client={"follow_redirects": True}
            )

        assert response.status_code == 401
        assert tokens_at(server) == ["Bearer tok-1"]
        assert tokens_at(elsewhere) == [None]
        # That host's 401 says nothing of our token.
        assert source.status().state == "fresh"
        assert source.status().requests == 1

    def test_to_another_origin_that_answers(self, send):
        """What the other host answers is handed on."""
        source = make_source()
        with (
            HostileServer(http(200, "from elsewhere")) as elsewhere,
            HostileServer(self.redirecting(elsewhere.url, 307)) as server,
        ):
            response = send(
                source,
                "POST",
                server.url,
                content=b"x",
                client={"follow_redirects": True},
            )

        assert response.text == "from elsewhere"
        assert tokens_at(elsewhere) == [None]

    def test_there_and_back(self, send):
        """A request that comes back without its token is no matter of the token."""
        source = make_source()
        with HostileServer() as elsewhere, HostileServer() as server:
            elsewhere.answers = [self.redirecting(f"{server.url}/end")]

            def answer(line: Line, request: Received) -> bytes:
                if request.target == "/end":
                    return http(401)
                return http(302, "", {"Location": f"{elsewhere.url}/"})

            server.answers = [answer]
            response = send(
                source, "GET", f"{server.url}/", client={"follow_redirects": True}
            )

        assert response.status_code == 401
        assert tokens_at(server) == ["Bearer tok-1", None]
        assert source.status().state == "fresh"
        assert source.status().requests == 1

    def test_within_the_origin(self, send):
        """Within the API the token goes along, and its 401 counts."""

        def answer(line: Line, request: Received) -> bytes:
            if request.target == "/old":
                return http(302, "", {"Location": "/new"})
            good = request.header("Authorization") == "Bearer tok-2"
            return http(200 if good else 401)

        source = make_source()
        with HostileServer(answer) as server:
            response = send(
                source, "GET", f"{server.url}/old", client={"follow_redirects": True}
            )

        assert response.status_code == 200
        assert [request.target for request in server.journal] == ["/old", "/new"] * 2


class TestTarget:
    @pytest.mark.parametrize(
        "url",
        [
            "http://api.example/x",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://2130706433.example/",
        ],
    )
    def test_plain_http_elsewhere_is_refused(self, url, send):
        """A token is never sent in clear to another machine; nothing is fetched."""
        fetches = Server()
        with pytest.raises(ccflow.ProfileError, match="plain http") as caught:
            send(make_source(fetches), "GET", url)

        assert caught.value.profile == "billing"
        assert fetches.fetches == 0

    @pytest.mark.parametrize("url", ["/no/base", "//api.example/x", "mailto:x@y"])
    def test_incomplete_address_is_refused(self, url, send):
        """So is a request without a complete URL, in words that say what is missing."""
        with pytest.raises(ccflow.ProfileError, match=r"base_url|http"):
            send(make_source(), "GET", url)

    def test_only_the_origins_that_are_named(self, send, server):
        """api_origins says where tokens may go, by scheme, host and port."""
        source = make_source(api_origins=[server.url])

        assert send(source, "GET", f"{server.url}/any/path").status_code == 200
        for other in ("https://localhost/", "https://api.example/", "http://[::1]/"):
            with pytest.raises(ccflow.ProfileError, match="api_origins"):
                send(source, "GET", other)
        assert len(server.journal) == 1

    def test_of_several_origins(self, send, server):
        """Any of the origins will do, however they are written."""
        source = make_source(api_origins=["https://API.example:443", f"{server.url}/"])

        assert send(source, "GET", server.url).status_code == 200


class TestClients:
    @pytest.fixture(autouse=True)
    def own_sources(self):
        """Sources that no other test has used."""
        ccflow.reload()
        yield
        ccflow.reload()

    def test_auth_is_ours(self):
        """A client of ccflow has its auth already."""
        for make in (ccflow.client, ccflow.async_client):
            with pytest.raises(TypeError, match="auth"):
                make(make_profile(), auth=("a", "b"))

    def test_options_are_httpx_own(self, server):
        """Everything else goes to httpx."""
        profile = make_profile()
        ccflow.source(profile)._fetch = Only(Server(), SYSTEM)
        with ccflow.client(
            profile, base_url=server.url, headers={"X-A": "b"}, **PLAIN
        ) as client:
            assert client.get("/invoices").status_code == 200

        assert server.journal[0].target == "/invoices"
        assert server.journal[0].header("X-A") == "b"

    def test_closing_one_leaves_the_source_alone(self, server):
        """The token outlives the client that fetched it."""
        profile = make_profile()
        fetches = Server()
        ccflow.source(profile)._fetch = Only(fetches, SYSTEM)
        for _ in range(3):
            with ccflow.client(profile, **PLAIN) as client:
                assert client.get(server.url).status_code == 200

        async def main() -> None:
            async with ccflow.async_client(profile, **PLAIN) as client:
                assert (await client.get(server.url)).status_code == 200

        asyncio.run(main())
        trio.run(main)
        assert fetches.fetches == 1
        assert ccflow.token(profile).access_token == "tok-1"

    def test_token_request_does_not_go_through_it(self, server):
        """The user's hooks and history never see the secret."""
        seen: list[str] = []
        with HostileServer(
            http(200, {"access_token": "tok-1", "expires_in": 60})
        ) as authorization_server:
            profile = make_profile(f"{authorization_server.url}/token", scope=["hooks"])
            with ccflow.client(
                profile,
                **PLAIN,
                event_hooks={
                    "request": [lambda request: seen.append(request.url.path)]
                },
            ) as client:
                response = client.get(f"{server.url}/invoices")

        assert response.history == []
        assert seen == ["/invoices"]
        assert len(authorization_server.journal) == 1

    def test_expired_token_is_renewed_between_requests(self, server, api):
        """A client that lives for long keeps working."""
        clocks = Clocks()
        source = ccflow.TokenSource(
            make_profile(), runtime=clocks.runtime(), fetch=Server(lifetime=10)
        )
        with httpx.Client(auth=source.auth(), **PLAIN) as client:
            for _ in range(3):
                assert client.get(server.url).status_code == 200
                clocks.tick(11)

        assert tokens_at(server) == ["Bearer tok-1", "Bearer tok-2", "Bearer tok-3"]

    @pytest.mark.parametrize(
        ("token_type", "scheme"),
        [("bearer", "Bearer"), ("BEARER", "Bearer"), ("DPoP", "DPoP"), ("x", "Bearer")],
    )
    def test_scheme(self, token_type, scheme, server):
        """Whatever case the server writes, the header has the registered scheme."""
        response = attrs.evolve(a_response("tok-1"), token_type=token_type)
        WAYS["httpx-sync"](make_source(Server(response)), "GET", server.url)

        assert tokens_at(server) == [f"{scheme} tok-1"]
