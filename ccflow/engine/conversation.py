"""Everything between "a token is needed" and a token: credentials, guard, attempts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Final
from typing import Protocol

import attrs

from ccflow.engine.gate import Gate
from ccflow.engine.gate import gate_from_bytes
from ccflow.engine.gate import open_gate
from ccflow.engine.gate import opens_gate
from ccflow.engine.process import Runtime
from ccflow.engine.retry import retry_pause
from ccflow.engine.share import Fetched
from ccflow.errors import ConfigError
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.events import Event
from ccflow.events import GateClosed
from ccflow.events import GateOpened
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret


_SALT: Final = os.urandom(16)
# How long a gate outlives its pause, so that the next refusal makes a longer one.
_GATE_MEMORY: Final = 600.0


def _fingerprint(credential: Secret) -> bytes:
    text = credential.reveal().encode()
    return hashlib.blake2b(text, key=_SALT, digest_size=16).digest()


def _joined(credentials: list[Secret]) -> Secret:
    return Secret("\0".join(credential.reveal() for credential in credentials))


def _refuses_credential(failure: TokenError) -> bool:
    return isinstance(failure, TokenRefusedError) and failure.category == "client_auth"


class Exchange(Protocol):
    """Reads the credentials, and asks once."""

    def credentials(self) -> list[Secret]:
        """Return what the profile names now, the current one first."""
        ...

    def attempt(self, credential: Secret, seconds: float) -> TokenResponse:
        """Send one token request."""
        ...


class GateStore(Protocol):
    """Where gates are shared with other processes; never raises."""

    def read(self) -> bytes | None: ...
    def write(self, value: bytes | None, until: float) -> None: ...


@attrs.define
class Conversation:
    """
    Gets a token from the server, without hammering it.

    Args:
        exchange: Asks once.

        names: The profile and provider, for events.

        timeout: Seconds for everything together.

        runtime: Clocks, chance and sleep.

        emit: Takes events.

        shared: Where gates are shared, or None.
    """

    exchange: Exchange
    names: dict[str, str]
    timeout: float
    runtime: Runtime
    emit: Callable[[Event], None]
    shared: GateStore | None = None
    _gate: Gate | None = None
    # The credential that the gate is known to stop, so that finding out again
    # does not cost the slow digest.
    _stopped: bytes = b""
    # The one of a pair that worked last, so that the other one is not tried first
    # for ever: that would be a bad login for each token.
    _worked: bytes = b""

    @property
    def retry_at(self) -> float | None:
        """Epoch seconds until which the last refusal is remembered, or None."""
        return self._gate.until if self._gate is not None else None

    def __call__(self, ends: float | None = None) -> Fetched:
        """
        Return the server's answer.

        Args:
            ends: The time of the steady clock by which all must be over; None for
                the timeout from now.

        Raises:
            SecretError: A credential cannot be read.

            TokenError: No token came, or the gate is open.
        """
        if ends is None:
            ends = self.runtime.steady() + self.timeout
        first = credentials = self.exchange.credentials()
        before = self._check_gate(_joined(credentials))
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
                    raise self._open(failure, _joined(credentials), before) from None
                raise
            self._worked = _fingerprint(credential)
            self._close()
            return fetched

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
            try:
                return Fetched(self.exchange.attempt(credential, left), asked)
            except TokenError as failure:
                left = ends - self.runtime.steady()
                pause = retry_pause(failure, attempt, left, self.runtime.chance())
                if pause is None:
                    raise
            self.runtime.sleep(pause)
            attempt += 1

    def _check_gate(self, credential: Secret) -> Gate | None:
        """Raise the remembered refusal of a credential while its pause lasts."""
        now = self.runtime.wall()
        gate = self._known_gate(credential, now)
        if gate is None:
            return None
        if gate.is_open_at(now):
            raise gate.remembered(now)
        return gate

    def _known_gate(self, credential: Secret, now: float) -> Gate | None:
        """Return the gate that stops a credential: this process's, or a shared one."""
        fingerprint = _fingerprint(credential)
        if self._gate is not None and self._stopped == fingerprint:
            if self._gate.is_open_at(now):
                return self._gate
        value = self.shared.read() if self.shared is not None else None
        gate = gate_from_bytes(value) if value is not None else None
        if gate is not None and gate.stops(credential):
            self._gate, self._stopped = gate, fingerprint
        return self._gate if self._stopped == fingerprint else None

    def _open(
        self, failure: TokenError, credential: Secret, before: Gate | None
    ) -> TokenError:
        gate = open_gate(
            failure,
            credential,
            before,
            now=self.runtime.wall(),
            chance=self.runtime.chance(),
        )
        self._gate, self._stopped = gate, _fingerprint(credential)
        if self.shared is not None:
            self.shared.write(gate.to_bytes(), gate.until + _GATE_MEMORY)
        self.emit(GateOpened(until=gate.until, error=failure.error, **self.names))
        failure.retry_at = gate.until
        return failure

    def _close(self) -> None:
        if self._gate is None:
            return
        self._gate, self._stopped = None, b""
        if self.shared is not None:
            self.shared.write(None, 0.0)
        self.emit(GateClosed(**self.names))
