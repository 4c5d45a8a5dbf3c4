"""The tables of a file that make one profile, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

from ccflow.config.files import ConfigFile
from ccflow.config.origin import Origin
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem


TABLES: Final = ("cache", "extra_parameters", "headers", "quirks")
"""Keys whose tables are put together by their members."""


def origin_in(file: ConfigFile, prefix: str) -> Origin:
    """Return the place of a table in a file."""
    return Origin(file.path, prefix, file.discovered, str(Path(file.path).parent))


def layers_of(
    file: ConfigFile, name: str
) -> tuple[list[tuple[Origin, Mapping[str, Any]]], list[Problem]]:
    """Return the tables that make a profile, the weakest first, and what is wrong."""
    chain, problem = _chain(file, name)
    problems = [] if problem is None else [problem]
    shared = origin_in(file, "defaults.")
    if "extends" in file.defaults:
        text = "only a profile can extend another one"
        problems.append(shared.problem("extends", text))
    layers = [
        (origin_in(file, f"profiles.{part}."), file.profiles[part]) for part in chain
    ]
    # What is extended may name another provider than the defaults do.
    hidden = {"extends", "provider"} if problems else {"extends"}
    defaults = {key: it for key, it in file.defaults.items() if key not in hidden}
    caches = (
        [] if file.cache is None else [(origin_in(file, ""), {"cache": file.cache})]
    )
    return [*caches, (shared, defaults), *reversed(layers)], problems


def _chain(file: ConfigFile, name: str) -> tuple[list[str], Problem | None]:
    """Follow ``extends`` from a profile on, as far as it goes."""
    chain: list[str] = []
    while True:
        origin = origin_in(file, f"profiles.{name}.")
        table = file.profiles[name]
        if not isinstance(table, Mapping):
            text = f"expected a table, got {kind_of(table)}"
            return chain, origin.problem(None, text)
        chain.append(name)
        above = table.get("extends")
        if above is None:
            return chain, None
        if not isinstance(above, str):
            text = "expected the name of one profile"
            return chain, origin.problem("extends", text)
        if above in chain:
            text = f"{' -> '.join([*chain, above])} turns"
            place = origin_in(file, f"profiles.{above}.")
            return chain, place.problem("extends", text)
        if above not in file.profiles:
            text = f"there is no profile {above!r} in this file"
            hint = nearest(above, file.profiles)
            return chain, origin.problem("extends", text, hint)
        name = above


def merge(
    values: dict[str, Any],
    places: dict[str, Origin],
    table: Mapping[str, Any],
    origin: Origin,
) -> None:
    """Put a layer over the ones below: tables by key, all else as a whole."""
    for key, value in table.items():
        below = values.get(key)
        if key in TABLES and isinstance(value, Mapping) and isinstance(below, Mapping):
            # The keys of one store mean nothing to another one.
            same = value.get("store", below.get("store")) == below.get("store")
            values[key] = {**below, **value} if same else value
        else:
            values[key] = value
        places[key] = origin
        if key in TABLES and isinstance(value, Mapping):
            places.update({f"{key}.{name}": origin for name in value})
