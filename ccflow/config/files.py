"""The TOML files that profiles come from, and the rules for trusting one."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.config.profile import wrap_literals
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem
from ccflow.errors import ProfileError


CONFIG_VARIABLE: Final = "CCFLOW_CONFIG"
_SECTIONS: Final = ("profiles", "defaults", "cache", "providers")


@attrs.frozen
class ConfigFile:
    """
    One file, parsed.

    Args:
        path: Where it is, absolute.

        discovered: Whether it was found in the working directory, not named.

        profiles: The tables under ``[profiles]``.

        defaults: The table ``[defaults]``.

        cache: The table ``[cache]``; None where there is none.
    """

    path: str
    discovered: bool
    profiles: Mapping[str, Any] = attrs.field(repr=False)
    defaults: Mapping[str, Any] = attrs.field(repr=False)
    cache: Mapping[str, Any] | None = attrs.field(default=None, repr=False)


def user_file() -> Path:
    """Return the path of ``profiles.toml`` in the user's configuration directory."""
    import platformdirs

    return platformdirs.user_config_path("ccflow") / "profiles.toml"


def candidate_files(
    config: str | os.PathLike[str] | None, environment: Mapping[str, str]
) -> list[tuple[Path, bool]]:
    """
    Return the files to read, and whether each was found rather than named.

    Args:
        config: The only file to read, when it is given.

        environment: The variables; ``CCFLOW_CONFIG`` names the only file too.

    Raises:
        ProfileError: A file that is named is not there.
    """
    named = config if config is not None else environment.get(CONFIG_VARIABLE)
    if named:
        path = Path(named).expanduser()
        if not _is_file(path):
            what = "is no file" if path.exists() else "does not exist"
            raise ProfileError(f"{str(path)!r} {what}; it was named explicitly")
        return [(path, False)]
    found = [(Path("ccflow.toml"), True), (user_file(), False)]
    return [(path, discovered) for path, discovered in found if _is_file(path)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a directory that this user may not look into
        return False


def _trust_problem(path: Path) -> str | None:
    """Say why a file that was found is not to be trusted, or None."""
    status = path.stat()
    if not hasattr(os, "getuid"):
        return None
    if status.st_uid not in {os.getuid(), 0}:
        return "it belongs to another user"
    foreign_group = status.st_mode & stat.S_IWGRP and status.st_gid != os.getgid()
    if status.st_mode & stat.S_IWOTH or foreign_group:
        return "others can write it"
    return None


def _parse(path: Path) -> tuple[dict[str, Any], str | None]:
    """
    Return the table of a file with its literal secrets wrapped, or what is wrong.

    Nothing is raised from here: the parser's frames hold the text of the file.
    """
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return {}, f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return {}, "is not TOML: it is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        return {}, f"is not TOML: {error}"
    except (ValueError, RecursionError) as error:
        return {}, f"is not TOML that can be read: {type(error).__name__}"
    table = wrap_literals(table)
    if isinstance(table.get("defaults"), dict):
        table["defaults"] = wrap_literals(table["defaults"])
    if isinstance(profiles := table.get("profiles"), dict):
        for name, profile in profiles.items():
            if isinstance(profile, dict):
                profiles[name] = wrap_literals(profile)
    return table, None


def read_file(path: Path, *, discovered: bool) -> ConfigFile:
    """
    Parse a file and check its sections.

    Raises:
        ProfileError: It cannot be read, trusted or parsed.
    """
    shown = str(path.absolute())
    if discovered and (why := _trust_problem(path)):
        raise ProfileError(
            f"{shown} was found, not named, and is not used: {why}; "
            f"to trust it: export {CONFIG_VARIABLE}={shown}"
        )
    table, fault = _parse(path)
    if fault is not None:
        raise ProfileError(f"{shown} {fault}")
    problems = list(_section_problems(shown, table))
    if problems:
        raise ProfileError(f"{shown} cannot be used:", problems)
    return ConfigFile(
        shown,
        discovered,
        table.get("profiles", {}),
        table.get("defaults", {}),
        table.get("cache"),
    )


def _section_problems(shown: str, table: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name, value in table.items():
        if name not in _SECTIONS:
            hint = nearest(name, _SECTIONS) or "a profile is [profiles.NAME]"
            problems.append(Problem("unknown key", shown, name, hint))
        elif not isinstance(value, Mapping):
            problems.append(
                Problem(f"expected a table, got {kind_of(value)}", shown, name)
            )
        elif name == "providers":
            later = "this version of ccflow does not implement it"
            problems.append(Problem(later, shown, name))
    return problems
