"""
ccflow against a certified authorization server that knows nothing of it.

Only public names are used here. What the server does by itself is in
``test_server.py``.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from typing import TypeVar
from urllib.parse import quote

import pytest
import trio

import ccflow
from ccflow.events import Event
from ccflow.events import ScopeShortfall

from .authorization_server import AuthorizationServer
from .enrolment import AWKWARD
from .enrolment import METHODS
from .enrolment import WITH_SECRET
from .enrolment import Client
from .enrolment import Profiles
from .enrolment import new_key
from .enrolment import new_secret
from .enrolment import pem


pytestmark = pytest.mark.interop

T = TypeVar("T")
Run = Callable[[Callable[[], Awaitable[T]]], T]

KINDS = list(METHODS)

# Which parameters, beside the scheme of the header, show the method in use.
PROOFS = {
    "client_secret_basic": ("Basic", set()),
    "client_secret_post": (None, {"client_secret"}),
    "client_secret_jwt": (None, {"client_assertion", "client_assertion_type"}),
    "private_key_jwt": (None, {"client_assertion", "client_assertion_type"}),
}


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Run an asynchronous function on either of the two kinds of loop."""

    async def awaited(function: Callable[[], Awaitable[T]]) -> T:
        return await function()

    if request.param == "trio":
        return lambda function: trio.run(awaited, function)

    return lambda function: asyncio.run(awaited(function))


class TestMethods:
    @pytest.mark.parametrize("kind", KINDS)
    def test_token_is_accepted(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
        kind: str,
    ) -> None:
        """Each method gets a token, by one request, that opens the protected API."""
        asked = len(server.journal())

        token = ccflow.token(f"interop-{kind}", config=profiles.path)
        (entry,) = server.journal()[asked:]
        answer = server.invoices_with(token.authorization)

        scheme, proof = PROOFS[METHODS[kind][0]]
        assert scheme == entry["scheme"]
        assert proof == {
            name for name in entry["parameters"] if name.startswith("client_")
        } - {"client_id"}
        assert 200 == answer.status_code
        assert clients[f"interop-{kind}"].client_id == answer.json()["client_id"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_token_is_accepted_async(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        run: Run[ccflow.AccessToken],
        kind: str,
    ) -> None:
        """The same is true of `atoken`, on asyncio and on trio."""
        asked = len(server.journal())

        token = run(lambda: ccflow.atoken(f"interop-{kind}", config=profiles.path))

        assert 1 == len(server.journal()[asked:])
        assert 200 == server.invoices_with(token.authorization).status_code

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if METHODS[kind][1]])
    @pytest.mark.parametrize("audience", ["token_endpoint", "issuer", "itself"])
    def test_assertion_audience(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
        kind: str,
        audience: str,
    ) -> None:
        """Each way to name the audience gives an assertion that is accepted."""
        name = profiles.add(
            "audience",
            clients[f"interop-{kind}"],
            assertion_audience=server.issuer if audience == "itself" else audience,
        )

        token = ccflow.token(name, config=profiles.path)

        assert 200 == server.invoices_with(token.authorization).status_code

    def test_what_the_token_says(self, profiles: Profiles) -> None:
        """Type, lifetime and scope are the server's, and the token is not shown."""
        token = ccflow.token("interop-basic", config=profiles.path)

        assert "Bearer" == token.token_type
        assert ("invoices.read", "invoices.write") == token.scope
        assert token.expires_in is not None
        assert 590 < token.expires_in <= 600
        assert token.access_token not in repr(token)

    @pytest.mark.parametrize("kind", KINDS)
    def test_many_callers(
        self, server: AuthorizationServer, profiles: Profiles, kind: str
    ) -> None:
        """Sixteen threads at once cost one token request."""
        asked = len(server.journal())

        def fetch(_: int) -> str:
            name = f"interop-{kind}"
            return ccflow.token(name, config=profiles.path).access_token

        with ThreadPoolExecutor(16) as pool:
            tokens = set(pool.map(fetch, range(16)))

        assert 1 == len(tokens)
        assert 1 == len(server.journal()[asked:])


