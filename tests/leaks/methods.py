"""The ways to say who asks: each with what it keeps secret, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from tests.leaks.secrets import CLIENT_SECRET
from tests.leaks.world import World


Keys = dict[str, Any]


@attrs.frozen
class Method:
    """
    One way of client authentication.

    Args:
        name: What to call it.

        keys: Makes the keys of a profile.

        credential: The key of the secret without which nothing is sent.

        key: Which private key it signs with, or shows: one of those in `World.keys`.

        is_literal: Whether the secret stands in the profile itself.
    """

    name: str
    keys: Callable[[World], Keys] = attrs.field(repr=False)
    credential: str
    key: str | None = None
    is_literal: bool = False

    @property
    def is_tls(self) -> bool:
        """Whether the connection proves who asks."""
        return self.key == "tls"


def _secret(method: str, source: object, **quirks: str) -> Keys:
    return {
        "token_endpoint_auth_method": method,
        "client_secret": source,
        "quirks": quirks,
    }


def _tls(method: str, world: World) -> Keys:
    return {
        "token_endpoint_auth_method": method,
        "tls_certificate": str(world.keys.certificate),
        "tls_private_key": str(world.keys.tls),
        "private_key_password": {"env": "LEAKS_PASSWORD"},
    }


# Each holds its secret in another way.
METHODS = (
    Method(
        "basic, form",
        lambda _: _secret("client_secret_basic", {"env": "LEAKS_SECRET"}),
        "client_secret",
    ),
    Method(
        "basic, raw",
        lambda _: _secret("client_secret_basic", CLIENT_SECRET, basic_encoding="raw"),
        "client_secret",
        is_literal=True,
    ),
    Method(
        "post",
        lambda world: _secret(
            "client_secret_post",
            {"file": str(world.directory / "secrets" / "client_secret")},
        ),
        "client_secret",
    ),
    Method(
        "client_secret_jwt",
        lambda _: _secret("client_secret_jwt", {"env": "LEAKS_SECRET"}),
        "client_secret",
    ),
    Method(
        "private_key_jwt",
        lambda world: {
            "private_key": {"file": str(world.directory / "secrets" / "private_key")},
            "private_key_password": {"env": "LEAKS_PASSWORD"},
        },
        "private_key",
        "pem",
    ),
    Method(
        "jwk, private_key_jwt",
        lambda world: {"private_key": world.keys.jwk},
        "private_key",
        "jwk",
        is_literal=True,
    ),
    Method(
        "client_assertion",
        lambda world: {
            "client_assertion": {
                "file": str(world.directory / "secrets" / "assertion")
            },
        },
        "client_assertion",
    ),
    Method(
        "tls",
        lambda world: _tls("tls_client_auth", world),
        "private_key_password",
        "tls",
    ),
    Method(
        "self-signed tls",
        lambda world: _tls("self_signed_tls_client_auth", world),
        "private_key_password",
        "tls",
    ),
)
