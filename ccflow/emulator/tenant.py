"""What one emulated server holds while it runs, and the knobs of a test."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from ccflow.emulator.dialect import Client
from ccflow.emulator.jws import make_jwk
from ccflow.emulator.jws import sign_rs256


@attrs.frozen(kw_only=True)
class IssuedToken:
    """What the API knows of a token that was issued."""

    client_id: str
    scope: tuple[str, ...]
    expires_at: float


@attrs.define(kw_only=True, repr=False, eq=False)
class Tenant:
    """
    The state of one emulated server. Safe to use from several threads.

    Args:
        url: Scheme, host and port.

        clock: Tells the time, in epoch seconds.

        signing_key: Signs the tokens that are JWTs.

        clients: What is registered, by ``client_id``. Tests may change it.

        expires_in: The lifetime of tokens issued from now on; the vendor's
            default where None.

        rate_limited: How many token requests from now on are over the limit;
            True for all of them, until it is set back.

        rate_limit_reset_after: After how many seconds the server says that the
            limit ends.

        scopes: Scopes that are registered besides those of the dialect.

        clock_offset: By how many seconds the server's clock is ahead of `clock`;
            below zero where it is behind.

        jti_once: Whether an assertion that was used before is refused, also by a
            server that does not care otherwise.

        dpop_nonce: What a proof must hold where a nonce is asked for.

    .. versionadded:: 0.1.0
    """

    url: str
    clock: Callable[[], float] = attrs.field()
    signing_key: RSAPrivateKey
    key_id: str = attrs.field(factory=lambda: secrets.token_urlsafe(32))
    clients: dict[str, Client] = attrs.field(factory=dict)
    expires_in: int | None = None
    rate_limited: int | bool = False
    rate_limit_reset_after: int = 60
    scopes: tuple[str, ...] = ()
    clock_offset: float = 0.0
    jti_once: bool = False
    dpop_nonce: str = attrs.field(factory=lambda: secrets.token_urlsafe(24))
    _retired_keys: dict[str, RSAPublicKey] = attrs.field(factory=dict, init=False)
    _tokens: dict[str, IssuedToken] = attrs.field(factory=dict, init=False)
    _used: set[tuple[str, str]] = attrs.field(factory=set, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def __repr__(self) -> str:
        """Show where it is; all the rest is secret or long."""
        return f"<Tenant {self.url}: {len(self.clients)} clients>"

    def now(self) -> float:
        """Return the epoch seconds by the clock of this server."""
        return self.clock() + self.clock_offset

    def issue(
        self, client: Client, token: str, *, scope: tuple[str, ...], expires_in: int
    ) -> None:
        """Remember a token, so that the API takes it."""
        issued = IssuedToken(
            client_id=client.client_id,
            scope=scope,
            expires_at=self.now() + expires_in,
        )
        with self._lock:
            self._tokens[token] = issued

    def find_token(self, token: str) -> IssuedToken | None:
        """Return what is known of a token while it is valid."""
        with self._lock:
            issued = self._tokens.get(token)
        if issued is None or issued.expires_at <= self.now():
            return None
        return issued

    def reuse_token(self, token: str) -> tuple[str, int] | None:
        """
        Take back a token that was just issued, where an older one is still valid.

        Returns:
            The oldest one for the same client and scope, with the whole seconds
            that it has left; None if there is none.
        """
        with self._lock:
            new, now = self._tokens.get(token), int(self.now())
            for older, issued in self._tokens.items():
                if older == token or new is None or issued.expires_at <= now:
                    continue
                if (issued.client_id, issued.scope) == (new.client_id, new.scope):
                    del self._tokens[token]
                    return older, int(issued.expires_at) - now
        return None

    def revoke_tokens(self) -> None:
        """Make every token that was issued so far invalid at the API."""
        with self._lock:
            self._tokens.clear()

    def use_jti(self, client_id: str, jti: str) -> bool:
        """Use up an assertion's identifier; return whether it was still unused."""
        with self._lock:
            if (client_id, jti) in self._used:
                return False
            self._used.add((client_id, jti))
            return True

    def take_rate_limit(self) -> bool:
        """Whether a token request that comes now is over the limit."""
        with self._lock:
            if self.rate_limited is True:
                return True
            if self.rate_limited <= 0:
                return False
            self.rate_limited -= 1
            return True

    def sign(self, claims: Mapping[str, Any], **header: str) -> str:
        """Make a JWT access token."""
        with self._lock:
            key, key_id = self.signing_key, self.key_id
        return sign_rs256(claims, key, {"kid": key_id, **header})

    def rotate_signing_key(self) -> None:
        """Sign with a new key from now on; the old one is still published."""
        key = generate_private_key(public_exponent=65537, key_size=2048)
        with self._lock:
            self._retired_keys[self.key_id] = self.signing_key.public_key()
            self.signing_key, self.key_id = key, secrets.token_urlsafe(32)

    def jwks(self) -> dict[str, Any]:
        """Return the public keys that its tokens can be checked with, newest first."""
        with self._lock:
            current = (self.key_id, self.signing_key.public_key())
            keys = [current, *reversed(self._retired_keys.items())]
        return {"keys": [make_jwk(key, key_id) for key_id, key in keys]}
