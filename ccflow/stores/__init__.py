"""Where tokens are shared: nowhere, by the processes of a machine, or by a fleet."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from ccflow.config.cache import Cache
from ccflow.errors import ConfigError
from ccflow.secret import Secret
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


def make_store(
    kind: str,
    *,
    directory: str | os.PathLike[str] | None = None,
    url: Secret | None = None,
    encryption_key: Secret | None = None,
) -> TokenStore | None:
    """
    Return the store of a name; only that one is imported.

    Args:
        kind: ``memory``, ``file`` or ``redis``.

        directory: Where the file store is; None for the user's cache directory.

        url: Where the Redis server is.

        encryption_key: What records are encrypted with, if they are.

    Returns:
        The store; None for ``memory``, which a source has of its own.

    Raises:
        StoreError: There is no such store, or it lacks what it needs.
    """
    store: TokenStore
    match kind:
        case "memory":
            return None
        case "file":
            from ccflow.stores.file import FileStore

            store = FileStore(directory)
        case "redis":
            from ccflow.stores.redis import RedisStore

            if url is None:
                raise StoreError(
                    'the redis store needs its url, for example { env = "REDIS_URL" }'
                )
            store = RedisStore(url)
        case _:
            raise StoreError(
                f"expected memory, file or redis as the store, got {kind!r}"
            )
    if encryption_key is None:
        return store
    from ccflow.stores.encrypted import EncryptedStore

    return EncryptedStore(store, encryption_key)


_stores: dict[Cache, TokenStore | None] = {}


def store_for(cache: Cache) -> TokenStore | None:
    """
    Return the store of a profile's cache; profiles with the same one share it.

    Its secrets are read when it is first used, so what is wrong with it costs the
    sharing and nothing else.
    """
    if cache not in _stores:
        _stores[cache] = None if cache.store == "memory" else ConfiguredStore(cache)
    return _stores[cache]


class ConfiguredStore:
    """
    The store that a profile names, made when it is first used.

    Args:
        cache: What the profile says of it.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._made: TokenStore | None = None

    def __repr__(self) -> str:
        return f"ConfiguredStore({self._cache.store!r})"

    def __reduce__(self) -> tuple[type[ConfiguredStore], tuple[Cache]]:
        return ConfiguredStore, (self._cache,)

    def get(self, key: str) -> Record | None:
        """Return the record under a key, or None."""
        return self._store().get(key)

    def put(self, key: str, record: Record | None, expected: Record | None) -> bool:
        """Write a record if the key still holds what was read from it."""
        return self._store().put(key, record, expected)

    def lock(self, key: str, timeout: float) -> AbstractContextManager[bool]:
        """Hold a lock while a token is fetched."""
        return self._store().lock(key, timeout)

    def _store(self) -> TokenStore:
        if self._made is None:
            cache = self._cache
            try:
                made = make_store(
                    cache.store,
                    directory=cache.directory,
                    url=_read(cache.url, "url"),
                    encryption_key=_read(cache.encryption_key, "encryption_key"),
                )
            except ConfigError as error:
                raise StoreError(str(error)) from None
            if made is None:
                raise StoreError(f"there is no store {cache.store!r}")
            self._made = made
        return self._made


def _read(source: SecretSource | None, key: str) -> Secret | None:
    return None if source is None else read_secret(source, f"cache.{key}")
