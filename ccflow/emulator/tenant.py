"""What one emulated server holds while it runs, and the knobs of a test."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

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
    _tokens: dict[str, IssuedToken] = attrs.field(factory=dict, init=False)
    _used: set[tuple[str, str]] = attrs.field(factory=set, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def __repr__(self) -> str:
        """Show where it is; all the rest is secret or long."""
        return f"<Tenant {self.url}: {len(self.clients)} clients>"

    def now(self) -> float:
        """Return the epoch seconds by the clock of this server."""
        return self.clock()

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
        return sign_rs256(claims, self.signing_key, {"kid": self.key_id, **header})

    def jwks(self) -> dict[str, Any]:
        """Return the public keys that its tokens can be checked with."""
        return {"keys": [make_jwk(self.signing_key.public_key(), self.key_id)]}
