"""The clients that the server knows, and the profiles that speak for them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs
import jwt
import tomli_w
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import ECAlgorithm
from jwt.algorithms import OKPAlgorithm
from jwt.algorithms import RSAAlgorithm

from .authorization_server import AuthorizationServer


PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

# Separators of Basic, of a form and of a URL, and a "%2F" and a "+" that one
# decoding too many would change.
AWKWARD: Final = ':%2F+ &/=?#"\\;100% '

# What follows "interop-" in a profile's name: method and algorithm.
METHODS: Final[Mapping[str, tuple[str, str | None]]] = {
    "basic": ("client_secret_basic", None),
    "post": ("client_secret_post", None),
    "secret-jwt": ("client_secret_jwt", "HS256"),
    "key-rs256": ("private_key_jwt", "RS256"),
    "key-ps256": ("private_key_jwt", "PS256"),
    "key-es256": ("private_key_jwt", "ES256"),
    "key-eddsa": ("private_key_jwt", "EdDSA"),
}
WITH_SECRET: Final = ("basic", "post", "secret-jwt")


def new_secret() -> str:
    """Return a secret of this run alone, full of awkward characters."""
    return AWKWARD + secrets.token_urlsafe(32)


def new_key(algorithm: str) -> PrivateKey:
    """Return a key for that algorithm."""
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: PrivateKey) -> str:
    """Return the key as unencrypted PKCS #8."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_jwk(key: PrivateKey, *, algorithm: str, key_id: str) -> dict[str, Any]:
    match key:
        case rsa.RSAPrivateKey():
            jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)

    return {**jwk, "kid": key_id, "alg": algorithm, "use": "sig"}


@attrs.frozen(kw_only=True)
class Client:
    """One registered client, with both halves of its credential."""

    client_id: str
    method: str
    algorithm: str | None = None
    client_secret: str | None = None
    private_key: PrivateKey | None = None
    key_id: str | None = None
    scope: str | None = None

    @classmethod
    def enrol(cls, name: str, kind: str, *, scope: str | None = None) -> Client:
        """Make a client that authenticates the way *kind* says."""
        method, algorithm = METHODS[kind]
        if kind in WITH_SECRET:
            # A colon in a JWT's "iss" would have to begin a URI (RFC 7519).
            client_id = name if algorithm else f"{name}: 50%/+"
            return cls(
                client_id=client_id,
                method=method,
                algorithm=algorithm,
                client_secret=new_secret(),
                scope=scope,
            )

        assert algorithm is not None
        return cls(
            client_id=name,
            method=method,
            algorithm=algorithm,
            private_key=new_key(algorithm),
            key_id=f"key of {name}",
            scope=scope,
        )

    @property
    def private_pem(self) -> str | None:
        """The private key as a file would hold it."""
        return pem(self.private_key) if self.private_key else None

    def registration(self) -> dict[str, Any]:
        """Return what the server is told, in the words of RFC 7591."""
        told: dict[str, Any] = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "token_endpoint_auth_method": self.method,
            "token_endpoint_auth_signing_alg": self.algorithm,
            "scope": self.scope,
        }
        if self.private_key and self.algorithm and self.key_id:
            jwk = _public_jwk(
                self.private_key, algorithm=self.algorithm, key_id=self.key_id
            )
            told["jwks"] = {"keys": [jwk]}

        return {name: value for name, value in told.items() if value is not None}

    def assertion(self, *, audience: str, issued_at: int, lifetime: int = 120) -> str:
        """Return a client assertion made by PyJWT, not by ccflow."""
        key = self.private_key or self.client_secret
        assert key is not None

        return jwt.encode(
            {
                "iss": self.client_id,
                "sub": self.client_id,
                "aud": audience,
                "iat": issued_at,
                "exp": issued_at + lifetime,
                "jti": secrets.token_urlsafe(16),
            },
            key,
            algorithm=self.algorithm,
            headers={"kid": self.key_id} if self.key_id else None,
        )


@attrs.define
class Profiles:
    """
    A ``ccflow.toml`` and its secret files, in a directory of one test's own.

    Secrets are copied for each test, so that no two share a token or a failure.
    """

    directory: Path
    server: AuthorizationServer
    tables: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    @property
    def path(self) -> Path:
        """The file to give as ``config=``."""
        return self.directory / "ccflow.toml"

    def add(self, name: str, client: Client, **changes: Any) -> str:
        """Add a profile for that client; a change of None removes a key."""
        table = {
            "provider": "generic",
            "token_endpoint": self.server.token_endpoint,
            "issuer": self.server.issuer,
            "client_id": client.client_id,
            "token_endpoint_auth_method": client.method,
            "token_endpoint_auth_signing_alg": client.algorithm,
            "key_id": client.key_id,
            "client_secret": self.secret(client.client_secret),
            "private_key": self.secret(client.private_pem),
            "scope": ["invoices.read", "invoices.write"],
            "ca_file": f"{self.server.ca_file}",
        } | changes
        self.tables[name] = {
            key: value for key, value in table.items() if value is not None
        }
        self.path.write_text(tomli_w.dumps({"profiles": self.tables}), "utf-8")

        return name

    def secret(self, value: str | None) -> dict[str, str] | None:
        """Write a secret to a file of its own and return the reference to it."""
        if value is None:
            return None

        file = self.directory / f"secret-{secrets.token_hex(4)}"
        file.touch(mode=0o600)
        # A trailing newline, as editors and `echo` leave; one is not the secret's.
        file.write_text(value.removesuffix("\n") + "\n", "utf-8")

        return {"file": file.name}
