"""Where tokens are shared: the table ``[cache]``, or ``cache`` in a profile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.config.home import with_home
from ccflow.config.origin import Origin
from ccflow.config.reference import read_secret_value
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem
from ccflow.errors import ProviderError
from ccflow.plugin.registry import find_token_store
from ccflow.plugin.token_store import StoreSetting
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource
from ccflow.secret import as_source


Settings = Mapping[str, StoreSetting]

STORES: Final[Mapping[str, Settings]] = {
    "memory": {},
    "file": {"directory": StoreSetting("where it is", default="", kind="path")},
    "redis": {
        "url": StoreSetting(
            'rediss://, redis:// or unix://, for example { env = "REDIS_URL" }',
            kind="secret",
            pattern=r"(?s:(?:rediss?|unix)://.*)",
        )
    },
}
"""Our own stores, and what they ask for."""

_ANY: Final = "(?s:.*)"

_ALL: Final[Settings] = {
    "encryption_key": StoreSetting("what encrypts", default="", kind="secret")
}


def _copied(
    values: Mapping[str, str | SecretSource],
) -> Mapping[str, str | SecretSource]:
    return dict(values)


@attrs.frozen(kw_only=True)
class Cache:
    """
    Where the tokens of a profile are shared.

    Args:
        store: ``memory``, ``file``, ``redis``, or the name of a plugin's.

        settings: What was given of that which the store asks for, such as its
            ``directory`` or ``url``: a text, or a secret where it asks for one.

        encryption_key: What records are encrypted with; None leaves them as
            they are.

    .. versionadded:: 0.1.0
    """

    store: str = "memory"
    settings: Mapping[str, str | SecretSource] = attrs.field(
        factory=dict[str, str | SecretSource], converter=_copied, hash=False
    )
    encryption_key: SecretSource | None = attrs.field(
        default=None, converter=attrs.converters.optional(as_source)
    )

    def __attrs_post_init__(self) -> None:
        # However it is made: a password must not print.
        asked = STORES.get(self.store, {})
        for key, value in self.settings.items():
            if key in asked and asked[key].kind == "secret":
                settings = {**self.settings, key: as_source(value)}
                object.__setattr__(self, "settings", settings)

    @property
    def table(self) -> dict[str, str | SecretSource]:
        """What it says, by key."""
        table = {"store": self.store, **self.settings}
        if self.encryption_key is not None:
            table["encryption_key"] = self.encryption_key
        return table

    @property
    def secrets(self) -> dict[str, SecretSource]:
        """All that is secret in it, by key; references are not read."""
        return {
            key: value
            for key, value in self.table.items()
            if isinstance(value, Secret | SecretReference)
        }


def read_cache(value: object, origin: Origin) -> tuple[Cache | None, list[Problem]]:
    """
    Read a cache table, or ``false``, which keeps tokens in memory.

    The plugin of a store that is none of ours is imported.

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
    store = value.get("store", "memory")
    asked, problems = _settings_of(store, origin)
    found: dict[str, Any] = {}
    for key in [key for key in value if key != "store"]:
        setting = (asked if asked is not None else _every()).get(key, _ALL.get(key))
        if setting is None:
            problems += _unknown(key, asked, origin)
            continue
        try:
            found[key] = _read(value[key], setting, origin)
        except (TypeError, ValueError) as error:
            problems.append(origin.problem(key, str(error)))
    for key, setting in (asked or {}).items():
        if setting.default is None and key not in value:
            problems.append(origin.problem(key, "is missing", setting.help))
    if problems:
        return None, problems
    encryption_key = found.pop("encryption_key", None)
    return Cache(store=store, settings=found, encryption_key=encryption_key), []


def _settings_of(store: Any, origin: Origin) -> tuple[Settings | None, list[Problem]]:
    """Return what a store asks for, or None where there is no such store."""
    if not isinstance(store, str):
        message = f"expected text, got {kind_of(store)}"
        return None, [origin.problem("store", message)]
    if store in STORES:
        return STORES[store], []
    try:
        return find_token_store(store).settings, []
    except ProviderError as error:
        message, _, hint = str(error).rpartition("; ")
        return None, [origin.problem("store", message, hint)]


def _every() -> Settings:
    """Return what any store of ours asks for; what fits, the store decides."""
    return {
        key: attrs.evolve(setting, pattern=_ANY)
        for each in STORES.values()
        for key, setting in each.items()
    }


def _unknown(key: str, asked: Settings | None, origin: Origin) -> Iterator[Problem]:
    """Tell of a key that the store does not ask for."""
    owners = [name for name, settings in STORES.items() if key in settings]
    if owners:
        message = f"only the {owners[0]} store has one"
        yield origin.problem(key, message, "take it out")
        return
    near = nearest(key, {"store", *_ALL, *(asked if asked is not None else _every())})
    # What a store asks for that is not there, nobody knows.
    if asked is not None or near is not None:
        yield origin.problem(key, "unknown key", near)


def _read(given: Any, setting: StoreSetting, origin: Origin) -> str | SecretSource:
    """
    Return a value as its setting wants it.

    Raises:
        TypeError: It is something else.

        ValueError: It is nothing that the setting takes.
    """
    if setting.kind == "secret":
        source = read_secret_value(given, origin)
        literal = source.reveal() if isinstance(source, Secret) else None
        if literal is not None and not re.fullmatch(setting.pattern, literal):
            raise ValueError(f"does not fit; expected {setting.help}")
        return source
    # Every text of the table was wrapped before it was known which ones are secret.
    text = given.reveal() if isinstance(given, Secret) else given
    if not isinstance(text, str):
        raise TypeError(f"expected text, got {kind_of(text)}")
    if not text or "\0" in text:
        raise ValueError("is empty" if not text else "has a NUL character in it")
    if setting.kind == "path":
        return _path(text, origin)
    if not re.fullmatch(setting.pattern, text):
        raise ValueError(f"{text!r} does not fit; expected {setting.help}")
    return text


def _path(text: str, origin: Origin) -> str:
    """Make a path absolute; a file that was only found may not leave its directory."""
    base = Path(origin.base_directory)
    path = os.path.abspath(base / with_home(text))
    if not origin.discovered or Path(path).resolve().is_relative_to(base.resolve()):
        return path
    raise ValueError(
        f"{origin.file} was found, not named, so it may not use a directory outside "
        f"its own; to trust it: export CCFLOW_CONFIG={origin.file}"
    )
