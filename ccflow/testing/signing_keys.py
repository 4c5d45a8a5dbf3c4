"""Keys to sign with, made once a process: one for each algorithm."""

from __future__ import annotations

from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ccflow.emulator.jws import PublicKey
from ccflow.secret import Secret


_PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)

_CURVES: Final = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


@cache
def key_pair(algorithm: str) -> tuple[Secret, PublicKey]:
    """Return a private key in PEM that signs so, and the public half of it."""
    match algorithm:
        case "ES256" | "ES384" | "ES512":
            key: _PrivateKey = ec.generate_private_key(_CURVES[algorithm])
        case "EdDSA" | "Ed25519":
            key = ed25519.Ed25519PrivateKey.generate()
        case "Ed448":
            key = ed448.Ed448PrivateKey.generate()
        case _:
            key = _rsa_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Secret(pem.decode()), key.public_key()


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    """One for all algorithms: making it takes longer than all the rest."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
