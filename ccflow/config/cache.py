"""Where tokens are shared: the table ``[cache]``, or ``cache`` in a profile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.config.origin import Origin
from ccflow.config.reference import read_secret_value
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem
from ccflow.secret import SecretSource


STORES: Final = ("memory", "file", "redis")
_KEYS: Final = ("store", "directory", "url", "encryption_key")
_SECRETS: Final = ("url", "encryption_key")


@attrs.frozen(kw_only=True)
class Cache:
    """
    Where the tokens of a profile are shared.

    Args:
        store: ``memory``, ``file`` or ``redis``.

        directory: The directory of the file store; None for the user's cache.

        url: The address of the Redis server.

        encryption_key: What records are encrypted with; None leaves them as
            they are.

    .. versionadded:: 0.1.0
    """

    store: str = "memory"
    directory: str | None = None
    url: SecretSource | None = None
    encryption_key: SecretSource | None = None


def read_cache(value: object, origin: Origin) -> tuple[Cache | None, list[Problem]]:
    """
    Read a cache table, or ``false``, which keeps tokens in memory.

    Args:
        value: What stands in the file.

        origin: Where; its prefix ends with the table's own name.

    Returns:
        The cache, or None where there are problems; and the problems.
    """
    if value is False:
        return Cache(), []
    if not isinstance(value, Mapping):
        message = f"expected a table or false, got {kind_of(value)}"
        return None, [origin.problem(None, message)]
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for key, given in value.items():
        if key not in _KEYS:
            problems.append(origin.problem(key, "unknown key", nearest(key, _KEYS)))
        elif key in _SECRETS:
            try:
                found[key] = read_secret_value(given, origin)
            except (TypeError, ValueError) as error:
                problems.append(origin.problem(key, str(error)))
        elif isinstance(given, str) and given:
            found[key] = given
        else:
            problems.append(origin.problem(key, f"expected text, got {kind_of(given)}"))
    if "directory" in found:
        found["directory"], outside = _directory(found["directory"], origin)
        problems += outside
    if not problems:
        problems += _fit(Cache(**found), value, origin)
    return (Cache(**found), []) if not problems else (None, problems)


def _directory(text: str, origin: Origin) -> tuple[str, list[Problem]]:
    """Make a path absolute; a file that was only found may not leave its directory."""
    base = Path(origin.base_directory)
    path = os.path.abspath(base / Path(text).expanduser())
    if not origin.discovered or Path(path).resolve().is_relative_to(base.resolve()):
        return path, []
    message = (
        f"{origin.file} was found, not named, so it may not use a directory outside "
        f"its own; to trust it: export CCFLOW_CONFIG={origin.file}"
    )
    return path, [origin.problem("directory", message)]


def _fit(cache: Cache, given: Mapping[str, Any], origin: Origin) -> list[Problem]:
    """Find keys that do not go together."""
    problems = []
    if cache.store not in STORES:
        hint = nearest(cache.store, STORES) or f"use one of {', '.join(STORES)}"
        text = f"there is no store {cache.store!r}"
        problems.append(origin.problem("store", text, hint))
    if cache.store == "redis" and "url" not in given:
        problems.append(
            origin.problem("url", "is missing", 'for example { env = "REDIS_URL" }')
        )
    for key, store in (("url", "redis"), ("directory", "file")):
        if key in given and cache.store in STORES and cache.store != store:
            problems.append(
                origin.problem(key, f"only the {store} store has one", "take it out")
            )
    return problems
