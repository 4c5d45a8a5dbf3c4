"""Everything between "a token is needed" and a token: credentials, guard, attempts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Final
from typing import Protocol

import attrs

from ccflow.engine.gate import Refused
from ccflow.engine.gate import opens_gate
from ccflow.engine.guard import Guard
from ccflow.engine.retry import retry_pause
from ccflow.engine.runtime import Runtime
from ccflow.engine.share import Fetched
from ccflow.errors import ConfigError
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret


_SALT: Final = os.urandom(16)


def _fingerprint(credential: Secret) -> bytes:
    text = credential.reveal().encode()
    return hashlib.blake2b(text, key=_SALT, digest_size=16).digest()


def _joined(credentials: list[Secret]) -> Secret:
    return Secret("\0".join(credential.reveal() for credential in credentials))


def _refuses_credential(failure: TokenError) -> bool:
    return isinstance(failure, TokenRefusedError) and failure.category == "client_auth"


class Exchange(Protocol):
    """Reads the credentials, and asks once."""

    @property
    def is_blank(self) -> bool:
        """Whether it learnt nothing that is worth keeping."""
        ...

    def credentials(self) -> list[Secret]:
        """Return what the profile names now, the current one first."""
        ...

    def claims(self, credential: Secret) -> Secret | None:
        """Return what lasts of a ready-made assertion; None for all else."""
        ...

    def attempt(self, credential: Secret, seconds: float) -> TokenResponse:
        """Send one token request."""
        ...


@attrs.define
class Conversation:
    """
    Gets a token from the server, without hammering it.

    Args:
        exchange: Asks once.

        runtime: Clocks, chance and sleep.

        guard: Remembers refusals.

        sending: Told of each token request.
    """

    exchange: Exchange
    runtime: Runtime
    guard: Guard
    sending: Callable[[], None]
    # The one of a pair that worked last, so that the other one is not tried first
    # for ever: that would be a bad login for each token.
    _worked: bytes = b""

    def check(self) -> None:
        """
        Raise a remembered refusal of what would be sent, if there is one.

        No secret is read where nothing is remembered.

        Raises:
            SecretError: A credential cannot be read.

            TokenError: The gate is open.
        """
        self.guard.look()
        if not self.guard.is_quiet:
            self.guard.check(self.refused(self.exchange.credentials()))

    def has_news(self) -> bool:
        """Say whether another process was refused since the last look."""
        return self.guard.look()

    @property
    def is_blank(self) -> bool:
        """Whether it knows nothing that the next one would have to find out again."""
        return not self._worked and self.guard.is_quiet and self.exchange.is_blank

    def __call__(self, ends: float) -> Fetched:
        """
        Return the server's answer.

        Args:
            ends: The time of the steady clock by which all must be over.

        Raises:
            SecretError: A credential cannot be read.

            TokenError: No token came, or the gate is open.
        """
        first = credentials = self.exchange.credentials()
        self.guard.look()
        before = self.guard.check(self.refused(credentials))
        untried = sorted(credentials, key=self._worked_less)
        reread = False
        while True:
            credential = untried.pop(0)
            try:
                fetched = self._attempts(credential, ends)
            except TokenError as failure:
                another = _refuses_credential(failure) and self._has_time(ends)
                if another and not untried and not reread:
                    # Once: some readers make another credential for each reading.
                    reread = True
                    credentials = self._read_again(credentials)
                    untried = [new for new in credentials if new not in first]
                if another and untried:
                    continue
                if opens_gate(failure):
                    # What is not the credential's fault is not mended by another.
                    minted = credentials != first or not _refuses_credential(failure)
                    refused = self.refused(credentials, minted=minted)
                    raise self.guard.open(failure, refused, before) from None
                raise
            if len(credentials) > 1:
                self._worked = _fingerprint(credential)
            self.guard.close()
            return fetched

    def refused(self, credentials: list[Secret], *, minted: bool = False) -> Refused:
        """Return what a gate knows credentials by."""
        claims = None if len(credentials) > 1 else self.exchange.claims(credentials[0])
        return Refused(_joined(credentials), claims, minted)

    def _worked_less(self, credential: Secret) -> bool:
        return _fingerprint(credential) != self._worked

    def _has_time(self, ends: float) -> bool:
        return self.runtime.steady() < ends

    def _read_again(self, credentials: list[Secret]) -> list[Secret]:
        """Read the references again: a secret may have been rotated meanwhile."""
        try:
            return self.exchange.credentials()
        except ConfigError:
            return credentials  # The refusal says more, and must be remembered.

    def _attempts(self, credential: Secret, ends: float) -> Fetched:
        """Ask with one credential, again where that makes sense."""
        attempt = 1
        while True:
            left = ends - self.runtime.steady()
            asked = self.runtime.moment()
            self.sending()
            try:
                return Fetched(self.exchange.attempt(credential, left), asked)
            except TokenError as failure:
                left = ends - self.runtime.steady()
                pause = retry_pause(failure, attempt, left, self.runtime.chance())
                if pause is None:
                    raise
            self.runtime.sleep(pause)
            attempt += 1
