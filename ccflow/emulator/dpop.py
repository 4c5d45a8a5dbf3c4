"""
Judges proofs of possession as far as the dance with the nonce goes (RFC 9449).

That a proof is signed by the key that it brings, for this request, with the nonce of
the server. Tokens are not bound to the key, and the API takes no proofs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import Literal

import attrs
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from ccflow.emulator.fault import Occasion
from ccflow.emulator.jws import Jws
from ccflow.emulator.jws import PublicKey
from ccflow.emulator.jws import decode
from ccflow.emulator.jws import is_signed_by
from ccflow.emulator.jws import read_jws
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant


Flaw = Literal["missing", "invalid", "nonce"]

ERRORS: Final[Mapping[Flaw, tuple[str, str]]] = {
    "missing": ("invalid_dpop_proof", "The DPoP proof JWT header is missing."),
    "invalid": ("invalid_dpop_proof", "The DPoP proof JWT is invalid."),
    "nonce": ("use_dpop_nonce", "Authorization server requires nonce in DPoP proof."),
}
"""The codes of RFC 9449, and the texts of Okta."""

OLDEST: Final = 300
"""Seconds by which a proof may be off."""

_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}


def judge_proof(request: Request, tenant: Tenant) -> Flaw | None:
    """Return what is wrong with the proof of a token request (section 4.3)."""
    text = request.headers.get("dpop")
    if text is None:
        return "missing"
    try:
        jws = read_jws(text)
        key = _read_key(jws.header)
    except (KeyError, TypeError, ValueError):
        return "invalid"
    if not (_is_proof(jws) and is_signed_by(jws, key)):
        return "invalid"
    if not _is_for(jws.claims, request, tenant):
        return "invalid"
    return None if jws.claims.get("nonce") == tenant.dpop_nonce else "nonce"


def _is_proof(jws: Jws) -> bool:
    return jws.header.get("typ") == "dpop+jwt" and not jws.algorithm.startswith("HS")


def _is_for(claims: Mapping[str, Any], request: Request, tenant: Tenant) -> bool:
    issued = claims.get("iat")
    return (
        claims.get("htm") == request.method
        and claims.get("htu") == tenant.url + request.path
        and isinstance(claims.get("jti"), str)
        and isinstance(issued, int)
        and abs(tenant.now() - issued) <= OLDEST
    )


def _read_key(header: Mapping[str, Any]) -> PublicKey:
    """Read the public key of a header (RFC 7518 section 6, RFC 8037)."""
    jwk = header["jwk"]
    if jwk["kty"] == "RSA":
        return RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    if jwk["kty"] == "EC":
        curve, x, y = _CURVES[jwk["crv"]], _number(jwk["x"]), _number(jwk["y"])
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(decode(jwk["x"]))
    raise ValueError("a kind of key that is not known")


def _number(text: str) -> int:
    return int.from_bytes(decode(text))


@attrs.frozen
class DpopNonce:
    """
    A server that wants its nonce in the client's DPoP proof (RFC 9449 section 8).

    A proof without it is told the nonce, and one with it gets a token. A client
    assertion is used up either way.
    """

    def answer(self, occasion: Occasion) -> Response:
        response, tenant = occasion.usual(), occasion.server.tenant
        if "access_token" not in response.members:
            return response
        flaw = judge_proof(occasion.request, tenant)
        if flaw is None:
            return response.with_members({"token_type": "DPoP"})
        error, description = ERRORS[flaw]
        nonce = {"DPoP-Nonce": tenant.dpop_nonce} if flaw == "nonce" else {}
        body = {"error": error, "error_description": description}
        return Response.json(400, body, nonce)
