"""
From the text of a key to a key, parsed once.

Parsing an RSA key costs 30 ms, so keys are remembered by their content: a file that
is replaced is parsed again, one that is only read again is not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PublicFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey
from joserfc.jwk import OKPKey
from joserfc.jwk import RSAKey

from ccflow.errors import SecretError
from ccflow.secret import Secret


PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)


@attrs.frozen
class LoadedKey:
    """
    A parsed key.

    Args:
        key: What signs.

        key_id: The ``kid`` of a JWK that has one.
    """

    key: PrivateKey = attrs.field(repr=False)
    key_id: str | None = None


_MOST_KEYS: Final = 64
_SALT: Final = os.urandom(16)
_keys: OrderedDict[bytes, LoadedKey] = OrderedDict()
_lock = threading.Lock()


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held for ever in a child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _digest(text: Secret, password: Secret | None) -> bytes:
    digest = hashlib.blake2b(key=_SALT)
    for part in (text, password):
        content = part.reveal().encode() if part is not None else b""
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.digest()


def load_private_key(text: Secret, password: Secret | None = None) -> LoadedKey:
    """
    Return the key of a PEM (PKCS#8, PKCS#1, SEC 1, encrypted or not) or a JWK.

    Args:
        text: The key.

        password: What the PEM is encrypted with.

    Raises:
        SecretError: It is no private key, or the password does not fit.
    """
    digest = _digest(text, password)
    with _lock:
        if digest in _keys:
            _keys.move_to_end(digest)
            return _keys[digest]
    key, fault = _parse(text, password)
    if key is None:
        raise SecretError(f"private_key {fault}")
    with _lock:
        _keys[digest] = key
        while len(_keys) > _MOST_KEYS:
            _keys.popitem(last=False)
    return key


def _parse(
    text: Secret, password: Secret | None
) -> tuple[LoadedKey | None, str | None]:
    """
    Return a key or what is wrong with it.

    Nothing is raised from here: the frames of the parsers hold the key.
    """
    if text.reveal().lstrip().startswith("{"):
        return _parse_jwk(text)
    if "-----BEGIN" not in text.reveal():
        return None, "is neither a PEM nor a JWK"
    if "PRIVATE KEY-----" not in text.reveal():
        return None, "is a PEM without a private key in it"
    try:
        key = load_pem_private_key(
            text.reveal().encode(),
            password.reveal().encode() if password is not None else None,
        )
    except TypeError:
        wrong = "is not encrypted" if password is not None else "is encrypted"
        hint = (
            "take private_key_password out" if password else "set private_key_password"
        )
        return None, f"{wrong}; {hint}"
    except (ValueError, UnsupportedAlgorithm):
        why = "or private_key_password is wrong" if password is not None else ""
        return None, f"is a PEM that cannot be read {why}".rstrip()
    if not isinstance(key, PrivateKey):
        return None, _KINDS
    return LoadedKey(key), None


_KINDS: Final = "is not a key for signing; it can be RSA, EC, Ed25519 or Ed448"


def _parse_jwk(text: Secret) -> tuple[LoadedKey | None, str | None]:
    kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {
        "RSA": RSAKey,
        "EC": ECKey,
        "OKP": OKPKey,
    }
    try:
        members = json.loads(text.reveal())
        if members.get("kty") not in kinds:
            return None, _KINDS
        key = kinds[members["kty"]].import_key(members).private_key
    except Exception:  # noqa: BLE001 - joserfc raises many kinds, with the key in hand
        return None, "is a JWK that cannot be read"
    if key is None:
        return None, 'is a public JWK; it needs its private member "d"'
    if not isinstance(key, PrivateKey):
        return None, _KINDS
    kid = members.get("kid")
    return LoadedKey(key, kid if isinstance(kid, str) else None), None


def load_thumbprints(path: str, key: PrivateKey) -> dict[str, str]:
    """
    Return ``x5t`` and ``x5t#S256`` (RFC 7515 sections 4.1.7 and 4.1.8).

    Args:
        path: The PEM file of the certificate.

        key: The private key that it must belong to.

    Raises:
        SecretError: It cannot be read, or it is another key's.
    """
    try:
        certificate = x509.load_pem_x509_certificate(Path(path).read_bytes())
        public = certificate.public_key()
    except OSError as error:
        raise SecretError(f"certificate {path}: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SecretError(f"certificate {path} is not a PEM certificate") from error

    def spki(of: object) -> bytes:
        return of.public_bytes(  # type: ignore[attr-defined, no-any-return]
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )

    if spki(public) != spki(key.public_key()):
        raise SecretError(f"certificate {path} does not belong to private_key")
    names = {"x5t": hashes.SHA1(), "x5t#S256": hashes.SHA256()}  # noqa: S303
    return {
        name: base64.urlsafe_b64encode(certificate.fingerprint(algorithm))
        .rstrip(b"=")
        .decode()
        for name, algorithm in names.items()
    }


def days_left(path: str, now: float) -> float:
    """Return how many days a certificate is still valid; below zero if it is not."""
    certificate = x509.load_pem_x509_certificate(Path(path).read_bytes())
    return (certificate.not_valid_after_utc.timestamp() - now) / 86400
