"""The TOML files that profiles come from, and the rules for trusting one."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs

from ccflow.config.home import with_home
from ccflow.config.own_providers import OwnProviders
from ccflow.config.own_providers import reserved_problems
from ccflow.config.permissions import other_writers
from ccflow.config.secrecy import wrap_literals
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem


CONFIG_VARIABLE: Final = "CCFLOW_CONFIG"
_SECTIONS: Final = ("profiles", "defaults", "cache", "providers")
_MOST_LINKS: Final = 40


@attrs.frozen
class ConfigFile:
    """
    One file, parsed as far as it can be.

    Args:
        path: Where it is, absolute.

        discovered: Whether it was found in the working directory, not named.

        problems: What is wrong with the file itself.

        whole: Whether all of its profiles are known.

        profiles: The tables under ``[profiles]``.

        defaults: The table ``[defaults]``.

        cache: The table ``[cache]``; None where there is none.

        own_providers: What the file describes under ``[providers]``.
    """

    path: str
    discovered: bool
    problems: tuple[Problem, ...] = ()
    whole: bool = True
    profiles: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    defaults: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    cache: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    own_providers: OwnProviders = attrs.field(factory=OwnProviders)


def user_file() -> Path | None:
    """
    Return the path of ``profiles.toml`` in the user's configuration directory.

    None for a user whose home nobody knows, as in some containers.
    """
    import platformdirs

    try:
        return platformdirs.user_config_path("ccflow") / "profiles.toml"
    except (RuntimeError, KeyError):
        return None


def find_files(
    config: str | os.PathLike[str] | None, environment: Mapping[str, str]
) -> list[ConfigFile]:
    """
    Find and read the files.

    Args:
        config: The only file to read, when it is given.

        environment: The variables; ``CCFLOW_CONFIG`` names the only file too.
    """
    named = config if config is not None else environment.get(CONFIG_VARIABLE)
    if named:
        try:
            path = with_home(os.fspath(named))
        except ValueError:
            path = Path(named)  # There is none, which is told.
        return [read_file(path, discovered=False)]
    found = [(Path("ccflow.toml"), True), (user_file(), False)]
    return [
        read_file(path, discovered=discovered)
        for path, discovered in found
        if path is not None and _is_there(path)
    ]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a directory that this user may not look into
        return False


def read_file(path: Path, *, discovered: bool) -> ConfigFile:
    """
    Read a file as far as that goes.

    Args:
        path: Where it is.

        discovered: Whether it was found, not named, and has to be trustworthy.
    """
    shown = str(path.absolute())
    table, fault, hint = _read(path, discovered=discovered)
    if fault is not None:
        problem = Problem(fault, shown, hint=hint)
        return ConfigFile(shown, discovered, (problem,), whole=False)
    tables = {
        name: value for name, value in table.items() if isinstance(value, Mapping)
    }
    return ConfigFile(
        shown,
        discovered,
        tuple(_section_problems(shown, table)),
        whole="profiles" in tables or "profiles" not in table,
        profiles=tables.get("profiles", {}),
        defaults=tables.get("defaults", {}),
        cache=tables.get("cache"),
        own_providers=OwnProviders(shown, tables.get("providers", {})),
    )


def _read(
    path: Path, *, discovered: bool
) -> tuple[dict[str, Any], str | None, str | None]:
    """
    Return the table of a file with its literal secrets wrapped, or what is wrong.

    Nothing is raised from here: the frames hold the text of the file.
    """
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            hint = "rename it" if discovered else "it was named explicitly"
            return {}, what, hint
        # What is looked at is what is read, whatever is put in its place meanwhile.
        with path.open("rb") as file:
            if discovered and (why := _distrust(path, os.fstat(file.fileno()))):
                fault = f"was found, not named, and is not used: {why}"
                trust = f"to trust it: export {CONFIG_VARIABLE}={path.absolute()}"
                return {}, fault, trust
            content = file.read()
    except OSError as error:
        return {}, f"cannot be read: {error.strerror}", None
    return *_parse(content), None


def _distrust(path: Path, status: os.stat_result) -> str | None:
    """Say why a file that was found is not to be trusted, or None."""
    if not hasattr(os, "getuid"):
        return None
    trusted = {os.getuid(), 0}
    if status.st_uid not in trusted:
        return "it belongs to another user"
    if other_writers(status):
        return "others can write it"
    if any(link.st_uid not in trusted for link in _links(path)):
        return "it is a link that belongs to another user"
    return None


def _links(path: Path) -> Iterator[os.stat_result]:
    """Give the links that a path leads through, its directories aside."""
    for _ in range(_MOST_LINKS):
        status = path.lstat()
        if not stat.S_ISLNK(status.st_mode):
            return
        yield status
        path = path.parent / path.readlink()


def _parse(content: bytes) -> tuple[dict[str, Any], str | None]:
    """Return a table with its literal secrets wrapped, or what is wrong."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
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


def _section_problems(shown: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in table.items():
        if name not in _SECTIONS:
            hint = nearest(name, _SECTIONS) or "a profile is [profiles.NAME]"
            yield Problem("unknown key", shown, name, hint)
        elif not isinstance(value, Mapping):
            yield Problem(f"expected a table, got {kind_of(value)}", shown, name)
        elif name == "providers":
            yield from reserved_problems(shown, value)
