"""The ways in which a client proves itself with its secret, as a server sees them."""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from ccflow.emulator.dialect import Client


SECRET_METHODS: Final = frozenset({"client_secret_basic", "client_secret_post"})
"""Two transports of one secret."""

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def read_basic(header: str) -> tuple[str, str] | None:
    """Read RFC 7617 credentials, nothing decoded but the base64; None if malformed."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    client_id, colon, secret = text.partition(":")
    return (client_id, secret) if colon and client_id else None


def both_readings(pair: tuple[str, str]) -> list[tuple[str, str]]:
    """Read a pair as it is, and form-decoded as RFC 6749 section 2.3.1 has it."""
    client_id, secret = pair
    return [pair, (unquote_plus(client_id), unquote_plus(secret))]


def find_by_secret(
    clients: Mapping[str, Client], readings: Iterable[tuple[str, str]]
) -> tuple[Client | None, bool]:
    """Return the client that is meant, and whether its secret is right."""
    meant = None
    for client_id, secret in readings:
        client = clients.get(client_id)
        if client is None:
            continue
        if client.secret is not None and hmac.compare_digest(
            client.secret.encode(), secret.encode()
        ):
            return client, True
        meant = meant or client
    return meant, False
