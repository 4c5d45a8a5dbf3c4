"""Where tokens are shared: nowhere, by the processes of a machine, or by a fleet."""

from __future__ import annotations

from collections.abc import Mapping

from ccflow.config.cache import Cache
from ccflow.fork_wait import fork_waits
from ccflow.secret import Secret
from ccflow.store import TokenStore


def make_store(
    kind: str,
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, Secret] | None = None,
) -> TokenStore | None:
    """
    Return the store of a name; only that one is imported.

    Args:
        kind: ``memory``, ``file``, ``redis``, or the name of a plugin's.

        settings: Its texts and paths, by key.

        secrets: Its secrets, by key; with an ``encryption_key`` among them what it
            keeps is encrypted.

    Returns:
        The store; None for ``memory``, which a source has of its own.

    Raises:
        StoreError: It lacks what it needs, or refuses what it was given.

        ProviderError: There is no such store, or its plugin cannot be used.
    """
    texts, given = dict(settings or {}), dict(secrets or {})
    encryption_key = given.pop("encryption_key", None)
    store: TokenStore
    match kind:
        case "memory":
            return None
        case "file":
            with fork_waits():
                from ccflow.stores.file import FileStore

            store = FileStore(texts.get("directory"))
        case "redis":
            with fork_waits():
                from ccflow.stores.redis import RedisStore

            store = RedisStore(given.get("url", Secret("")))
        case _:
            with fork_waits():
                from ccflow.stores.plugged import make_plugged

            store = make_plugged(kind, texts, given)
    if encryption_key is None:
        return store
    with fork_waits():
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
        with fork_waits():
            from ccflow.stores.configured import ConfiguredStore

        _stores[cache] = None if cache.store == "memory" else ConfiguredStore(cache)
    return _stores[cache]
