"""The token endpoint, looked up at a certified server that knows nothing of ccflow."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import ccflow

from .authorization_server import AuthorizationServer
from .enrolment import METHODS
from .enrolment import Client
from .enrolment import Profiles


pytestmark = pytest.mark.interop

RFC_8414 = ["{origin}/.well-known/oauth-authorization-server{path}"]


@pytest.mark.parametrize("kind", list(METHODS))
def test_issuer_alone_gets_a_token(
    server: AuthorizationServer,
    profiles: Profiles,
    clients: Mapping[str, Client],
    kind: str,
) -> None:
    """Each method works without a token endpoint, by one token request."""
    client = clients[f"interop-{kind}"]
    name = profiles.add(f"by-issuer-{kind}", client, token_endpoint=None)
    asked = len(server.journal())
    token = ccflow.token(name, config=profiles.path)
    answer = server.invoices_with(token.authorization)

    assert 200 == answer.status_code
    assert client.client_id == answer.json()["client_id"]
    assert 1 == len(server.journal()) - asked


def test_document_of_rfc_8414(
    server: AuthorizationServer, profiles: Profiles, clients: Mapping[str, Client]
) -> None:
    """The other standard place has the same document."""
    name = profiles.add(
        "by-rfc-8414",
        clients["interop-basic"],
        token_endpoint=None,
        quirks={"metadata_locations": RFC_8414},
    )

    assert ccflow.token(name, config=profiles.path).access_token


def test_issuer_with_a_slash_too_many(
    server: AuthorizationServer, profiles: Profiles, clients: Mapping[str, Client]
) -> None:
    """The server's own name for itself is what counts, and no secret is sent."""
    issuer = f"{server.issuer}/"
    client = clients["interop-basic"]
    name = profiles.add("odd-issuer", client, token_endpoint=None, issuer=issuer)
    asked = len(server.journal())
    with pytest.raises(ccflow.TokenResponseError, match="slash"):
        ccflow.token(name, config=profiles.path)

    assert asked == len(server.journal())
