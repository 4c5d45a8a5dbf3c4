"""
Client assertions: the JWTs of RFC 7523 that stand in for a secret.

The header and the claims are decided here; the signature comes from a `Signer`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import Protocol

from ccflow.protocol.plan import Plan
from ccflow.secret import Secret


# Okta refuses an assertion "issued" after it arrived and documents no leeway, so a
# clock that is a little ahead must not matter.
BACKDATED: Final = 10


class Signer(Protocol):
    """What holds the key and makes the signature."""

    @property
    def algorithm(self) -> str:
        """The ``alg`` that it signs with."""
        ...

    @property
    def key_id(self) -> str | None:
        """The identifier that the key itself brings; a profile's wins over it."""
        ...

    @property
    def thumbprints(self) -> Mapping[str, str]:
        """``x5t`` and ``x5t#S256`` of its certificate; empty without one."""
        ...

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Secret:
        """Return the JWT in compact form."""
        ...


def make_assertion(plan: Plan, signer: Signer, *, now: float, jti: str) -> Secret:
    """
    Make a client assertion (RFC 7523 section 3).

    Every attempt needs one of its own: servers remember the ``jti`` even when
    they refuse the request.

    Args:
        plan: Who asks whom.

        signer: The key.

        now: Epoch seconds.

        jti: An identifier that was never used before.
    """
    key_id = plan.key_id or signer.key_id
    header: dict[str, Any] = {
        "alg": signer.algorithm,
        "typ": "JWT",
        **({"kid": key_id} if key_id is not None else {}),
        **{
            name: signer.thumbprints[name]
            for name in plan.quirks.certificate_headers
            if name in signer.thumbprints
        },
    }
    issued = int(now) - BACKDATED
    claims: dict[str, Any] = {
        "iss": plan.client_id,
        "sub": plan.client_id,
        "aud": plan.assertion_audience,
        "iat": issued,
        **({"nbf": issued} if plan.quirks.assertion_not_before else {}),
        "exp": int(now) + plan.quirks.assertion_lifetime,
        "jti": jti,
    }
    return signer.sign(header, claims)


def lasting_claims(assertion: str) -> str | None:
    """
    Return what two assertions of one client at one server have in common.

    That is everything but the times, the identifier and the signature. Whoever
    makes assertions by a program gets another one for each reading.

    Args:
        assertion: A ready-made JWT in compact form; nothing of it is verified.

    Returns:
        Text to compare, or None where it is no such JWT.
    """
    try:
        header, claims, _ = map(_part, assertion.split("."))
        return json.dumps(
            [header, {name: claims[name] for name in claims.keys() - _FLEETING}],
            sort_keys=True,
        )
    # AttributeError: the claims are no object. RecursionError: they are too deep.
    except (ValueError, AttributeError, RecursionError):
        return None


_FLEETING: Final = frozenset({"iat", "nbf", "exp", "jti"})


def _part(text: str) -> Any:
    """Return a part of a JWT; the signature, which is no JSON, as None."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    try:
        return json.loads(data)
    except ValueError:
        return None
