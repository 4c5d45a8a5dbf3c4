"""From a name to a profile: which file it is in, and what is merged into it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

from ccflow.config.environment import profile_names
from ccflow.config.environment import read_variables
from ccflow.config.files import ConfigFile
from ccflow.config.files import candidate_files
from ccflow.config.files import read_file
from ccflow.config.origin import Origin
from ccflow.config.profile import Profile
from ccflow.config.structure import structure_profile
from ccflow.config.words import NAME
from ccflow.config.words import NAME_HINT
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import ProfileError


_TABLES: Final = ("cache", "extra_parameters", "headers", "quirks")

Config = str | os.PathLike[str] | None


def _files(config: Config) -> list[ConfigFile]:
    return [
        read_file(path, discovered=discovered)
        for path, discovered in candidate_files(config, os.environ)
    ]


def _check_names(files: list[ConfigFile]) -> None:
    """Refuse names that are no names, and two that are hard to tell apart."""
    problems = []
    seen: dict[str, tuple[str, str]] = {}
    for file in files:
        for name in file.profiles:
            key = f"profiles.{name}"
            if not NAME.fullmatch(name):
                problems.append(
                    Problem(
                        "is not a name for a profile",
                        file.path,
                        key,
                        NAME_HINT,
                    )
                )
            plain = name.replace("_", "-")
            other, place = seen.setdefault(plain, (name, file.path))
            if (other, place) != (name, file.path):
                same = "the name" if other == name else f"almost the name {other!r}"
                problems.append(
                    Problem(f"{same} is taken in {place}", file.path, key, "rename one")
                )
    if problems:
        raise ProfileError("the names of the profiles cannot be used:", problems)


def list_profiles(config: Config = None) -> list[str]:
    """
    Return the names of all profiles, sorted.

    Raises:
        ProfileError: A file cannot be read, or names clash.
    """
    try:
        files = _files(config)
    except ConfigError as error:
        traceback.clear_frames(error.__traceback__)
        raise
    _check_names(files)
    names = {name for file in files for name in file.profiles}
    plain = {name.replace("_", "-") for name in names}
    return sorted(names | (profile_names(os.environ) - plain))


def load_profile(name: str, config: Config = None) -> Profile:
    """
    Read the files and variables, and return one profile.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.

    Raises:
        ProfileError: There is none of this name, or it cannot work.
    """
    try:
        return _load(name, config)
    except ConfigError as error:
        # A misspelt key hides a literal secret from those who wrap them.
        traceback.clear_frames(error.__traceback__)
        raise


def _load(name: str, config: Config) -> Profile:
    files = _files(config)
    _check_names(files)
    file = next((file for file in files if name in file.profiles), None)
    variables, origins, problems, broken = read_variables(os.environ, name)
    if file is None and (
        not (variables or problems) or not NAME.fullmatch(name) or _twin(name, files)
    ):
        raise _unknown(name, files, config)
    values: dict[str, Any] = {}
    places: dict[str, Origin] = {}
    default = Origin(file="environment", prefix="")
    if file is not None:
        default = _origin(file, f"profiles.{name}.")
        layers, problem = _layers(file, name)
        if problem is not None:
            problems, broken = [*problems, problem], {*broken, "extends"}
        for origin, table in layers:
            _merge(values, places, table, origin)
    for key, value in variables.items():
        values[key] = value
        places[key] = origins[key]
    return structure_profile(name, values, places, default, problems, broken)


def _twin(name: str, files: list[ConfigFile]) -> bool:
    """Say whether a file has a profile whose name differs only in ``-`` and ``_``."""
    plain = {known.replace("_", "-") for file in files for known in file.profiles}
    return name.replace("_", "-") in plain


def _unknown(name: str, files: list[ConfigFile], config: Config) -> ProfileError:
    names = list_profiles(config)
    hint = nearest(name, names)
    if hint is None:
        hint = (
            f"there are {', '.join(names)}"
            if names
            else "write one to ccflow.toml, or name a file with --config, config= or "
            "CCFLOW_CONFIG"
        )
    places = ", ".join(file.path for file in files)
    where = f" in {places}" if places else ": no file with profiles was found"
    return ProfileError(f"there is no profile {name!r}{where}; {hint}", profile=name)


def _origin(file: ConfigFile, prefix: str) -> Origin:
    return Origin(file.path, prefix, file.discovered, str(Path(file.path).parent))


def _layers(
    file: ConfigFile, name: str
) -> tuple[list[tuple[Origin, Mapping[str, Any]]], Problem | None]:
    """Return the tables that make a profile, the weakest first, and what is wrong."""
    defaults = _origin(file, "defaults.")
    problem = None
    if "extends" in file.defaults:
        problem = defaults.problem("extends", "only a profile can extend another one")
    chain: list[str] = []
    current: str | None = name
    while current is not None and problem is None:
        origin = _origin(file, f"profiles.{current}.")
        table = file.profiles.get(current)
        if current in chain:
            problem = origin.problem(
                "extends", f"{' -> '.join([*chain, current])} turns"
            )
        elif table is None:
            below = _origin(file, f"profiles.{chain[-1]}.")
            problem = below.problem(
                "extends",
                f"there is no profile {current!r} in this file",
                nearest(current, file.profiles),
            )
        elif not isinstance(table, Mapping):
            problem = origin.problem(None, f"expected a table, got {kind_of(table)}")
        else:
            chain.append(current)
            above = table.get("extends")
            if above is not None and not isinstance(above, str):
                problem = origin.problem("extends", "expected the name of one profile")
            current = above
    layers = [
        (_origin(file, f"profiles.{part}."), file.profiles[part])
        for part in reversed(chain)
    ]
    shared = [] if file.cache is None else [(_origin(file, ""), {"cache": file.cache})]
    return [*shared, (defaults, file.defaults), *layers], problem


def _merge(
    values: dict[str, Any],
    places: dict[str, Origin],
    table: Mapping[str, Any],
    origin: Origin,
) -> None:
    """Put a layer over the ones below: tables by key, all else as a whole."""
    for key, value in table.items():
        below = values.get(key)
        if key in _TABLES and isinstance(value, Mapping) and isinstance(below, Mapping):
            # The keys of one store mean nothing to another one.
            same = value.get("store", below.get("store")) == below.get("store")
            values[key] = {**below, **value} if same else value
        else:
            values[key] = value
        places[key] = origin
        if key in _TABLES and isinstance(value, Mapping):
            places.update({f"{key}.{name}": origin for name in value})