class TestAwkwardSecret:
    @pytest.mark.parametrize("kind", WITH_SECRET)
    def test_survives(
        self, profiles: Profiles, clients: Mapping[str, Client], kind: str
    ) -> None:
        """A colon, percent sign, plus, space, ampersand and slash all arrive."""
        secret = clients[f"interop-{kind}"].client_secret

        assert secret is not None
        assert secret.startswith(AWKWARD)
        assert set(':%+ &/=?#"\\;') <= set(secret)
        assert ccflow.token(f"interop-{kind}", config=profiles.path).access_token

    def test_other_encoding_fails(
        self, profiles: Profiles, clients: Mapping[str, Client]
    ) -> None:
        """Sent raw it is refused: the encoding matters here, so the test can fail."""
        name = profiles.add(
            "raw",
            clients["refused-basic"],
            client_id="refused-basic",  # a raw colon would not be sent at all
            quirks={"basic_encoding": "raw"},
        )

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token(name, config=profiles.path)

        assert ("invalid_request", 400, "request") == (
            refused.value.error,
            refused.value.status_code,
            refused.value.category,
        )


class TestWrongCredential:
    @staticmethod
    def spoil(profiles: Profiles, client: Client) -> str:
        """Add a profile whose secret or key is not the registered one."""
        if client.client_secret is not None:
            wrong = profiles.secret(new_secret())
            return profiles.add("wrong", client, client_secret=wrong)

        assert client.algorithm is not None
        wrong = profiles.secret(pem(new_key(client.algorithm)))
        return profiles.add("wrong", client, private_key=wrong)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_refused(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
        kind: str,
    ) -> None:
        """It ends in `TokenRefusedError` with a hint, after one request."""
        name = self.spoil(profiles, clients[f"refused-{kind}"])
        asked = len(server.journal())

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token(name, config=profiles.path)

        error = refused.value
        assert 1 == len(server.journal()[asked:])
        assert ("invalid_client", 401, "client_auth", False) == (
            error.error,
            error.status_code,
            error.category,
            error.retryable,
        )
        assert "client authentication failed" == error.error_description
        assert error.hint
        assert (name, "generic") == (error.profile, error.provider)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_refused_async(
        self,
        profiles: Profiles,
        clients: Mapping[str, Client],
        run: Run[ccflow.AccessToken],
        kind: str,
    ) -> None:
        """The same error reaches those who await."""
        name = self.spoil(profiles, clients[f"refused-{kind}"])

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            run(lambda: ccflow.atoken(name, config=profiles.path))

        assert "invalid_client" == refused.value.error

    def test_is_not_sent_again_at_once(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
    ) -> None:
        """The next call is answered from memory, with the time of the next try."""
        name = self.spoil(profiles, clients["refused-basic"])
        asked = len(server.journal())

        for _ in range(3):
            with pytest.raises(ccflow.TokenRefusedError) as refused:
                ccflow.token(name, config=profiles.path)

        assert 1 == len(server.journal()[asked:])
        assert refused.value.retry_at is not None
        assert refused.value.retry_at > time.time()

    @pytest.mark.parametrize("kind", WITH_SECRET)
    def test_new_secret_works_at_once(
        self, profiles: Profiles, clients: Mapping[str, Client], kind: str
    ) -> None:
        """Once the secret file holds the right one, nobody has to wait."""
        client = clients[f"refused-{kind}"]
        name = self.spoil(profiles, client)
        with pytest.raises(ccflow.TokenRefusedError):
            ccflow.token(name, config=profiles.path)

        file = profiles.directory / profiles.tables[name]["client_secret"]["file"]
        file.write_text(f"{client.client_secret}\n", "utf-8")

        assert ccflow.token(name, config=profiles.path).access_token


