"""From a name to a profile: which file it is in, and what is merged into it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from typing import Any

from ccflow.config.draft import Draft
from ccflow.config.draft import make_draft
from ccflow.config.environment import profile_names
from ccflow.config.environment import read_variables
from ccflow.config.files import ConfigFile
from ccflow.config.files import find_files
from ccflow.config.layers import layers_of
from ccflow.config.layers import merge
from ccflow.config.layers import origin_in
from ccflow.config.origin import Origin
from ccflow.config.own_providers import OwnProviders
from ccflow.config.profile import Profile
from ccflow.config.words import NAME
from ccflow.config.words import NAME_HINT
from ccflow.config.words import nearest
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import ProfileError


Config = str | os.PathLike[str] | None


def _name_problems(files: list[ConfigFile]) -> Iterator[Problem]:
    """Find names that are no names, and two that are hard to tell apart."""
    seen: dict[str, tuple[str, str]] = {}
    for file in files:
        for name in file.profiles:
            key = f"profiles.{name}"
            if not NAME.fullmatch(name):
                text = "is not a name for a profile"
                yield Problem(text, file.path, key, NAME_HINT)
            plain = name.replace("_", "-")
            other, place = seen.setdefault(plain, (name, file.path))
            if (other, place) != (name, file.path):
                same = "the name" if other == name else f"almost the name {other!r}"
                text = f"{same} is taken in {place}"
                yield Problem(text, file.path, key, "rename one")


def _file_problems(files: list[ConfigFile]) -> list[Problem]:
    """Return what is wrong with the files, whatever profile is asked for."""
    own = [problem for file in files for problem in file.problems]
    return [*own, *_name_problems(files)]


def _names(files: list[ConfigFile]) -> list[str]:
    names = {name for file in files for name in file.profiles}
    plain = {name.replace("_", "-") for name in names}
    return sorted(names | (profile_names(os.environ) - plain))


def list_profiles(config: Config = None) -> list[str]:
    """
    Return the names of all profiles, sorted.

    Raises:
        ProfileError: A file cannot be read, or names clash.
    """
    files = find_files(config, os.environ)
    if problems := _file_problems(files):
        many = "the profiles cannot be listed:" if len(problems) > 1 else ""
        raise ProfileError(many, problems)
    return _names(files)


def load_profile(name: str, config: Config = None) -> Profile:
    """
    Read the files and variables, and return one profile.

    Args:
        name: The name of the profile.

        config: The only file to read; None searches.

    Raises:
        ProfileError: There is none of this name, or it cannot work; all of the
            problems at once, those of the files included.

        TypeError: The name is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a profile is text, not {type(name).__name__}")
    try:
        return draft_profile(name, config).checked()
    except ConfigError as error:
        # A misspelt key hides a literal secret from those who wrap them.
        traceback.clear_frames(error.__traceback__)
        raise


def draft_profile(name: str, config: Config = None) -> Draft:
    """
    Read one profile as far as that goes.

    Raises:
        ProfileError: There is none of this name.
    """
    files = find_files(config, os.environ)
    wrong = _file_problems(files)
    file = next((file for file in files if name in file.profiles), None)
    variables, origins, problems, broken = read_variables(os.environ, name)
    if file is None and (
        not (variables or problems) or not NAME.fullmatch(name) or _twin(name, files)
    ):
        if all(file.whole for file in files):
            wrong.append(_unknown(name, files))
        many = f"the profile {name!r} cannot be used:" if len(wrong) > 1 else ""
        raise ProfileError(many, wrong, profile=name)
    values: dict[str, Any] = {}
    places: dict[str, Origin] = {}
    default = Origin(file="environment", prefix="")
    if file is not None:
        default = origin_in(file, f"profiles.{name}.")
        layers, astray = layers_of(file, name)
        if astray:
            problems, broken = [*problems, *astray], {*broken, "extends"}
        for origin, table in layers:
            merge(values, places, table, origin)
    for key, value in variables.items():
        values[key] = value
        places[key] = origins[key]
    own = file.own_providers if file is not None else OwnProviders()
    return make_draft(name, values, places, default, [*wrong, *problems], broken, own)


def _twin(name: str, files: list[ConfigFile]) -> bool:
    """Say whether a file has a profile whose name differs only in ``-`` and ``_``."""
    plain = {known.replace("_", "-") for file in files for known in file.profiles}
    return name.replace("_", "-") in plain


def _unknown(name: str, files: list[ConfigFile]) -> Problem:
    """Tell that there is no such profile, and which ones there are."""
    names = _names(files)
    hint = nearest(name, names)
    if hint is None:
        hint = (
            f"there are {', '.join(names)}"
            if names
            else "write one to ccflow.toml, or name a file with --config, config= or "
            "CCFLOW_CONFIG"
        )
    text = f"there is no profile {name!r}"
    match files:
        case []:
            return Problem(f"{text}: no file with profiles was found", hint=hint)
        case [file]:
            return Problem(text, file.path, f"profiles.{name}", hint)
        case [*_]:
            places = " and ".join(file.path for file in files)
            return Problem(f"{text} in {places}", key=f"profiles.{name}", hint=hint)
