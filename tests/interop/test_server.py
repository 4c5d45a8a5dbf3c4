"""
What the server really does, seen without ccflow.

The tests of ccflow rest on these facts; when a new release of the server changes
one of them, it shows here.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from .authorization_server import AuthorizationServer
from .enrolment import METHODS
from .enrolment import Client


pytestmark = pytest.mark.interop

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
REFUSED = {
    "error": "invalid_client",
    "error_description": "client authentication failed",
}


def ask(
    server: AuthorizationServer,
    form: Mapping[str, str] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Make a token request with nothing but httpx."""
    with server.client() as client:
        return client.post(
            server.token_endpoint,
            data={"grant_type": "client_credentials"} | dict(form or {}),
            headers=headers,
        )


def by_post(client: Client) -> dict[str, str]:
    assert client.client_secret is not None
    return {"client_id": client.client_id, "client_secret": client.client_secret}


def by_assertion(client: Client, **claims: Any) -> dict[str, str]:
    claims = {"issued_at": int(time.time())} | claims
    return {
        "client_assertion_type": JWT_BEARER,
        "client_assertion": client.assertion(**claims),
    }


class TestClientAuthentication:
    def test_basic_is_decoded(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """Form-encoded halves are accepted, unencoded ones are no valid request."""
        client = clients["interop-basic"]
        pair = (client.client_id, client.client_secret or "")

        encoded = base64.b64encode(":".join(quote(x, "") for x in pair).encode())
        raw = base64.b64encode(":".join(pair).encode())

        good = ask(server, headers={"Authorization": f"Basic {encoded.decode()}"})
        bad = ask(server, headers={"Authorization": f"Basic {raw.decode()}"})

        assert 200 == good.status_code
        assert (400, "invalid_request") == (bad.status_code, bad.json()["error"])

    def test_wrong_secret(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """A wrong secret is answered with 401 and a reason that gives nothing away."""
        form = by_post(clients["interop-post"]) | {"client_secret": "wrong"}

        response = ask(server, form)

        assert (401, REFUSED) == (response.status_code, response.json())

    @pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
    @pytest.mark.parametrize("kind", [kind for kind in METHODS if METHODS[kind][1]])
    def test_audience(
        self,
        server: AuthorizationServer,
        clients: Mapping[str, Client],
        kind: str,
        audience: str,
    ) -> None:
        """Both the issuer and the token endpoint are accepted as the one audience."""
        form = by_assertion(
            clients[f"interop-{kind}"], audience=getattr(server, audience)
        )

        assert 200 == ask(server, form).status_code

    @pytest.mark.parametrize("fault", ["audience", "expired", "used"])
    def test_refused_assertion(
        self, server: AuthorizationServer, clients: Mapping[str, Client], fault: str
    ) -> None:
        """Each fault gets the same answer; only the server's journal has the reason."""
        claims: dict[str, Any] = {"audience": server.issuer}
        if fault == "audience":
            claims["audience"] += "/"
        elif fault == "expired":
            claims["issued_at"] = int(time.time()) - 3600
        form = by_assertion(clients["interop-key-rs256"], **claims)
        if fault == "used":
            assert 200 == ask(server, form).status_code

        response = ask(server, form)

        assert (401, REFUSED) == (response.status_code, response.json())


class TestScope:
    @pytest.mark.parametrize(
        ("asked", "granted"),
        [
            ("invoices.read invoices.write", "invoices.read invoices.write"),
            ("invoices.read unheard-of", "invoices.read"),
            ("unheard-of", None),
            (None, None),
        ],
    )
    def test_granted(
        self,
        server: AuthorizationServer,
        clients: Mapping[str, Client],
        asked: str | None,
        granted: str | None,
    ) -> None:
        """What is granted is named, and no member at all means that nothing is."""
        form = by_post(clients["interop-post"]) | ({"scope": asked} if asked else {})

        response = ask(server, form)

        assert (200, granted) == (response.status_code, response.json().get("scope"))

    def test_known_but_not_allowed(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """A known scope that is not the client's is an error that names it."""
        response = ask(
            server, by_post(clients["limited"]) | {"scope": "invoices.write"}
        )

        assert 400 == response.status_code
        assert {
            "error": "invalid_scope",
            "error_description": "requested scope is not allowed",
            "scope": "invoices.write",
        } == response.json()


class TestProtectedApi:
    def test_token_is_looked_up(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """A token opens the API until it is destroyed, an invented one never does."""
        form = by_post(clients["interop-post"])
        token = ask(server, form | {"scope": "invoices.read"}).json()["access_token"]

        before = server.invoices_with(f"Bearer {token}")
        server.destroy(f"Bearer {token}")
        after = server.invoices_with(f"Bearer {token}")
        invented = server.invoices_with("Bearer invented")

        assert [200, 401, 401] == [x.status_code for x in (before, after, invented)]
        assert (
            'Bearer realm="invoices", error="invalid_token"'
            == (after.headers["WWW-Authenticate"])
        )

    def test_introspection_agrees(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """RFC 7662 introspection says the same as the API does."""
        form = by_post(clients["interop-post"])
        token = ask(server, form | {"scope": "invoices.read"}).json()["access_token"]

        with server.client() as client:
            told = client.post(
                server.introspection_endpoint, data=form | {"token": token}
            ).json()
            server.destroy(f"Bearer {token}")
            gone = client.post(
                server.introspection_endpoint, data=form | {"token": token}
            ).json()

        assert {
            "active": True,
            "client_id": form["client_id"],
            "scope": "invoices.read",
        }.items() <= told.items()
        assert {"active": False} == gone

    def test_scope_is_checked(
        self, server: AuthorizationServer, clients: Mapping[str, Client]
    ) -> None:
        """A token without the scope is refused with 403, which no new one heals."""
        token = ask(server, by_post(clients["interop-post"])).json()["access_token"]

        response = server.invoices_with(f"Bearer {token}")

        assert 403 == response.status_code
