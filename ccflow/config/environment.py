"""
Variables that set single keys: ``CCFLOW_BILLING_EU__CLIENT_ID``.

The name of the profile is in upper case with ``-`` written as ``_``; two
underscores stand before the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.config.origin import Origin
from ccflow.config.secrecy import SECRET_KEYS
from ccflow.errors import Problem
from ccflow.protocol.provider import CORE_KEYS


_VARIABLE: Final = re.compile(r"CCFLOW_([A-Z0-9]+(?:_[A-Z0-9]+)*)__([A-Z0-9_]+)")
_TABLES: Final = frozenset({"cache", "extra_parameters", "headers", "quirks"})
_UNSET: Final = _TABLES | {"extends"}
_LISTS: Final = frozenset({"api_origins", "resource", "scope"})
_VALUES: Final = frozenset(
    {
        "api_origins",
        "default_expires_in",
        "default_scope",
        "dpop",
        "require_scope",
        "resource",
        "scope",
        "timeout",
    }
)
"""Keys whose value is not text; their variable holds one TOML value."""


def profile_names(environment: Mapping[str, str]) -> set[str]:
    """Return the profiles that variables speak of, written with dashes."""
    found = map(_VARIABLE.fullmatch, environment)
    return {match[1].lower().replace("_", "-") for match in found if match}


def _variables(environment: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    wanted = name.upper().replace("-", "_")
    for variable in sorted(environment):
        match = _VARIABLE.fullmatch(variable)
        if match and match[1] == wanted:
            yield variable, match[2].lower()


def _read_value(key: str, text: str) -> Any:
    """Read a TOML value; one that is none is text, as ``scope`` may be."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    if table.keys() != {"value"}:  # a line break, and more behind it
        return text
    value = table["value"]
    # A scope may be called "2024" or "true".
    return value if key not in _LISTS or isinstance(value, str | list) else text


def _misuse(key: str, plain: str) -> str | None:
    """Say why no variable can set a key, or not from a file; or None."""
    if plain in _UNSET:
        what = "a table" if plain in _TABLES else f"{plain!r}"
        return f"{what} cannot be set by a variable"
    if key != plain and plain in CORE_KEYS and plain not in SECRET_KEYS:
        return f"{plain} is no secret key, so it has no _FILE"
    return None


def read_variables(
    environment: Mapping[str, str], name: str
) -> tuple[dict[str, Any], dict[str, Origin], list[Problem], Collection[str]]:
    """
    Return what variables say of a profile.

    A secret is not read here: its variable becomes a reference, so that it is
    read at each fetch like any other.

    Returns:
        The values by key, where each came from, the problems, and the keys that
        those are about.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    problems: list[Problem] = []
    broken: set[str] = set()
    for variable, key in _variables(environment, name):
        plain = key if key in CORE_KEYS else key.removesuffix("_file")
        if fault := _misuse(key, plain):
            problems.append(Problem(fault, "environment", variable))
            broken.add(plain)
            continue
        name_of, value = key, environment[variable]
        if key in SECRET_KEYS:
            values[key] = {"env": variable}
        elif plain in SECRET_KEYS:
            name_of = plain
            if plain in values:
                other = variable.removesuffix("_FILE")
                problems.append(
                    Problem(f"{other} is set as well", "environment", variable)
                )
            values[plain] = {"file": value}
        else:
            values[key] = _read_value(key, value) if key in _VALUES else value
        origins[name_of] = Origin(file="environment", prefix=f"{variable}: ")
    return values, origins, problems, broken
