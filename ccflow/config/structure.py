"""From a table of TOML values to the fields of a `Profile`, each one checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

import attrs
from cattrs import ClassValidationError

from ccflow.config.cache import read_cache
from ccflow.config.converter import CONVERTER
from ccflow.config.home import with_home
from ccflow.config.limits import check_values
from ccflow.config.origin import Origin
from ccflow.config.own_providers import OwnProviders
from ccflow.config.profile import SYSTEM_STORE
from ccflow.config.profile import Profile
from ccflow.config.reference import read_secret_value
from ccflow.config.secrecy import SECRET_KEYS
from ccflow.config.secrecy import SECRET_TABLES
from ccflow.config.setting_owners import whose_setting
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem
from ccflow.errors import ProviderError
from ccflow.plugin.data_field import data_types
from ccflow.plugin.registry import find_provider
from ccflow.plugin.table_reader import TableReader
from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.secret import SecretSource


LATER: Final = frozenset({"authorization_details", "dpop"})
"""Keys of the contract that this version does not implement."""

_PATHS: Final = ("ca_file", "certificate", "tls_certificate", "tls_private_key")
# They say who a client is, so a file that somebody left here may not point at them.
_KEPT_INSIDE: Final = ("tls_certificate", "tls_private_key")
_LISTS: Final = ("scope", "resource", "api_origins")

# A setting of a provider that is not known may well look like a key.
_ALIKE: Final = 0.8


@attrs.define
class Reader:
    """
    Collects the problems of one profile while its keys are read.

    Args:
        name: The profile's name.

        origins: Where each key came from.

        default: Where the profile itself stands.

        problems: What is wrong.

        broken: The keys that those problems are about.
    """

    name: str
    origins: Mapping[str, Origin]
    default: Origin
    problems: list[Problem] = attrs.field(factory=list)
    broken: set[str] = attrs.field(factory=set)

    def origin(self, key: str) -> Origin:
        own = self.origins.get(key) or self.origins.get(key.split(".", 1)[0])
        return own or self.default

    def problem(self, key: str, message: str, hint: str | None = None) -> None:
        self.problems.append(self.origin(key).problem(key, message, hint))
        self.broken.add(key)

    @property
    def incomplete(self) -> bool:
        """Whether the profile lacks what it extends."""
        return "extends" in self.broken

    def provider(self, values: Mapping[str, Any], own: OwnProviders) -> Provider | None:
        """Find the provider that the profile names, in its own file first."""
        if self.incomplete and "provider" not in values:
            return None  # What it extends may name one.
        name = values.get("provider", "generic")
        if not isinstance(name, str):
            self.problem("provider", f"expected text, got {kind_of(name)}")
            return None
        try:
            return own.find(name) or find_provider(name, own.tables)
        except ProviderError as error:
            placed = [problem for problem in error.problems if problem.key is not None]
            if not placed:
                self.problem("provider", str(error))
            self.problems += placed
            self.broken.add("provider")
            return None

    def known_keys(
        self, values: Mapping[str, Any], provider: Provider | None
    ) -> dict[str, Any]:
        """Drop the keys that mean nothing, each with a problem."""
        settings = provider.settings if provider is not None else {}
        names = (CORE_KEYS - LATER) | settings.keys()
        known = {}
        for key, value in values.items():
            if key in LATER:
                self.problem(key, "this version of ccflow does not implement it")
                continue
            if key in names:
                known[key] = value
                continue
            near = nearest(key, names, 0.6 if provider is not None else _ALIKE)
            if provider is not None or near:
                whose = None if "provider" in values else whose_setting(key)
                self.problem(key, "unknown key", whose or near)
            else:
                known[key] = value
        return known

    def settings(self, values: dict[str, Any]) -> None:
        """Put what is no key of every profile aside, in place."""
        given = {key: values.pop(key) for key in list(values) if key not in CORE_KEYS}
        for key, value in given.items():
            if not isinstance(value, str):
                self.problem(key, f"expected text, got {kind_of(value)}")
        kept = {key: value for key, value in given.items() if key not in self.broken}
        values["settings"] = kept

    def secrets(self, values: dict[str, Any]) -> None:
        """Wrap literal secrets and read references, in place."""
        for key in [key for key in SECRET_KEYS if key in values]:
            self._secret(values, key, key)
        for table in [table for table in SECRET_TABLES if table in values]:
            members = values[table]
            if isinstance(members, Mapping):
                members = values[table] = dict(members)
                for name in list(members):
                    self._secret(members, name, f"{table}.{name}")

    def _secret(self, values: dict[str, Any], name: str, key: str) -> None:
        try:
            values[name] = _read_sources(values[name], self.origin(key), key)
        except (TypeError, ValueError) as error:
            self.problem(key, str(error))
            del values[name]

    def paths(self, values: dict[str, Any]) -> None:
        """Make paths absolute, in place."""
        for key in _PATHS:
            value = values.get(key)
            named = key != "ca_file" or value != SYSTEM_STORE
            if isinstance(value, str) and named:
                origin = self.origin(key)
                base = Path(origin.base_directory)
                try:
                    path = os.path.abspath(base / with_home(value))
                except ValueError as error:
                    self.problem(key, str(error))
                    continue
                values[key] = path
                if key in _KEPT_INSIDE and origin.discovered:
                    self._check_inside(key, Path(path), base)

    def _check_inside(self, key: str, path: Path, base: Path) -> None:
        """Refuse a file elsewhere to a profile that was only found."""
        file = self.origin(key).file
        if not path.resolve().is_relative_to(base.resolve()):
            self.problem(
                key,
                f"{file} was found, not named, so it may not use a file outside its "
                "own directory",
                f"to trust it: export CCFLOW_CONFIG={file}",
            )

    def quirks(self, values: dict[str, Any]) -> None:
        """Check the profile's quirks against the fields of `Quirks`, in place."""
        given = values.pop("quirks", {})
        if not isinstance(given, Mapping):
            self.problem("quirks", f"expected a table, got {kind_of(given)}")
            return
        reader = TableReader(prefix="quirks.")
        values["quirks"] = reader.read_fields(given, data_types(Quirks))
        for problem in reader.problems:
            self.problem(problem.key or "", problem.message, problem.hint)

    def cache(self, values: dict[str, Any]) -> None:
        """Read the cache table, in place."""
        if "cache" not in values:
            return
        origin = self.origin("cache")
        place = attrs.evolve(origin, prefix=f"{origin.prefix}cache.")
        cache, problems = read_cache(values.pop("cache"), place)
        if problems:
            self.problems += problems
            self.broken.add("cache")
        values["cache"] = cache

    def lists(self, values: dict[str, Any]) -> None:
        """Make arrays of what may be written as one text, in place."""
        for key in [key for key in _LISTS if key in values]:
            value = values[key]
            if isinstance(value, str):
                values[key] = value.split() if key == "scope" else [value]
            elif not isinstance(value, list | tuple):
                text = f"expected text or an array of text, got {kind_of(value)}"
                self.problem(key, text)
                del values[key]

    def structure(self, values: dict[str, Any]) -> Profile:
        """Make the profile; keys that do not structure are left out of it."""
        whole = {**values, "name": self.name, "origins": self.origins}
        try:
            return CONVERTER.structure(whole, Profile)
        except ClassValidationError as group:
            errors, _ = group.group_exceptions()
            for error, note in errors:
                self.problem(note.name, str(error))
            wrong = {note.name for _, note in errors}
            kept = {key: it for key, it in values.items() if key not in wrong}
            return self.structure(kept)

    def values(self, profile: Profile) -> None:
        """Check what the types do not say."""
        for problem in check_values(profile):
            self.problem(problem.key or "", problem.message, problem.hint)
        locked = profile.private_key_password is not None
        unknown = {"private_key", "tls_certificate", "extends"} & self.broken
        keys = (profile.private_key, profile.tls_certificate)
        if locked and keys == (None, None) and not unknown:
            self.problem("private_key_password", "there is no private_key")


def _read_sources(
    value: Any, origin: Origin, key: str
) -> SecretSource | tuple[SecretSource, ...]:
    """Read one secret, or where two may serve: the current one and the next."""
    if key != "client_secret" or not isinstance(value, list | tuple):
        return read_secret_value(value, origin)
    if not value:
        raise ValueError("is an empty array; expected the current secret and the next")
    return tuple(read_secret_value(each, origin) for each in value)
