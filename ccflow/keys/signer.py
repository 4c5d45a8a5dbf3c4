"""Makes the signature of a client assertion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.jwk import OctKey
from joserfc.jwk import OKPKey
from joserfc.jwk import RSAKey

from ccflow.errors import SecretError
from ccflow.keys.load import PrivateKey
from ccflow.keys.load import load_private_key
from ccflow.keys.load import load_thumbprints
from ccflow.secret import Secret


_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_EC: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
# RFC 7518 section 3.3; shorter ones sign where the algorithm lets them.
_RSA_BITS: Final = 2048
# RFC 7518 section 3.2: a key at least as long as the hash.
_HMAC_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}


class _Algorithms(jws.JWSRegistry):
    """
    The algorithms, without joserfc's advice.

    It warns of "EdDSA" on each signature, because RFC 9864 has new names for it;
    servers still know it by the old one.
    """

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


_ALGORITHMS: Final = _Algorithms()

_Key = RSAKey | ECKey | OKPKey | OctKey


@attrs.frozen
class JoseSigner:
    """A key and the algorithm that it signs with."""

    algorithm: str
    _key: _Key = attrs.field(repr=False)
    key_id: str | None = None
    thumbprints: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Secret:
        """
        Return the JWT in compact form (RFC 7515 section 3.1).

        Raises:
            SecretError: The key does not do it.
        """
        payload = json.dumps(dict(claims), separators=(",", ":")).encode()
        token, fault = _sign(dict(header), payload, self._key)
        if token is None:
            raise SecretError(fault)
        return token


def _sign(
    header: dict[str, Any], payload: bytes, key: _Key
) -> tuple[Secret | None, str]:
    """Return the JWT, or what went wrong; nothing is raised with the key in hand."""
    try:
        text = jws.serialize_compact(header, payload, key, registry=_ALGORITHMS)
    except Exception as error:  # noqa: BLE001 - libraries raise many kinds
        fault = (
            f"signing with {header['alg']} failed with {type(error).__name__}; make "
            "another key, and register it at the server"
        )
    else:
        return Secret(text), ""
    private = key.private_key
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < _RSA_BITS:
        fault = (
            f"private_key has {private.key_size} bits, too few for {header['alg']}; "
            f"make one of {_RSA_BITS} or more (RFC 7518 section 3.3), and register it "
            "at the server"
        )
    return None, fault


def algorithms_of(key: PrivateKey) -> tuple[str, ...]:
    """Return what a key can sign with, the usual one first."""
    if isinstance(key, rsa.RSAPrivateKey):
        return _RSA
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return (_EC[key.curve.name],) if key.curve.name in _EC else ()
    return ("EdDSA", "Ed25519" if isinstance(key, Ed25519PrivateKey) else "Ed448")


def _choose(
    named: str | None, known: Sequence[str], able: Sequence[str], what: str
) -> str:
    """Return the named algorithm, else the first that server and key share."""
    shared = [algorithm for algorithm in known or able if algorithm in able]
    if named is not None:
        if named in able:
            return named
        raise SecretError(
            f"{what} cannot sign with {named}; set token_endpoint_auth_signing_alg "
            f"to one of {', '.join(able) or 'none'}"
        )
    if not shared:
        raise SecretError(
            f"{what} signs with {', '.join(able) or 'nothing known'}, and the server "
            f"takes {', '.join(known)}; register another key"
        )
    return shared[0]


def private_key_signer(
    text: Secret,
    password: Secret | None = None,
    *,
    certificate: str | None = None,
    algorithm: str | None = None,
    known: Sequence[str] = (),
) -> JoseSigner:
    """
    Make the signer of ``private_key_jwt``.

    Args:
        text: A PEM or a JWK.

        password: What the PEM is encrypted with.

        certificate: The path of the certificate that the headers are made of.

        algorithm: The ``alg`` that the profile names.

        known: The ``alg`` values that the server takes; empty where unknown.

    Raises:
        SecretError: The key cannot be read or does not fit the rest.
    """
    loaded = load_private_key(text, password)
    key = loaded.key
    chosen = _choose(algorithm, known, algorithms_of(key), "private_key")
    kind: type[RSAKey | ECKey | OKPKey] = OKPKey
    if isinstance(key, rsa.RSAPrivateKey):
        kind = RSAKey
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind = ECKey
    thumbprints = load_thumbprints(certificate, key) if certificate else {}
    jose = _imported(kind, key)
    if jose is None:
        raise SecretError("private_key cannot be used for signing; make another one")
    return JoseSigner(chosen, jose, loaded.key_id, thumbprints)


def _imported(kind: Any, key: object) -> _Key | None:
    """Return a key as joserfc wants it; nothing is raised with the key in hand."""
    try:
        made: _Key = kind.import_key(key)
    except Exception:  # noqa: BLE001 - it raises many kinds, and warns of short keys
        return None
    return made


def client_secret_signer(
    secret: Secret, *, algorithm: str | None = None, known: Sequence[str] = ()
) -> JoseSigner:
    """
    Make the signer of ``client_secret_jwt``.

    Args:
        secret: The client secret, at least as long as the hash.

        algorithm: The ``alg`` that the profile names.

        known: The ``alg`` values that the server takes; empty where unknown.

    Raises:
        SecretError: The secret is too short.
    """
    chosen = _choose(algorithm, known, tuple(_HMAC_BYTES), "client_secret")
    least = _HMAC_BYTES[chosen]
    if len(secret.reveal().encode()) < least:
        raise SecretError(
            f"client_secret is too short for {chosen}: it needs {least} bytes "
            "(RFC 7518 section 3.2); make a new one at the server"
        )
    jose = _imported(OctKey, secret.reveal().encode())
    if jose is None:
        raise SecretError("client_secret cannot be used for signing; make another one")
    return JoseSigner(chosen, jose)
