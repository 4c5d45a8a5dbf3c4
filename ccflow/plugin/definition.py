"""
A provider as data: what a TOML table says, as the value that Python makes.

The keys are the fields of `Provider`, but for the functions and the name, which
stands before the table. One key is TOML's own: ``instead`` says what to use where a
kind of server has no client credentials grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import ProviderError
from ccflow.plugin.data_field import data_types
from ccflow.plugin.definition_check import NAMED
from ccflow.plugin.definition_check import check_definition
from ccflow.plugin.table_reader import TableReader
from ccflow.protocol.provider import Provider
from ccflow.protocol.template import Setting


REQUIRED: Final = ("token_endpoint_auth_methods",)
"""The keys that no table can do without."""

INSTEAD: Final = "instead"
"""The key of a table that only says what to use in its place."""

# In a table nobody need say that there is none.
_DEFAULTS: Final[Mapping[str, Any]] = {"token_endpoint": None, "settings": {}}


class InsteadError(ProviderError):
    """A kind of server has no client credentials grant; it says what to use."""


def provider_types() -> Mapping[str, Any]:
    """Return the keys that a table may have, with the types of their values."""
    return data_types(Provider, without="name")


def make_provider(
    name: str, table: Mapping[str, Any], *, file: str | None = None, prefix: str = ""
) -> Provider:
    """
    Make a provider of a TOML table.

    Args:
        name: What a profile calls it.

        table: Its fields.

        file: Where the table stands.

        prefix: What stands before its keys there, for example
            ``providers.acme.``.

    Raises:
        ProviderError: It cannot be used; all of the problems at once. Or the table
            says what to use instead.
    """
    reader = TableReader(file, prefix)
    if INSTEAD in table:
        raise _instead(name, table, reader)
    values = {
        **_DEFAULTS,
        **reader.read_fields(table, provider_types(), REQUIRED),
    }
    values["settings"] = {
        key: _with_named_pattern(it) for key, it in values["settings"].items()
    }
    check_definition(reader, values, table)
    if not reader.problems:
        try:
            return Provider(name=name, **values)
        except ValueError as error:
            reader.problem("", str(error))
    raise _unusable(name, reader)


def _unusable(name: str, reader: TableReader) -> ProviderError:
    text = f"the provider {name!r} cannot be used:"
    return ProviderError(text, reader.problems, provider=name)


def _instead(name: str, table: Mapping[str, Any], reader: TableReader) -> ProviderError:
    """Return the error that the table is there for."""
    kinds = {INSTEAD: str, "documentation": provider_types()["documentation"]}
    beside = [key for key in table if key in provider_types() and key not in kinds]
    for key in beside:
        reader.problem(key, f"stands beside {INSTEAD}", "take one of them out")
    alone = {key: value for key, value in table.items() if key not in beside}
    values = reader.read_fields(alone, kinds)
    if reader.problems:
        return _unusable(name, reader)
    pages = "".join(f"; see {page}" for page in values.get("documentation", ()))
    text = f"the provider {name!r} cannot be used: {values['instead']}{pages}"
    return InsteadError(text, provider=name)


def _with_named_pattern(setting: Setting) -> Setting:
    return attrs.evolve(setting, pattern=NAMED.get(setting.pattern, setting.pattern))
