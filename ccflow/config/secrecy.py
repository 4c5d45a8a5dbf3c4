"""What of a profile is secret."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

from ccflow.secret import Secret
from ccflow.secret import SecretSource


if TYPE_CHECKING:
    from ccflow.config.profile import Profile


SECRET_KEYS: Final = (
    "client_secret",
    "private_key",
    "private_key_password",
    "client_assertion",
    "proxy",
)
"""Keys whose value is a secret or a reference to one."""

SECRET_TABLES: Final = ("headers", "extra_parameters")
"""Tables whose values are."""

# Which keys of a cache are secret, its store says: all but the name of that may be.
_PLAIN: Final[Mapping[str, Collection[str]]] = {
    **dict.fromkeys(SECRET_TABLES, ()),
    "cache": ("store",),
}


def wrap_literals(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a profile, or of a file, with its literal secrets wrapped."""

    def wrap(value: Any) -> Any:
        if isinstance(value, list):
            return [wrap(item) for item in value]
        return Secret(value) if isinstance(value, str) and value else value

    wrapped = dict(values)
    for key in SECRET_KEYS:
        if key in wrapped:
            wrapped[key] = wrap(wrapped[key])
    for table, plain in _PLAIN.items():
        if isinstance(members := wrapped.get(table), Mapping):
            wrapped[table] = {
                name: value if name in plain else wrap(value)
                for name, value in members.items()
            }
    return wrapped


def sources_of(profile: Profile) -> Iterator[tuple[str, SecretSource]]:
    """Give every secret that a profile has, by its key."""
    for key in SECRET_KEYS:
        given: SecretSource | tuple[SecretSource, ...] | None = getattr(profile, key)
        sources = given if isinstance(given, tuple) else (given,)
        for number, source in enumerate(sources):
            if source is not None:
                yield f"{key}[{number}]" if number else key, source
    for table in SECRET_TABLES:
        members: Mapping[str, SecretSource] = getattr(profile, table)
        for name, member in members.items():
            yield f"{table}.{name}", member
    if profile.cache is not None:
        for name, kept in profile.cache.secrets.items():
            yield f"cache.{name}", kept


def key_of(source: str) -> str:
    """Return the key of a profile that a secret stands under; both of a pair do."""
    return source if "." in source else source.partition("[")[0]
