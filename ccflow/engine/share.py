"""
One token for many processes: looks in a store, and locks it while one of them asks.

A store is a convenience. Whatever goes wrong with it costs the sharing, is told once
in an event, and never keeps a token from a caller while the server answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from typing import TypeVar

import attrs

from ccflow.engine.freshness import Moment
from ccflow.engine.process import Runtime
from ccflow.engine.record import StoredToken
from ccflow.engine.record import from_record
from ccflow.engine.record import to_record
from ccflow.events import Event
from ccflow.events import StoreDegraded
from ccflow.protocol.response import TokenResponse
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


T = TypeVar("T")

# Half of the deadline waits for whoever holds the lock; half is left to ask.
_LOCK_SHARE: Final = 0.5


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
    _degraded: bool = False

    def fetch(
        self,
        ask: Callable[[], TokenResponse],
        held: Moment | None,
        refused: str | None,
    ) -> Fetched:
        """
        Return a stored token that is good enough, or ask while holding the lock.

        Args:
            ask: Asks the server.

            held: When the held token was asked for; only a younger one will do.

            refused: A token that an API refused, which will not do.
        """
        found, record = self._look(held, refused)
        if found is not None:
            return found
        with self._lock():
            found, record = self._look(held, refused)
            if found is not None:
                return found
            asked = self.runtime.moment()
            response = ask()
            self._save(response, asked, record)
            return Fetched(response, asked)

    def _look(
        self, held: Moment | None, refused: str | None
    ) -> tuple[Fetched | None, Record | None]:
        record = self._try(lambda: self.store.get(self.key))
        stored = from_record(record) if record is not None else None
        if stored is None or stored.response.access_token.reveal() == refused:
            return None, record
        fetched = self._adopt(stored, held)
        return fetched, record

    def _adopt(self, stored: StoredToken, held: Moment | None) -> Fetched | None:
        now = self.runtime.moment()
        asked = stored.moment(now)
        lifetime = stored.response.expires_in or self.default_expires_in
        if now.seconds_since(asked) >= lifetime:
            return None
        # A second of grace: the wall times of two processes are compared here.
        if held is not None and stored.asked <= held.wall + 1:
            return None
        return Fetched(stored.response, asked, adopted=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        manager = self._try(
            lambda: self.store.lock(self.key, self.timeout * _LOCK_SHARE)
        )
        entered = manager is not None and self._try(manager.__enter__) is not None
        try:
            yield
        finally:
            if manager is not None and entered:
                self._try(lambda: manager.__exit__(None, None, None))

    def _save(
        self, response: TokenResponse, asked: Moment, expected: Record | None
    ) -> None:
        kept_for = response.expires_in or self.default_expires_in
        record = to_record(response, asked.wall, kept_for)
        self._try(lambda: self.store.put(self.key, record, expected))

    def _try(self, use: Callable[[], T]) -> T | None:
        """Use the store; a failure is told once, until it works again."""
        reason = None
        try:
            result = use()
        except StoreError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - a plugin's store
            reason = f"{type(error).__name__} in the store"
        if reason is None:
            self._degraded = False
            return result
        if not self._degraded:
            self._degraded = True
            self.emit(StoreDegraded(reason=reason, **self.names))
        return None

    def gates(self) -> SharedGate:
        """Return where the gates of this source are shared."""
        return SharedGate(self)


@attrs.frozen
class SharedGate:
    """The gate record beside the token's."""

    _share: Share

    @property
    def _key(self) -> str:
        return hashlib.sha256(f"{self._share.key} gate".encode()).hexdigest()

    def read(self) -> bytes | None:
        """Return the record, or None."""
        share = self._share
        record = share._try(lambda: share.store.get(self._key))  # noqa: SLF001
        return record.value if record is not None else None

    def write(self, value: bytes | None, until: float) -> None:
        """Replace the record; None forgets it."""
        share = self._share

        def replace() -> bool:
            before = share.store.get(self._key)
            record = None if value is None else Record(value, until)
            return share.store.put(self._key, record, before)

        share._try(replace)  # noqa: SLF001
