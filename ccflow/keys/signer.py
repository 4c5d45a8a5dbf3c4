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


@attrs.frozen
class JoseSigner:
    """A key and the algorithm that it signs with."""

    algorithm: str
    _key: RSAKey | ECKey | OKPKey | OctKey = attrs.field(repr=False)
    key_id: str | None = None
    thumbprints: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Secret:
        """Return the JWT in compact form (RFC 7515 section 3.1)."""
        payload = json.dumps(dict(claims), separators=(",", ":")).encode()
        return Secret(
            jws.serialize_compact(
                dict(header), payload, self._key, registry=_ALGORITHMS
            )
        )


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
    jose: RSAKey | ECKey | OKPKey
    if isinstance(key, rsa.RSAPrivateKey):
        jose = RSAKey.import_key(key)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        jose = ECKey.import_key(key)
    else:
        jose = OKPKey.import_key(key)
    thumbprints = load_thumbprints(certificate, key) if certificate else {}
    return JoseSigner(chosen, jose, loaded.key_id, thumbprints)


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
    return JoseSigner(chosen, OctKey.import_key(secret.reveal().encode()))