class TestReadyMadeAssertion:
    @staticmethod
    def add(profiles: Profiles, client: Client, *, issued_at: float) -> str:
        """Add a profile that holds nothing but an assertion made by PyJWT."""
        assertion = client.assertion(
            audience=profiles.server.token_endpoint, issued_at=int(issued_at)
        )
        return profiles.add(
            "ready-made",
            client,
            client_assertion=profiles.secret(assertion),
            client_secret=None,
            private_key=None,
            key_id=None,
            token_endpoint_auth_signing_alg=None,
        )

    @pytest.mark.parametrize("kind", ["key-rs256", "key-es256"])
    def test_valid(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
        kind: str,
    ) -> None:
        """One that is valid is sent as it is, and accepted."""
        client = clients[f"interop-{kind}"]
        name = self.add(profiles, client, issued_at=time.time())

        token = ccflow.token(name, config=profiles.path)

        assert 200 == server.invoices_with(token.authorization).status_code

    def test_expired(self, profiles: Profiles, clients: Mapping[str, Client]) -> None:
        """One that has expired is refused like a wrong key."""
        client = clients["refused-key-rs256"]
        name = self.add(profiles, client, issued_at=time.time() - 3600)

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token(name, config=profiles.path)

        assert ("invalid_client", 401, "client_auth") == (
            refused.value.error,
            refused.value.status_code,
            refused.value.category,
        )
        assert refused.value.hint


# RFC 6749 section 5.1 reads a missing "scope" as "what was asked for". This server
# always names what it granted, so that a missing one means nothing.
ECHOED = {"scope_echoed": True}


class TestScope:
    @pytest.mark.parametrize("asked", [["unheard-of"], ["invoices.read", "unheard-of"]])
    def test_required(
        self,
        profiles: Profiles,
        clients: Mapping[str, Client],
        asked: list[str],
    ) -> None:
        """With `require_scope` a token that lacks a scope is an error."""
        name = profiles.add(
            "short",
            clients["refused-post"],
            scope=asked,
            require_scope=True,
            quirks=ECHOED,
        )

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token(name, config=profiles.path)

        assert "scope" == refused.value.category
        assert "unheard-of" in f"{refused.value}"

    @pytest.mark.parametrize(
        ("asked", "granted"),
        [
            (["unheard-of"], ()),
            (["invoices.read", "unheard-of"], ("invoices.read",)),
        ],
    )
    def test_told(
        self,
        profiles: Profiles,
        clients: Mapping[str, Client],
        asked: list[str],
        granted: tuple[str, ...],
    ) -> None:
        """Without it the token is handed out, and an event says what is missing."""
        name = profiles.add(
            "short", clients["interop-post"], scope=asked, quirks=ECHOED
        )
        source = ccflow.source(name, config=profiles.path)
        events: list[Event] = []
        source.on_event(events.append)

        token = source.token()

        (shortfall,) = [x for x in events if isinstance(x, ScopeShortfall)]
        assert (granted or None) == token.scope
        assert (tuple(asked), granted) == (shortfall.requested, shortfall.granted)

    def test_granted_in_full(
        self, profiles: Profiles, clients: Mapping[str, Client]
    ) -> None:
        """A token with all its scopes satisfies `require_scope` and makes no event."""
        name = profiles.add(
            "full", clients["interop-post"], require_scope=True, quirks=ECHOED
        )
        source = ccflow.source(name, config=profiles.path)
        events: list[Event] = []
        source.on_event(events.append)

        token = source.token()

        assert ("invoices.read", "invoices.write") == token.scope
        assert [] == [x for x in events if isinstance(x, ScopeShortfall)]

    def test_not_allowed(self, profiles: Profiles) -> None:
        """A scope that the client must not have is the server's own refusal."""
        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token("limited", config=profiles.path)

        assert ("invalid_scope", 400, "scope") == (
            refused.value.error,
            refused.value.status_code,
            refused.value.category,
        )
        assert refused.value.hint


