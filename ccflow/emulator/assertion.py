"""
Judges client assertions (RFC 7523 section 3).

One judge for all dialects: each says what it accepts, and words the flaw itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from typing import Literal

import attrs

from ccflow.emulator.dialect import Client
from ccflow.emulator.jws import Jws
from ccflow.emulator.jws import PublicKey
from ccflow.emulator.jws import is_signed_by
from ccflow.emulator.jws import read_jws
from ccflow.emulator.tenant import Tenant


Flaw = Literal[
    "parse",
    "issuer",
    "subject",
    "algorithm",
    "method",
    "no_secret",
    "no_key",
    "short_secret",
    "key_id",
    "signature",
    "no_expiry",
    "expired",
    "expires_too_late",
    "issued_in_future",
    "audience",
    "used",
]


@attrs.frozen(kw_only=True)
class Rules:
    """
    What a server accepts.

    Args:
        algorithms: The values of ``alg``.

        audiences: The values of ``aud``, of which one must be there.

        skew: By how many seconds the client's clock may be off.

        longest_life: How many seconds ahead ``exp`` may be; None for any number.

        jti_once: Whether an identifier may be used once only.

        shortest_secret: The fewest characters of a secret that keys an HMAC.

        key_named: Whether the header must name the key.
    """

    algorithms: frozenset[str]
    audiences: frozenset[str]
    skew: int = 0
    longest_life: int | None = None
    jti_once: bool = False
    shortest_secret: int = 0
    key_named: bool = False


def judge(text: str, rules: Rules, tenant: Tenant) -> tuple[Client | None, Flaw | None]:
    """Return the client that is meant, where it is clear, and the first flaw."""
    try:
        jws = read_jws(text)
    except ValueError:
        return None, "parse"
    client = tenant.clients.get(str(jws.claims.get("iss")))
    if client is None:
        return None, "issuer"
    if jws.claims.get("sub") != client.client_id:
        return client, "subject"
    if (flaw := _find_key_flaw(jws, client, rules)) is not None:
        return client, flaw
    key = _find_key(jws, client)
    if key is None or not is_signed_by(jws, key):
        return client, "signature"

    # From here on the client has spoken, and its identifier is used up, whatever
    # else is wrong with the request: Okta burns it on a 400, too.
    jti = jws.claims.get("jti")
    is_fresh = not isinstance(jti, str) or tenant.use_jti(client.client_id, jti)
    flaw = _find_claim_flaw(jws.claims, rules, tenant.now())
    jti_once = rules.jti_once or tenant.jti_once
    if flaw is None and jti_once and not is_fresh:
        flaw = "used"
    return client, flaw


def _find_key_flaw(jws: Jws, client: Client, rules: Rules) -> Flaw | None:
    """Return why no key of the client can check this assertion."""
    method, secret = client.token_endpoint_auth_method, client.secret
    has_mac = jws.algorithm.startswith("HS")
    has_secret = method == "client_secret_jwt" and secret is not None
    has_key = method == "private_key_jwt" and client.public_key is not None
    checks: tuple[tuple[bool, Flaw], ...] = (
        (jws.algorithm not in rules.algorithms, "algorithm"),
        (method not in {"client_secret_jwt", "private_key_jwt"}, "method"),
        (has_mac and not has_secret, "no_secret"),
        (has_mac and len(secret or "") < rules.shortest_secret, "short_secret"),
        (not has_mac and not has_key, "no_key"),
        (not has_mac and not _names_key(jws.header, client, rules), "key_id"),
    )
    return next((flaw for is_so, flaw in checks if is_so), None)


def _find_key(jws: Jws, client: Client) -> PublicKey | bytes | None:
    if jws.algorithm.startswith("HS"):
        return None if client.secret is None else client.secret.encode()
    return client.public_key


def _names_key(header: Mapping[str, Any], client: Client, rules: Rules) -> bool:
    """Whether all that the header says of the key is true, and enough."""
    known = {"kid": client.key_id, "x5t": client.x5t, "x5t#S256": client.x5t_s256}
    named = [name for name in known if name in header]
    if not named:
        return not rules.key_named
    return all(header[name] == known[name] for name in named)


def _find_claim_flaw(
    claims: Mapping[str, Any], rules: Rules, now: float
) -> Flaw | None:
    expires = _read_number(claims.get("exp"))
    if expires is None:
        return "no_expiry"
    if expires + rules.skew <= now:
        return "expired"
    if rules.longest_life is not None and expires > now + rules.longest_life:
        return "expires_too_late"
    for name in ("iat", "nbf"):
        if name in claims:
            issued = _read_number(claims[name])
            if issued is None or issued - rules.skew > now:
                return "issued_in_future"
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(name, str) and name in rules.audiences for name in named):
        return "audience"
    return None


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None
