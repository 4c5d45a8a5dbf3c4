"""
The store of a plugin, held at arm's length.

What it raises is a `StoreError` here, and what it returns is what a store returns: the
rest of ccflow need not mistrust it.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from typing import TypeVar

from ccflow.plugin.registry import find_token_store
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


T = TypeVar("T")


class PluggedStore:
    """
    Does what a plugin's store does, and fails as stores fail.

    Args:
        name: What a profile calls it.

        store: The plugin's.
    """

    def __init__(self, name: str, store: TokenStore) -> None:
        self._name = name
        self._store = store

    def __repr__(self) -> str:
        return f"PluggedStore({self._name!r})"

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        found = _call(self._name, lambda: self._store.get(key))
        if found is None or _is_record(found):
            return found
        raise StoreError(f"the store {self._name!r} returned what is no record")

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        return bool(_call(self._name, lambda: self._store.put(key, record, expected)))

    @contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[bool]:
        """Hold the lock of a key; gives False where somebody kept it."""
        lock = _call(self._name, lambda: self._store.lock(key, timeout))
        held = _call(self._name, lambda: type(lock).__enter__(lock))
        try:
            yield bool(held)
        finally:
            # It need not know how the fetch ended, and has no say in that.
            _call(self._name, lambda: lock.__exit__(None, None, None))


def make_plugged(
    name: str, settings: Mapping[str, str], secrets: Mapping[str, Secret]
) -> TokenStore:
    """
    Make the store that a plugin offers under a name.

    Args:
        name: What the profile calls it.

        settings: The texts and paths that were given, by key.

        secrets: The secrets that were given, by key.

    Raises:
        StoreError: It cannot be made.

        ProviderError: The plugin cannot be used.
    """
    factory = find_token_store(name)
    texts, wrapped = dict(settings), dict(secrets)
    for key, setting in factory.settings.items():
        if setting.kind == "secret":
            wrapped.setdefault(key, Secret(setting.default or ""))
        else:
            texts.setdefault(key, setting.default or "")
    store = _call(name, lambda: factory.make(texts, wrapped))
    if not all(callable(getattr(store, it, None)) for it in ("get", "put", "lock")):
        raise StoreError(f"the store {name!r} of a plugin is none; update the plugin")
    return PluggedStore(name, store)


def _call(name: str, use: Callable[[], T]) -> T:
    """Let a plugin do something; only its own `StoreError` is told in its words."""
    try:
        return use()
    except StoreError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's function
        fault = type(error).__name__
    # Raised without what it was: its frames may hold a secret.
    raise StoreError(f"the store {name!r} failed with {fault}; ask who made its plugin")


def _is_record(found: Any) -> bool:
    """Say whether it is a record, and its fields are what they are declared to be."""
    if not isinstance(found, Record):
        return False
    fields: tuple[Any, ...] = (found.value, found.expires_at, found.version)
    kinds = (bytes, int | float, str)
    return all(isinstance(it, kind) for it, kind in zip(fields, kinds, strict=True))
