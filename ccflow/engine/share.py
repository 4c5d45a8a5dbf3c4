"""
One token for many processes: looks in a store, and locks it while one of them asks.

A store is a convenience. Whatever goes wrong with it costs the sharing, is told once
in an event, and never keeps a token from a caller while the server answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Final
from typing import Protocol
from typing import TypeVar

import attrs

from ccflow.engine.deadline import Deadline
from ccflow.engine.freshness import Moment
from ccflow.engine.gate import Gate
from ccflow.engine.gate import gate_from_bytes
from ccflow.engine.record import StoredToken
from ccflow.engine.record import from_record
from ccflow.engine.record import to_record
from ccflow.engine.refused_token import RefusedToken
from ccflow.engine.runtime import Runtime
from ccflow.engine.visit import STORE_SHARE
from ccflow.engine.visit import VISIT
from ccflow.engine.visit import Visit
from ccflow.engine.visit import visiting
from ccflow.events import Event
from ccflow.events import StoreDegraded
from ccflow.protocol.response import TokenResponse
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


T = TypeVar("T")

# How often somebody else's refusal is looked at before asking all the same.
_PATIENCE: Final = 4
# A token from further in the future says that a clock was set, or is wrong: nobody
# knows how old it is. Below that it may be used so much longer than it lives.
_CLOCK_SPREAD: Final = 5.0
# What is younger than the held token by a smaller share of its life is no renewal.
_YOUNGER_SHARE: Final = 0.05


@attrs.frozen
class Fetched:
    """
    A token and where it is from.

    Args:
        response: What the server told.

        asked: When it was asked for.

        adopted: Whether another process had asked.
    """

    response: TokenResponse
    asked: Moment
    adopted: bool = False


class Asker(Protocol):
    """Asks the server, unless it is known what it would say."""

    def check(self) -> None:
        """Raise a remembered refusal, if there is one."""
        ...

    def has_news(self) -> bool:
        """Say whether another process was refused since the last check."""
        ...

    def __call__(self, deadline: Deadline) -> Fetched:
        """Ask, in that time."""
        ...


@attrs.define
class Share:
    """
    A source's view of a store.

    Args:
        store: Where records are kept.

        key: The key of this source's token.

        names: The profile and provider, for events.

        timeout: Seconds that a fetch may take in all.

        default_expires_in: Seconds to keep a token of unknown lifetime.

        runtime: The clocks.

        emit: Takes events.
    """

    store: TokenStore
    key: str
    names: dict[str, str]
    timeout: float
    default_expires_in: float
    runtime: Runtime
    emit: Callable[[Event], None]
    # What fails, and why.
    _failing: dict[str, str] = attrs.field(factory=dict)

    def fetch(
        self,
        asker: Asker,
        deadline: Deadline,
        held: Moment | None,
        refused: RefusedToken | None,
    ) -> Fetched:
        """
        Return a stored token that is good enough, or ask while holding the lock.

        Args:
            asker: Asks the server.

            deadline: When all must be over.

            held: When the held token was asked for; only a younger one will do.

            refused: A token that an API refused; it and older ones will not do.

        Raises:
            SecretError: A credential cannot be read.

            TokenError: No token came, or a refusal is remembered.
        """
        answer = deadline.for_answer(self.runtime.steady())
        allowance = min(self.timeout * STORE_SHARE, answer)
        visit = Visit(self.store, allowance, deadline.ends, self.runtime.steady)
        with visiting(visit):
            return self._fetch(asker, deadline, held, refused)

    def _fetch(
        self,
        asker: Asker,
        deadline: Deadline,
        held: Moment | None,
        refused: RefusedToken | None,
    ) -> Fetched:
        found, _ = self._look(held, refused)
        if found is not None:
            return found
        patience = _PATIENCE
        while True:
            # Not under the lock: it is slow, and fifty may wait for their turn.
            asker.check()
            with self._lock(deadline):
                found, record = self._look(held, refused)
                if found is not None:
                    return found
                patience -= 1
                if patience and asker.has_news():
                    continue
                fetched = asker(deadline)
                self._save(fetched, record)
                return fetched

    def _look(
        self, held: Moment | None, refused: RefusedToken | None
    ) -> tuple[Fetched | None, Record | None]:
        record = self.attempt("get", lambda: self.store.get(self.key))
        stored = from_record(record) if record is not None else None
        fetched = self._adopt(stored, held) if stored is not None else None
        if fetched is None or refused is None:
            return fetched, record
        barred = refused.bars(fetched.response.access_token, fetched.asked)
        return None if barred else fetched, record

    def _adopt(self, stored: StoredToken, held: Moment | None) -> Fetched | None:
        now = self.runtime.moment()
        asked = stored.moment(now)
        lifetime = stored.response.expires_in or self.default_expires_in
        if now.seconds_since(asked) >= lifetime:
            return None
        spread = min(_CLOCK_SPREAD, lifetime * _YOUNGER_SHARE)
        if stored.asked - now.wall > spread:
            return None
        # A second of grace: the wall times of two processes are compared here.
        younger = max(1.0, lifetime * _YOUNGER_SHARE)
        if held is not None and stored.asked <= held.wall + younger:
            return None
        return Fetched(stored.response, asked, adopted=True)

    @contextmanager
    def _lock(self, deadline: Deadline) -> Iterator[None]:
        seconds = deadline.for_lock(self.runtime.steady())

        def enter() -> AbstractContextManager[bool]:
            manager = self.store.lock(self.key, seconds)
            manager.__enter__()
            return manager

        def leave(manager: AbstractContextManager[bool]) -> None:
            manager.__exit__(None, None, None)

        manager = self.attempt("lock", enter, extra=seconds, undo=leave)
        try:
            yield
        finally:
            if manager is not None:
                self.attempt("unlock", lambda: leave(manager), late=True)

    def _save(self, fetched: Fetched, expected: Record | None) -> None:
        response = fetched.response
        kept_for = response.expires_in or self.default_expires_in

        def put() -> bool:
            record = to_record(response, fetched.asked.wall, kept_for)
            return self.store.put(self.key, record, expected)

        self.attempt("put", put)

    def attempt(
        self,
        step: str,
        use: Callable[[], T],
        *,
        extra: float = 0.0,
        undo: Callable[[T], object] = lambda _: None,
        late: bool = False,
    ) -> T | None:
        """
        Use the store; why it fails is told once, until what failed works again.

        Args:
            step: What is done, and with which record: a full disk can still be read
                from, and a record that is broken leaves the others whole.

            use: Does it; `Visit.do` says what may be said about it.

            extra: Seconds that it may wait for others.

            undo: Takes back what comes too late.

            late: Whether to do it however late.

        Returns:
            What the store gave, or None where it failed.
        """
        visit = VISIT.get()
        try:
            if visit is None:
                result = use()
            else:
                result = visit.do(use, extra=extra, undo=undo, late=late)
        except StoreError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - a plugin's store
            reason = f"{type(error).__name__} in the store"
        else:
            self._failing.pop(step, None)
            return result
        told = step in self._failing or reason in self._failing.values()
        self._failing[step] = reason
        if not told:
            self.emit(StoreDegraded(reason=reason, **self.names))
        return None

    def stored(self) -> tuple[StoredToken | None, Gate | None]:
        """
        Return the token and the gate that the store has, for who only looks.

        Raises:
            StoreError: The store cannot be used.
        """
        token = self.store.get(self.key)
        gate = self.store.get(self.gate_key)
        return (
            from_record(token) if token is not None else None,
            gate_from_bytes(gate.value) if gate is not None else None,
        )

    @property
    def gate_key(self) -> str:
        """The key of the gate record beside the token's."""
        return hashlib.sha256(f"{self.key} gate".encode()).hexdigest()

    def gates(self) -> SharedGate:
        """Return where the gates of this source are shared."""
        return SharedGate(self)


@attrs.frozen
class SharedGate:
    """The gate record beside the token's."""

    _share: Share

    def read(self) -> bytes | None:
        """Return the record, or None."""
        share = self._share

        def get() -> bytes | None:
            record = share.store.get(share.gate_key)
            return record.value if record is not None else None

        return share.attempt("get gate", get)

    def write(self, value: bytes | None, until: float) -> None:
        """Replace the record; None forgets it."""
        share = self._share
        # Two steps: what is read late must not be written over what came since.
        before = share.attempt("get gate", lambda: share.store.get(share.gate_key))
        record = None if value is None else Record(value, until)
        share.attempt(
            "put gate", lambda: share.store.put(share.gate_key, record, before)
        )
