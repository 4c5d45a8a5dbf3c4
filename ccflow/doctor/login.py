"""One token request, through the exchange and the guard of everybody."""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.doctor.causes import causes_of
from ccflow.doctor.check import Patient
from ccflow.doctor.clock import HeardClock
from ccflow.doctor.encoding import check_encoding
from ccflow.doctor.encoding import try_other_encoding
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import failure_of
from ccflow.engine.conversation import Conversation
from ccflow.engine.conversation import Sent
from ccflow.engine.exchange import Exchange
from ccflow.engine.fetch import Fetch
from ccflow.engine.gate import Gate
from ccflow.engine.gate import opens_gate
from ccflow.engine.guard import Guard
from ccflow.engine.runtime import Runtime
from ccflow.errors import SecretError
from ccflow.errors import TokenError
from ccflow.events import Event
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret


STEP: Final = "token"


@attrs.frozen
class Login:
    """
    Asks for a token, once.

    Args:
        patient: For whom.

        exchange: Asks.

        runtime: The clocks.

        clock: What was heard of the server's.

        try_encodings: Whether a secret that is refused is sent once more, written
            the other way.
    """

    patient: Patient
    exchange: Exchange
    runtime: Runtime
    clock: HeardClock
    try_encodings: bool

    def check(self) -> Generator[Finding, None, TokenResponse | None]:
        """Ask, unless a refusal is remembered, and tell what came."""
        guard = self._guard()
        judge = Conversation(self.exchange, self.runtime, guard)
        try:
            sent = judge.read()
            guard.look()
            before = guard.check(judge.refused(sent))
        except SecretError as error:
            yield from failure_of(STEP, error)
            return None
        except TokenError as error:
            yield from self._remembered(error)
            return None
        try:
            response = self.exchange.ask(sent.credentials[0], self._ends, fresh=True)
        except SecretError as error:
            yield from failure_of(STEP, error)
            return None
        except TokenError as error:
            yield from self._failed(error, guard, judge, sent, before)
            return None
        guard.close()
        yield Finding(STEP, "ok", f"a token of the type {response.token_type} came")
        yield from self._not_tried("not needed")
        return response

    def _failed(
        self,
        failure: TokenError,
        guard: Guard,
        judge: Conversation,
        sent: Sent,
        before: Gate | None,
    ) -> Iterator[Finding]:
        """Have a refusal remembered as a fetch would, and explain it."""
        credentials = sent.credentials
        its_fault = failure.category == "client_auth"
        # A fetch would try the other one of a pair before it gives up.
        if opens_gate(failure) and not (its_fault and len(credentials) > 1):
            refused = judge.refused(sent, minted=not its_fault)
            failure = guard.open(failure, refused, before)
        yield from failure_of(STEP, failure)
        if guard.shared is not None and failure.retry_at is not None:
            yield self._memory(failure.retry_at)
        if its_fault:
            yield from self._explain(failure, credentials)
        else:
            yield from self._not_tried("it is not about the credential")

    @property
    def _ends(self) -> float:
        return self.runtime.steady() + self.patient.profile.timeout

    def _guard(self) -> Guard:
        """Return the guard that a fetch of this profile would have."""
        it = self.patient
        names = {"profile": it.profile.name, "provider": it.provider.name}
        fetch = Fetch(it.profile, it.provider, it.plan, self.runtime, _ignore)
        try:
            share = fetch.share()
        except SecretError:
            share = None  # Of the store's own key, which was told.
        gates = share.gates() if share is not None else None
        return Guard(names, self.runtime, _ignore, gates)

    def _remembered(self, failure: TokenError) -> Iterator[Finding]:
        yield from failure_of(STEP, failure)
        if failure.category == "client_auth":
            yield from self._causes(failure)
        yield from self._not_tried("a refusal is remembered: no second login")

    def _memory(self, until: float) -> Finding:
        left = until - self.runtime.wall()
        text = f"for {left:.0f} s ccflow remembers that, and does not ask again"
        return Finding(STEP, "note", text)

    def _explain(
        self, failure: TokenError, credentials: list[Secret]
    ) -> Iterator[Finding]:
        """Say what else it may be, and try it where that is wanted."""
        if len(credentials) > 1:
            text = "there is another secret, which was not tried; a fetch tries it"
            yield Finding(STEP, "note", text)
        yield from self._causes(failure)
        if self.try_encodings:
            yield from try_other_encoding(self.exchange, credentials[0], self._ends)
        else:
            yield from check_encoding(self.exchange.plan, credentials[0])

    def _causes(self, failure: TokenError) -> Iterator[Finding]:
        provider, plan = self.patient.provider, self.exchange.plan
        return causes_of(provider, plan, failure, self.clock)

    def _not_tried(self, why: str) -> Iterator[Finding]:
        if self.try_encodings:
            yield Finding("encoding", "skipped", why)


def _ignore(event: Event) -> None:
    """The findings tell it."""
