"""
Who is stopped by a gate: this source's own refusals, and those of other processes.

Finding out whether a shared gate means one's own credential costs a slow digest, so
it is found out once for each gate and credential, and never while a lock is held.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Final
from typing import Protocol

import attrs

from ccflow.engine.gate import Gate
from ccflow.engine.gate import Refused
from ccflow.engine.gate import gate_from_bytes
from ccflow.engine.gate import open_gate
from ccflow.engine.runtime import Runtime
from ccflow.errors import TokenError
from ccflow.events import Event
from ccflow.events import GateClosed
from ccflow.events import GateOpened


_SALT: Final = os.urandom(16)
# A wall clock that differs by more from what it should be was set.
_CLOCK_SET: Final = 1.0
# How long a gate outlives its pause, so that the next refusal makes a longer one.
_GATE_MEMORY: Final = 600.0


class GateStore(Protocol):
    """Where gates are shared with other processes; never raises."""

    def read(self) -> bytes | None: ...
    def write(self, value: bytes | None, until: float) -> None: ...


@attrs.define
class Guard:
    """
    The gates that concern one source.

    Args:
        names: The profile and provider, for events.

        runtime: Clocks and chance.

        emit: Takes events.

        shared: Where gates are shared, or None.
    """

    names: dict[str, str]
    runtime: Runtime
    emit: Callable[[Event], None]
    shared: GateStore | None = None
    _gate: Gate | None = None
    # Until when, by the clock that nobody sets.
    _ends: float = 0.0
    # What the shared record was at the last look.
    _record: bytes | None = None
    # The last gate that was judged, for whom, and whether it stops them.
    _judged: tuple[bytes, bytes, bool] | None = None

    @property
    def retry_at(self) -> float | None:
        """Epoch seconds until which a refusal is remembered, or None."""
        gate, left = self._gate, self._seconds_left()
        return self._retry_at(gate, left) if gate is not None and left > 0 else None

    def _seconds_left(self) -> float:
        return self._ends - self.runtime.steady()

    def _retry_at(self, gate: Gate, left: float) -> float:
        """Return what the gate says, unless the clock was set meanwhile."""
        by_now = self.runtime.wall() + left
        return gate.until if abs(gate.until - by_now) < _CLOCK_SET else by_now

    def _hold(self, gate: Gate, left: float) -> None:
        self._gate, self._ends = gate, self.runtime.steady() + left

    @property
    def is_quiet(self) -> bool:
        """Whether there was nothing to be stopped by at the last look."""
        return self._gate is None and self._record is None

    def look(self) -> bool:
        """Look what other processes left, and say whether it is news."""
        before = self._record
        self._record = self.shared.read() if self.shared is not None else None
        return self._record != before

    def check(self, credential: Refused) -> Gate | None:
        """
        Raise the remembered refusal of a credential while its pause lasts.

        Args:
            credential: What is about to be sent.

        Returns:
            A gate whose pause is over, so that the next one is longer.
        """
        gate = self._gate_of(credential)
        left = self._seconds_left()
        if gate is not None and left > 0:
            raise gate.remembered(self._retry_at(gate, left), left)
        return gate

    def _gate_of(self, credential: Refused) -> Gate | None:
        """Return the gate that stops a credential: this source's, or a shared one."""
        mine = self._gate
        if mine is not None and not self._stops(mine, credential):
            mine = None
        if mine is not None and self._seconds_left() > 0:
            return mine
        theirs = gate_from_bytes(self._record) if self._record is not None else None
        if theirs is None or not self._stops(theirs, credential):
            return mine
        if mine is None or mine.salt != theirs.salt:
            self._hold(theirs, theirs.seconds_left(self.runtime.wall()))
        return self._gate

    def _stops(self, gate: Gate, credential: Refused) -> bool:
        """Say whether a gate stops a credential, from memory where it is known."""
        fingerprint = _fingerprint(credential, gate)
        if self._judged is None or self._judged[:2] != (gate.salt, fingerprint):
            self._judged = (gate.salt, fingerprint, gate.stops(credential))
        return self._judged[2]

    def open(
        self, failure: TokenError, credential: Refused, before: Gate | None
    ) -> TokenError:
        """
        Remember a failure, and return it with the time until which it is.

        Args:
            failure: What the server answered.

            credential: What it refused.

            before: What `check` returned.
        """
        gate = open_gate(
            failure,
            credential,
            before,
            now=self.runtime.wall(),
            chance=self.runtime.chance(),
        )
        self._hold(gate, gate.pause)
        self._judged = (gate.salt, _fingerprint(credential, gate), True)
        if self.shared is not None:
            self.shared.write(gate.to_bytes(), gate.until + _GATE_MEMORY)
        self.emit(GateOpened(until=gate.until, error=failure.error, **self.names))
        failure.retry_at = gate.until
        return failure

    def close(self) -> None:
        """Forget the refusal, since the server took the credential."""
        if self._gate is None:
            return
        self._gate = self._judged = None
        if self.shared is not None:
            self.shared.write(None, 0.0)
        self.emit(GateClosed(**self.names))


def _fingerprint(credential: Refused, gate: Gate) -> bytes:
    """Return what a credential is known by in this process, by a fast digest."""
    text = credential.known_by(gate.is_of_claims).reveal().encode()
    return hashlib.blake2b(text, key=_SALT, digest_size=16).digest()
