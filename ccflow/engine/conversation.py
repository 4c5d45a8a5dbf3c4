"""Everything between "a token is needed" and a token: credentials, guard, attempts."""

from __future__ import annotations

import hashlib
import os
from typing import Final
from typing import Protocol

import attrs

from ccflow.engine.deadline import Deadline
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


@attrs.frozen
class Sent:
    """
    What the references of a profile read as.

    Args:
        credentials: The current one first.

        others: The headers and parameters that are sent beside it.
    """

    credentials: list[Secret]
    others: list[Secret]

    def news_after(self, first: Sent) -> list[Secret]:
        """Return the credentials that were not sent like this before."""
        if self.others != first.others:
            return list(self.credentials)
        return [new for new in self.credentials if new not in first.credentials]


class Exchange(Protocol):
    """Reads the credentials, and asks once."""

    @property
    def is_blank(self) -> bool:
        """Whether it learnt nothing that is worth keeping."""
        ...

    def credentials(self) -> list[Secret]:
        """Return what the profile names now, the current one first."""
        ...

    def others(self) -> list[Secret]:
        """Return what else the profile has sent, that a server may refuse."""
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
    """

    exchange: Exchange
    runtime: Runtime
    guard: Guard
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
            self.guard.check(self.refused(self.read()))

    def has_news(self) -> bool:
        """Say whether another process was refused since the last look."""
        return self.guard.look()

    @property
    def is_blank(self) -> bool:
        """Whether it knows nothing that the next one would have to find out again."""
        return not self._worked and self.guard.is_quiet and self.exchange.is_blank

    def __call__(self, deadline: Deadline) -> Fetched:
        """
        Return the server's answer.

        Args:
            deadline: When all must be over.

        Raises:
            SecretError: A credential cannot be read.

            TokenError: No token came, or the gate is open.
        """
        first = sent = self.read()
        self.guard.look()
        before = self.guard.check(self.refused(sent))
        untried = sorted(sent.credentials, key=self._worked_less)
        reread = False
        while True:
            credential = untried.pop(0)
            try:
                fetched = self._attempts(credential, deadline)
            except TokenError as failure:
                another = _refuses_credential(failure) and self._has_time(deadline)
                if another and not untried and not reread:
                    # Once: some readers make another credential for each reading.
                    reread = True
                    sent = self._read_again(sent)
                    untried = sent.news_after(first)
                if another and untried:
                    continue
                if opens_gate(failure):
                    # What is not the credential's fault is not mended by another.
                    minted = sent != first or not _refuses_credential(failure)
                    refused = self.refused(sent, minted=minted)
                    raise self.guard.open(failure, refused, before) from None
                raise
            if len(sent.credentials) > 1:
                self._worked = _fingerprint(credential)
            self.guard.close()
            return fetched

    def read(self) -> Sent:
        """
        Read what the profile names now.

        Raises:
            SecretError: Something cannot be read.
        """
        return Sent(self.exchange.credentials(), self.exchange.others())

    def refused(self, sent: Sent, *, minted: bool = False) -> Refused:
        """Return what a gate knows by that which was sent."""
        one = sent.credentials[0]
        claims = None if len(sent.credentials) > 1 else self.exchange.claims(one)
        if claims is not None:
            claims = _joined([claims, *sent.others])
        return Refused(_joined([*sent.credentials, *sent.others]), claims, minted)

    def _worked_less(self, credential: Secret) -> bool:
        return _fingerprint(credential) != self._worked

    def _has_time(self, deadline: Deadline) -> bool:
        return deadline.left(self.runtime.steady()) > 0

    def _read_again(self, sent: Sent) -> Sent:
        """Read the references again: a secret may have been rotated meanwhile."""
        try:
            return self.read()
        except ConfigError:
            return sent  # The refusal says more, and must be remembered.

    def _attempts(self, credential: Secret, deadline: Deadline) -> Fetched:
        """Ask with one credential, again where that makes sense."""
        attempt = 1
        while True:
            asked = self.runtime.moment()
            seconds = deadline.for_answer(asked.steady)
            try:
                return Fetched(self.exchange.attempt(credential, seconds), asked)
            except TokenError as failure:
                left = deadline.left(self.runtime.steady())
                pause = retry_pause(failure, attempt, left, self.runtime.chance())
                if pause is None:
                    raise
            self.runtime.sleep(pause)
            attempt += 1
