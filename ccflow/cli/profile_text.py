"""A profile as TOML and as JSON, with references for secrets and masks for literals."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import attrs
import tomli_w

from ccflow.config.cache import Cache
from ccflow.config.profile import Profile
from ccflow.secret import MASK
from ccflow.secret import Secret
from ccflow.secret import SecretReference


_NO_KEYS = frozenset({"name", "origins", "own_provider", "settings"})


def shown(value: Any) -> Any:
    """Return a value as it may be shown: a literal secret is masked."""
    match value:
        case Secret():
            return MASK
        case SecretReference():
            return dict(value.table)
        case Cache():
            return False if value == Cache() else shown(value.table)
        case Mapping():
            return {name: shown(member) for name, member in value.items()}
        case tuple() | list():
            return [shown(member) for member in value]
        case _:
            return value


def profile_values(profile: Profile) -> dict[str, Any]:
    """Return what a profile says, by key; what it leaves at its default is left out."""
    values: dict[str, Any] = {"provider": profile.provider}
    values |= profile.settings
    for field in attrs.fields(Profile):
        value = getattr(profile, field.name)
        if field.name in _NO_KEYS or field.name == "provider":
            continue
        if field.name in profile.origins or (value and value != field.default):
            values[field.name] = shown(value)
    return {key: value for key, value in values.items() if value is not None}


def toml_value(value: Any) -> str:
    """Write a value on one line."""
    match value:
        case Mapping():
            members = ", ".join(
                f"{toml_key(name)} = {toml_value(member)}"
                for name, member in value.items()
            )
            return f"{{ {members} }}" if members else "{}"
        case list():
            return f"[{', '.join(map(toml_value, value))}]"
        case _:
            return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def toml_key(name: str) -> str:
    """Write a key, in quotes where it needs them."""
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


def flat_values(profile: Profile) -> Iterator[tuple[str, Any]]:
    """Give values by key; the members of a table by dotted keys, a reference whole."""
    for key, value in profile_values(profile).items():
        if isinstance(getattr(profile, key, None), Mapping | Cache) and value:
            for name, member in value.items():
                yield f"{key}.{name}", member
        else:
            yield key, value


def value_origins(profile: Profile) -> dict[str, str]:
    """Say where each value came from, by its key or dotted key."""
    return {
        key: _place(profile, key) if _is_set(profile, key) else "the default"
        for key, _ in flat_values(profile)
    }


def _place(profile: Profile, key: str) -> str:
    origin = profile.origin(key)
    if key.startswith("cache") and origin.file is not None and not origin.prefix:
        origin = attrs.evolve(origin, prefix="cache.")
    return str(origin)


def _is_set(profile: Profile, key: str) -> bool:
    if key.startswith("cache."):
        return key in profile.origins
    return key in profile.origins or key.partition(".")[0] in profile.origins


def profile_lines(profile: Profile, *, origins: bool = True) -> Iterator[str]:
    """
    Write a profile as TOML, line by line.

    Args:
        profile: The profile.

        origins: Whether each line ends with where its value came from.
    """
    places = value_origins(profile)
    lines = []
    for key, value in flat_values(profile):
        path = ".".join(map(toml_key, key.split(".", 1)))
        lines.append((f"{path} = {toml_value(value)}", places[key]))
    width = min(max(len(line) for line, _ in lines), 60)
    yield f"[profiles.{toml_key(profile.name)}]"
    for line, place in lines:
        yield f"{line:{width}}  # {place}" if origins else line
