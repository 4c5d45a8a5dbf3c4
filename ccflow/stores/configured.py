"""
The store that a profile names, made when it is first used.

Its secrets are read then, and read again when they turn out to be of yesterday: a
password that was changed costs nobody a restart.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from typing import Final
from typing import TypeVar

import attrs

from ccflow.config.cache import Cache
from ccflow.errors import ConfigError
from ccflow.secret import Secret
from ccflow.secrets import read_secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore
from ccflow.stores import make_store


T = TypeVar("T")

# What failed slowly is left alone for so many times as long: a fetch uses its store
# four times, and must not wait four times for a key that cannot be read.
_PATIENCE: Final = 10.0
_SLOW: Final = 0.5


@attrs.frozen
class _Made:
    """A store, and what it was made with."""

    store: TokenStore
    secrets: dict[str, Secret]


class ConfiguredStore:
    """
    Makes the store that a profile names, and makes it anew when a secret changed.

    Args:
        cache: What the profile says of it.

        steady: A clock that nobody sets.
    """

    def __init__(
        self, cache: Cache, *, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._steady = steady
        self._made: _Made | None = None
        self._failed: tuple[float, str] = (-math.inf, "")

    def __repr__(self) -> str:
        return f"ConfiguredStore({self._cache.store!r})"

    def __reduce__(self) -> tuple[type[ConfiguredStore], tuple[Cache]]:
        return ConfiguredStore, (self._cache,)

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        return self._use(lambda store: store.get(key))

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        return self._use(lambda store: store.put(key, record, expected))

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold a lock while a token is fetched."""
        with ExitStack() as stack:
            yield self._use(lambda store: stack.enter_context(store.lock(key, timeout)))

    def _use(self, use: Callable[[TokenStore], T]) -> T:
        made = self._current()
        try:
            return use(made.store)
        except StoreError as error:
            renewed = self._renewed(made) if error.reread_secrets else None
            if renewed is None:
                raise
        return use(renewed.store)

    def _current(self) -> _Made:
        """Return the store; that it cannot be made is not remembered for long."""
        if self._made is None:
            until, problem = self._failed
            began = self._steady()
            if began < until:
                raise StoreError(problem)
            try:
                self._made = self._make(self._read())
            except (ConfigError, StoreError) as error:
                problem = str(error)
                ended = self._steady()
                took = ended - began
                # What fails at once may be asked again at once.
                wait = _PATIENCE * took if took > _SLOW else 0.0
                self._failed = (ended + wait, problem)
                raise StoreError(problem) from None
        return self._made

    def _renewed(self, outdated: _Made) -> _Made | None:
        """Return a store with the secrets of now, or None where none changed."""
        if self._made is outdated:
            try:
                secrets = self._read()
            except ConfigError:
                return None
            if secrets == outdated.secrets:
                return None
            self._made = self._make(secrets)
        return self._made

    def _read(self) -> dict[str, Secret]:
        return {
            key: read_secret(source, f"cache.{key}")
            for key, source in self._cache.secrets.items()
        }

    def _make(self, secrets: dict[str, Secret]) -> _Made:
        cache = self._cache
        texts = {
            key: value
            for key, value in cache.settings.items()
            if isinstance(value, str)
        }
        store = make_store(cache.store, texts, secrets)
        if store is None:
            raise StoreError(f"there is no store {cache.store!r}")
        return _Made(store, secrets)
