"""From a table of TOML values to a `Profile`, with every mistake found at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final
from typing import Literal
from typing import get_args
from typing import get_origin
from typing import get_type_hints

import attrs
from cattrs import BaseValidationError
from cattrs import ClassValidationError
from cattrs import Converter

from ccflow.config.cache import Cache
from ccflow.config.cache import read_cache
from ccflow.config.origin import Origin
from ccflow.config.profile import SECRET_KEYS
from ccflow.config.profile import SECRET_TABLES
from ccflow.config.profile import Profile
from ccflow.config.profile import profile_error
from ccflow.config.reference import read_secret_value
from ccflow.config.words import NOUNS
from ccflow.config.words import kind_of
from ccflow.config.words import nearest
from ccflow.errors import Problem
from ccflow.errors import ProviderError
from ccflow.plugin.registry import find_provider
from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.url import endpoint_problem
from ccflow.secret import Secret
from ccflow.secret import SecretSource


LATER: Final = frozenset(
    {"authorization_details", "dpop", "tls_certificate", "tls_private_key"}
)
"""Keys of the contract that this version does not implement."""

_PATHS: Final = ("ca_file", "certificate")
_LISTS: Final = ("scope", "resource", "api_origins")
_POSITIVE: Final = ("timeout", "default_expires_in")
_POSITIVE_QUIRKS: Final = ("assertion_lifetime", "default_expires_in")


def _check_text(value: str) -> None:
    """Refuse what cannot be sent: variables may hold bytes that are no UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("is not UTF-8 text") from None


def _strict(expected: type) -> Any:
    """Make a hook that takes a TOML type and no other."""
    accepted = (int, float) if expected is float else (expected,)

    def hook(value: Any, target: Any) -> Any:
        wrong = isinstance(value, bool) and expected is not bool
        if wrong or not isinstance(value, accepted):
            raise TypeError(f"expected {NOUNS[expected]}, got {kind_of(value)}")
        if isinstance(value, str):
            _check_text(value)
        try:
            return expected(value)
        except OverflowError:
            raise ValueError("is too large a number") from None

    return hook


