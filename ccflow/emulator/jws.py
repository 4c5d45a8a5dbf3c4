"""
Signed JSON (RFC 7515, 7518, 8037), straight on ``cryptography``.

Written for the emulators alone: what checks an assertion here must not be what
made it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey

_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
# The curve that goes with an algorithm, and the bytes of half a signature.
_CURVES: Final = {
    "ES256": ("secp256r1", 32),
    "ES384": ("secp384r1", 48),
    "ES512": ("secp521r1", 66),
}


@attrs.frozen
class Jws:
    """One JWS in compact form, taken apart but not yet believed."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes = attrs.field(repr=False)
    signature: bytes = attrs.field(repr=False)

    @property
    def algorithm(self) -> str:
        """The ``alg`` of the header, or an empty string."""
        value = self.header.get("alg")
        return value if isinstance(value, str) else ""


def encode(data: bytes) -> str:
    """Write base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """
    Read base64url without padding.

    Raises:
        ValueError: It is something else.
    """
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:  # the standard library skips what is no base64
        raise ValueError("not base64url")
    return data


def _read_object(text: str) -> Mapping[str, Any]:
    value = json.loads(decode(text))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for callers
    return value


def read_jws(text: str) -> Jws:
    """
    Take a compact JWS apart.

    Raises:
        ValueError: It is none, or it has critical extensions.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise ValueError("not three parts")
    header = _read_object(parts[0])
    if "crit" in header:
        raise ValueError("critical extensions")
    return Jws(
        header=header,
        claims=_read_object(parts[1]),
        signed=f"{parts[0]}.{parts[1]}".encode(),
        signature=decode(parts[2]),
    )


def is_signed_by(jws: Jws, key: PublicKey | bytes) -> bool:
    """
    Whether a key made this signature, by the algorithm that the header names.

    Bytes are the secret of an HMAC and nothing else: an HMAC keyed with the text
    of a public key proves nothing.
    """
    name, size = jws.algorithm[:2], jws.algorithm[2:]
    if name != "Ed" and size not in _HASHES:
        return False
    try:
        match name, key:
            case "HS", bytes():
                mac = hmac.digest(key, jws.signed, f"sha{size}")
                return hmac.compare_digest(mac, jws.signature)
            case "RS", RSAPublicKey():
                key.verify(jws.signature, jws.signed, padding.PKCS1v15(), _HASHES[size])
            case "PS", RSAPublicKey():
                digest = _HASHES[size]
                pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
                key.verify(jws.signature, jws.signed, pss, digest)
            case "ES", EllipticCurvePublicKey():
                key.verify(_dss_signature(jws, key), jws.signed, ECDSA(_HASHES[size]))
            case "Ed", Ed25519PublicKey() | Ed448PublicKey():
                # RFC 9864 names the curve, RFC 8037 does not.
                curve = "Ed25519" if isinstance(key, Ed25519PublicKey) else "Ed448"
                if jws.algorithm not in {"EdDSA", curve}:
                    return False
                key.verify(jws.signature, jws.signed)
            case _:
                return False
    except InvalidSignature:
        return False
    return True


def _dss_signature(jws: Jws, key: EllipticCurvePublicKey) -> bytes:
    """Turn the two numbers of RFC 7518 section 3.4 into ASN.1."""
    curve, half = _CURVES.get(jws.algorithm, ("", 0))
    if key.curve.name != curve or len(jws.signature) != 2 * half:
        raise InvalidSignature
    return encode_dss_signature(
        int.from_bytes(jws.signature[:half]), int.from_bytes(jws.signature[half:])
    )


def sign_rs256(
    claims: Mapping[str, Any], key: RSAPrivateKey, header: Mapping[str, Any]
) -> str:
    """Make a JWT, as the emulated servers that issue them do."""
    parts = [
        encode(json.dumps(part, separators=(",", ":")).encode())
        for part in ({"alg": "RS256", **header}, claims)
    ]
    signed = ".".join(parts)
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encode(signature)}"


def make_jwk(key: RSAPublicKey, key_id: str) -> dict[str, str]:
    """Describe a public key for a key set (RFC 7517)."""
    numbers = key.public_numbers()
    modulus, exponent = (
        encode(number.to_bytes((number.bit_length() + 7) // 8))
        for number in (numbers.n, numbers.e)
    )
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key_id,
        "n": modulus,
        "e": exponent,
    }


def thumbprints(certificate: bytes) -> tuple[str, str]:
    """Return ``x5t`` and ``x5t#S256`` of a certificate in DER."""
    # SHA-1 is what RFC 7515 section 4.1.7 prescribes: a name here, no protection.
    sha1 = hashlib.sha1(certificate, usedforsecurity=False)
    return encode(sha1.digest()), encode(hashlib.sha256(certificate).digest())