class TestDestroyedToken:
    def test_is_replaced(self, server: AuthorizationServer, profiles: Profiles) -> None:
        """The API's 401 is healed by exactly one more token request."""
        with ccflow.client(
            "interop-post", config=profiles.path, verify=server.ssl_context()
        ) as api:
            first = api.get(server.invoices)
            server.destroy(first.request.headers["Authorization"])
            asked = len(server.journal())
            healed = api.get(server.invoices)
            after = api.get(server.invoices)

        assert [200, 200, 200] == [x.status_code for x in (first, healed, after)]
        assert 1 == len(server.journal()[asked:])

    def test_is_replaced_async(
        self, server: AuthorizationServer, profiles: Profiles, run: Run[list[int]]
    ) -> None:
        """The same is true of `async_client`."""

        async def story() -> list[int]:
            async with ccflow.async_client(
                "interop-post", config=profiles.path, verify=server.ssl_context()
            ) as api:
                first = await api.get(server.invoices)
                server.destroy(first.request.headers["Authorization"])
                asked = len(server.journal())
                healed = await api.get(server.invoices)

            return [
                first.status_code,
                healed.status_code,
                len(server.journal()) - asked,
            ]

        assert [200, 200, 1] == run(story)

    def test_body_is_sent_again(
        self, server: AuthorizationServer, profiles: Profiles
    ) -> None:
        """A body that can be read twice arrives whole with the second request."""
        with ccflow.client(
            "interop-post", config=profiles.path, verify=server.ssl_context()
        ) as api:
            first = api.get(server.invoices)
            server.destroy(first.request.headers["Authorization"])
            healed = api.post(server.invoices, json={"total": 100})

        assert (200, '{"total":100}') == (healed.status_code, healed.json()["body"])

    def test_body_that_is_gone(
        self, server: AuthorizationServer, profiles: Profiles
    ) -> None:
        """A body that is used up gives the API's own 401; the next request works."""
        with ccflow.client(
            "interop-post", config=profiles.path, verify=server.ssl_context()
        ) as api:
            first = api.get(server.invoices)
            server.destroy(first.request.headers["Authorization"])
            lost = api.post(server.invoices, content=iter([b"once"]))
            after = api.get(server.invoices)

        assert [401, 200] == [lost.status_code, after.status_code]
        assert "invalid_token" in lost.headers["WWW-Authenticate"]

    def test_forbidden_is_not_unauthorized(
        self,
        server: AuthorizationServer,
        profiles: Profiles,
        clients: Mapping[str, Client],
    ) -> None:
        """A 403 is the API's last word: no token request follows."""
        name = profiles.add("reader", clients["interop-post"], scope="invoices.read")
        with ccflow.client(
            name, config=profiles.path, verify=server.ssl_context()
        ) as api:
            api.get(server.invoices)
            asked = len(server.journal())
            response = api.post(server.invoices, json={})

        assert 403 == response.status_code
        assert [] == server.journal()[asked:]


class TestCommandLine:
    @staticmethod
    def ccflow(profiles: Profiles, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ccflow as a person would, in a home directory of its own."""
        home = profiles.directory / "home"
        home.mkdir(exist_ok=True, mode=0o700)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CCFLOW_", "XDG_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "ccflow", *arguments, "--config", profiles.path],
            env=inherited | {"HOME": f"{home}"},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_token(
        self, server: AuthorizationServer, profiles: Profiles, kind: str
    ) -> None:
        """``ccflow token`` prints a token that opens the API, and nothing else."""
        done = self.ccflow(profiles, "token", f"interop-{kind}")

        assert (0, "") == (done.returncode, done.stderr)
        assert 200 == server.invoices_with(f"Bearer {done.stdout.strip()}").status_code

    def test_second_command(
        self, server: AuthorizationServer, profiles: Profiles
    ) -> None:
        """The next process takes the token from the file store and asks nobody."""
        first = self.ccflow(profiles, "token", "interop-key-es256")
        asked = len(server.journal())
        second = self.ccflow(profiles, "token", "interop-key-es256")

        assert first.stdout == second.stdout != ""
        assert [] == server.journal()[asked:]

    @pytest.mark.parametrize("kind", ["basic", "post"])
    def test_wrong_secret(
        self, profiles: Profiles, clients: Mapping[str, Client], kind: str
    ) -> None:
        """A refusal ends with 3 and a message that gives nothing away."""
        client, secret = clients[f"refused-{kind}"], new_secret()
        name = profiles.add("wrong", client, client_secret=profiles.secret(secret))

        done = self.ccflow(profiles, "token", name)

        pair = f"{quote(client.client_id, '')}:{quote(secret, '')}"
        assert (3, "") == (done.returncode, done.stdout)
        assert "invalid_client" in done.stderr
        assert "Traceback" not in done.stderr
        for shown in (
            secret,
            secret.removeprefix(AWKWARD),
            quote(secret, ""),
            base64.b64encode(pair.encode()).decode(),
        ):
            assert shown not in done.stderr