def _strict_tuple(value: Any, target: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected an array of text, got {kind_of(value)}")
    wrong = [item for item in value if not isinstance(item, str)]
    if wrong:
        raise TypeError(f"expected an array of text, got {kind_of(wrong[0])} in it")
    for item in value:
        _check_text(item)
    return tuple(value)


def _strict_mapping(value: Any, target: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a table, got {kind_of(value)}")
    item_type = get_args(target)[1]
    for name, item in value.items():
        if item_type is str and not isinstance(item, str):
            raise TypeError(f"expected text for {name!r}, got {kind_of(item)}")
    return dict(value)


def _one_of(value: Any, target: Any) -> Any:
    choices = get_args(target)
    if value not in choices:
        names = ", ".join(map(repr, choices))
        raise ValueError(f"expected one of {names}, got {value!r}")
    return value


def _kept(value: Any, target: Any) -> Any:
    return value


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for scalar in (str, bool, int, float):
        converter.register_structure_hook(scalar, _strict(scalar))

    def is_a(origin: object) -> Callable[[Any], bool]:
        return lambda target: get_origin(target) is origin

    converter.register_structure_hook_func(is_a(tuple), _strict_tuple)
    converter.register_structure_hook_func(is_a(Mapping), _strict_mapping)
    converter.register_structure_hook_func(is_a(Literal), _one_of)
    converter.register_structure_hook_func(
        lambda target: not {Secret, Cache}.isdisjoint(get_args(target)), _kept
    )
    return converter


_CONVERTER: Final = _make_converter()
_QUIRK_TYPES: Final = get_type_hints(Quirks)


@attrs.define
class _Reader:
    """Collects the problems of one profile while its keys are read."""

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
        self.broken.add(key.split(".", 1)[0])

    def provider(self, values: Mapping[str, Any]) -> Provider | None:
        """Find the provider that the profile names."""
        name = values.get("provider", "generic")
        if not isinstance(name, str):
            self.problem("provider", f"expected text, got {kind_of(name)}")
            return None
        try:
            return find_provider(name)
        except ProviderError as error:
            self.problem("provider", str(error))
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
            elif key in names:
                known[key] = value
            elif provider is not None:
                self.problem(key, "unknown key", nearest(key, names))
        return known

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
            if isinstance(value, str):
                base = Path(self.origin(key).base_directory)
                values[key] = os.path.abspath(base / Path(value).expanduser())

    def quirks(self, values: dict[str, Any]) -> None:
        """Check the profile's quirks against the fields of `Quirks`, in place."""
        given = values.pop("quirks", {})
        if not isinstance(given, Mapping):
            self.problem("quirks", f"expected a table, got {kind_of(given)}")
            return
        checked = {}
        for name, value in given.items():
            key = f"quirks.{name}"
            if name not in _QUIRK_TYPES:
                self.problem(key, "unknown quirk", nearest(name, _QUIRK_TYPES))
                continue
            try:
                checked[name] = _CONVERTER.structure(value, _QUIRK_TYPES[name])
            except (TypeError, ValueError, BaseValidationError) as error:
                self.problem(key, str(error))
        values["quirks"] = checked

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

    def structure(self, values: dict[str, Any]) -> Profile:
        """Make the profile; keys that do not structure are left out of it."""
        whole = {**values, "name": self.name, "origins": self.origins}
        try:
            return _CONVERTER.structure(whole, Profile)
        except ClassValidationError as group:
            errors, _ = group.group_exceptions()
            for error, note in errors:
                self.problem(note.name, str(error))
            kept = {key: values[key] for key in values.keys() - self.broken}
            return self.structure(kept)

    def ranges(self, profile: Profile) -> None:
        """Check what the types do not say."""
        for key in _POSITIVE:
            value = getattr(profile, key)
            if value is not None and not 0 < value < float("inf"):
                self.problem(key, f"expected seconds above zero, got {value}")
        for name in _POSITIVE_QUIRKS:
            value = profile.quirks.get(name, 1)
            if not 0 < value < float("inf"):
                self.problem(
                    f"quirks.{name}", f"expected seconds above zero, got {value}"
                )
        for origin in profile.api_origins or ():
            if (
                endpoint_problem(origin)
                or origin.rstrip("/").count("/") != 2
                or ("?" in origin)
            ):
                self.problem(
                    "api_origins",
                    f"{origin!r} is not an origin",
                    "write scheme and host, for example https://api.example.com",
                )
        if profile.proxy and (profile.token_endpoint or "").lower().startswith("http:"):
            self.problem(
                "proxy",
                "would get the secret in clear, since token_endpoint is plain http",
                "take one of them out",
            )
        if profile.private_key_password is not None and profile.private_key is None:
            if "private_key" not in self.broken:
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


def _as_lists(values: dict[str, Any]) -> None:
    for key in _LISTS:
        if isinstance(values.get(key), str):
            text = values[key]
            values[key] = text.split() if key == "scope" else [text]


def structure_profile(
    name: str,
    values: Mapping[str, Any],
    origins: Mapping[str, Origin],
    default: Origin,
    problems: Iterable[Problem] = (),
    broken: Collection[str] = (),
) -> Profile:
    """
    Make a profile of merged values.

    Args:
        name: The profile's name.

        values: The merged keys and values.

        origins: Where each key came from.

        default: Where the profile itself stands.

        problems: What is known to be wrong already; reported with the rest.

        broken: The keys that those problems are about.

    Raises:
        ProfileError: Some of it cannot work; all of the problems at once.
    """
    places = {**origins, "": default}
    reader = _Reader(name, places, default, [*problems], {*broken})
    provider = reader.provider(values)
    known = reader.known_keys(values, provider)
    reader.secrets(known)
    reader.paths(known)
    reader.quirks(known)
    reader.cache(known)
    _as_lists(known)
    known.pop("extends", None)
    if not isinstance(known.get("provider", ""), str):
        del known["provider"]  # it was told when the provider was looked for
    settings = {key: known.pop(key) for key in list(known) if key not in CORE_KEYS}
    known["settings"] = {
        key: value for key, value in settings.items() if isinstance(value, str)
    }
    for key in settings.keys() - known["settings"].keys():
        reader.problem(key, f"expected text, got {kind_of(settings[key])}")
    profile = reader.structure(known)
    reader.ranges(profile)
    # Without what it extends, nobody knows what is missing.
    if provider is not None and "extends" not in reader.broken:
        reader.problems += profile.find_problems(provider, reader.broken)
    if reader.problems:
        shown = profile.provider if provider is not None else None
        raise profile_error(name, shown, reader.problems)
    return profile
