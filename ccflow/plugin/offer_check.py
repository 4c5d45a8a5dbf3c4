"""
What a plugin offers, held to what data in a file is held to.

Only what comes from packages of others is looked at; tests look at ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import Problem
from ccflow.plugin.definition_check import TEMPLATES
from ccflow.plugin.definition_check import check_definition
from ccflow.plugin.table_reader import TableReader
from ccflow.plugin.type_check import type_problems
from ccflow.protocol.provider import Provider


_SETTINGS: Final = "settings"


def offer_problems(thing: attrs.AttrsInstance) -> list[Problem]:
    """Find all that is wrong with a thing that a plugin offers, as far as it shows."""
    reader = TableReader(problems=list(type_problems(thing)))
    if isinstance(thing, Provider):
        _check_provider(reader, thing)
    return reader.problems


def _check_provider(reader: TableReader, provider: Provider) -> None:
    """Find what cannot work in the fields whose types are right."""
    fields = {it.name: getattr(provider, it.name) for it in attrs.fields(Provider)}
    values = {key: it for key, it in fields.items() if not reader.is_told(key)}
    values |= {key: None for key in TEMPLATES if callable(fields[key])}
    settings: Mapping[Any, Any] = provider.settings
    named = {key: it for key, it in settings.items() if isinstance(key, str)}
    values[_SETTINGS] = {
        key: it for key, it in named.items() if not reader.is_told(f"{_SETTINGS}.{key}")
    }
    # The name is no key of a table: with a key that is not read, none of the settings
    # is called unused, and functions may use them.
    del values["name"]
    check_definition(reader, values, {**fields, _SETTINGS: named})
