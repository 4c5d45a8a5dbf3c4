"""Which files are read, and which values of theirs another one replaces?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

from ccflow.config.environment import read_variables
from ccflow.config.files import CONFIG_VARIABLE
from ccflow.config.files import ConfigFile
from ccflow.config.files import find_files
from ccflow.config.files import user_file
from ccflow.config.layers import TABLES
from ccflow.config.layers import layers_of
from ccflow.config.load import Config
from ccflow.config.origin import Origin
from ccflow.doctor.finding import Finding


_FILE: Final = "file"


def check_files(name: str, config: Config) -> Iterator[Finding]:
    """
    Say which files are read, which one is there and is not, and what is shadowed.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.
    """
    files = find_files(config, os.environ)
    named = config is not None or bool(os.environ.get(CONFIG_VARIABLE))
    for file in files:
        if not file.problems:
            yield Finding(_FILE, "ok", f"{file.path} is read: {_why(file, config)}")
    own = Path("ccflow.toml")
    if named and own.is_file() and not any(_is_same(file, own) for file in files):
        why = "--config" if config is not None else CONFIG_VARIABLE
        text = f"{own.absolute()} is there and is not read: {why} names another file"
        yield Finding(_FILE, "note", text)
    for key, below, above in _shadows(name, files):
        text = f"{key} in {below} does not count: {above} has it as well"
        yield Finding("origin", "note", text)


def _is_same(file: ConfigFile, other: Path) -> bool:
    try:
        return Path(file.path).samefile(other)
    except OSError:
        return False


def _why(file: ConfigFile, config: Config) -> str:
    if file.discovered:
        return "it is in this directory"
    if config is not None:
        return "it was named"
    if os.environ.get(CONFIG_VARIABLE):
        return f"{CONFIG_VARIABLE} names it"
    return "it is this user's own" if Path(file.path) == user_file() else "it was named"


def _shadows(
    name: str, files: list[ConfigFile]
) -> Iterator[tuple[str, Origin, Origin]]:
    """Give each key that is there twice, where it is replaced and by what."""
    seen: dict[str, Origin] = {}
    for origin, keys in _layers(name, files):
        for key in keys:
            for below in [old for old in seen if _replaces(key, old)]:
                yield below, seen.pop(below), origin
            seen[key] = origin


def _replaces(key: str, old: str) -> bool:
    """Say whether a key replaces another one: itself, or the members of a table."""
    return old == key or old.startswith(f"{key}.")


def _layers(name: str, files: list[ConfigFile]) -> Iterator[tuple[Origin, list[str]]]:
    """Give each place that says something of a profile, the weakest first."""
    for file in files:
        if name in file.profiles:
            for origin, table in layers_of(file, name)[0]:
                yield origin, list(_flat_keys(table))
    for key, origin in read_variables(os.environ, name)[1].items():
        yield origin, [key]


def _flat_keys(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key in TABLES and isinstance(value, Mapping):
            yield from (f"{key}.{member}" for member in value)
        elif key != "extends":
            yield key
