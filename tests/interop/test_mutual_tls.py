"""
Client certificates before a certified authorization server (RFC 8705).

The certificate of one client is known by its authority and its name, that of the
other one by itself.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import Final

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

import ccflow

from .authorization_server import AuthorizationServer
from .authorization_server import running_server
from .node import NodeMissingError
from .node import check_installed
from .node import find_node


pytestmark = pytest.mark.interop

NAME: Final = "billing.clients.example"
METHODS: Final = {
    "by-authority": "tls_client_auth",
    "by-itself": "self_signed_tls_client_auth",
}


def registrations(own: trustme.CA) -> list[dict[str, Any]]:
    """Return what the server is told of the two clients."""
    certificate = x509.load_pem_x509_certificate(own.cert_pem.bytes())
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    der = ssl.PEM_cert_to_DER_cert(own.cert_pem.bytes().decode())
    jwk = {
        **ECAlgorithm.to_jwk(key, as_dict=True),
        "kid": "itself",
        "x5c": [base64.b64encode(der).decode()],
    }
    known_by: dict[str, dict[str, Any]] = {
        "by-authority": {"tls_client_auth_san_dns": NAME},
        "by-itself": {"jwks": {"keys": [jwk]}},
    }
    return [
        {"client_id": name, "token_endpoint_auth_method": METHODS[name], **how}
        for name, how in known_by.items()
    ]


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[AuthorizationServer, Path]]:
    """Run a server that knows two clients, whose certificates are in a directory."""
    todo = ""
    try:
        check_installed()
        node = find_node()
    except NodeMissingError as problem:
        todo = f"{problem}"
    if todo:
        pytest.fail(todo, pytrace=False)

    directory = tmp_path_factory.mktemp("mutual-tls")
    authority, own, strange = trustme.CA(), trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(f"{directory / 'clients.pem'}")
    pairs = {
        "by-itself": own.cert_pem.bytes() + own.private_key_pem.bytes(),
        **{
            name: ca.issue_cert(NAME).private_key_and_cert_chain_pem.bytes()
            for name, ca in (("by-authority", authority), ("strange", strange))
        },
    }
    for name, content in pairs.items():
        (directory / f"{name}.pem").touch(mode=0o600)
        (directory / f"{name}.pem").write_bytes(content)

    with running_server(
        registrations(own),
        node=node,
        directory=directory,
        client_ca=directory / "clients.pem",
    ) as server:
        yield server, directory


def profile_of(
    world: tuple[AuthorizationServer, Path], client: str, **changes: Any
) -> ccflow.Profile:
    server, directory = world
    values = {
        "token_endpoint": server.token_endpoint,
        "client_id": client,
        "token_endpoint_auth_method": METHODS[client],
        "tls_certificate": f"{directory / client}.pem",
        "scope": ["invoices.read"],
        "ca_file": f"{server.ca_file}",
        **changes,
    }
    kept = {key: value for key, value in values.items() if value is not None}
    return ccflow.Profile.from_mapping(kept, name=client)


class TestMutualTls:
    @pytest.mark.parametrize("client", sorted(METHODS))
    def test_token_is_accepted(
        self, world: tuple[AuthorizationServer, Path], client: str
    ) -> None:
        """A certificate, and nothing else, gets a token that opens the API."""
        server, _ = world
        asked = len(server.journal())

        token = ccflow.token(profile_of(world, client))
        (entry,) = server.journal()[asked:]

        assert (client, None) == (entry["client_id"], entry["scheme"])
        assert ["client_id", "grant_type", "scope"] == entry["parameters"]
        answer = server.invoices_with(token.authorization)
        assert (200, client) == (answer.status_code, answer.json()["client_id"])

    @pytest.mark.parametrize("client", sorted(METHODS))
    def test_certificate_of_somebody_else(
        self, world: tuple[AuthorizationServer, Path], client: str
    ) -> None:
        """One that the server does not know ends as a wrong secret does."""
        _, directory = world
        profile = profile_of(
            world, client, tls_certificate=f"{directory / 'strange'}.pem"
        )

        with pytest.raises(ccflow.TokenRefusedError) as refused:
            ccflow.token(profile)

        assert ("invalid_client", "client_auth") == (
            refused.value.error,
            refused.value.category,
        )
        assert refused.value.hint
