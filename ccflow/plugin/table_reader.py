"""From a TOML table to a value of a class, with every mistake found at once."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import get_args
from typing import get_origin

import attrs

from ccflow.errors import Problem
from ccflow.plugin.data_field import data_types
from ccflow.plugin.data_field import required_fields
from ccflow.plugin.toml_value import read_value
from ccflow.plugin.words import kind_of
from ccflow.plugin.words import nearest
from ccflow.plugin.words import nearest_name


BROKEN: Final = object()
"""In place of a value that cannot be read."""


@attrs.define(eq=False, repr=False)
class TableReader:
    """
    Collects what is wrong with a table while it is read.

    Args:
        file: The file that it stands in; None for a mapping.

        prefix: What stands before its keys there, for example
            ``providers.acme.``.

        problems: What is wrong.
    """

    file: str | None = None
    prefix: str = ""
    problems: list[Problem] = attrs.field(factory=list)

    def problem(self, key: str, message: str, hint: str | None = None) -> None:
        """Note what is wrong with a key, given by its path in the table."""
        path = f"{self.prefix}{key}" if key else self.prefix.rstrip(".")
        self.problems.append(Problem(message, self.file, path or None, hint))

    def is_told(self, key: str) -> bool:
        """Say whether something is wrong with a key, or with what is below it."""
        path = f"{self.prefix}{key}"
        below = (f"{path}.", f"{path}[")
        keys = [problem.key or "" for problem in self.problems]
        return any(it == path or it.startswith(below) for it in keys)

    def read_fields(
        self,
        table: Mapping[str, Any],
        types: Mapping[str, Any],
        required: Collection[str] = (),
        key: str = "",
    ) -> dict[str, Any]:
        """
        Return the values that can be read; the others are problems.

        Args:
            table: What stands in the file.

            types: What may stand there, with the type that it has.

            required: What must stand there.

            key: The path of the table, with a dot at its end.
        """
        unknown = [name for name in table if name not in types]
        for name in unknown:
            self.problem(f"{key}{name}", "unknown key", nearest(name, types))
        meant = {nearest_name(name, types) for name in unknown}
        for name in sorted({*required} - table.keys() - meant):
            self.problem(f"{key}{name}", "is missing")
        values = {
            name: self._read(value, types[name], f"{key}{name}")
            for name, value in table.items()
            if name in types
        }
        return {name: it for name, it in values.items() if it is not BROKEN}

    def _read(self, value: Any, target: Any, key: str) -> Any:
        if attrs.has(target):
            return self._read_table(value, target, key)
        if get_origin(target) is tuple:
            return self._read_array(value, get_args(target)[0], key)
        if get_origin(target) is Mapping:
            return self._read_members(value, get_args(target)[1], key)
        try:
            return read_value(value, target)
        except (TypeError, ValueError) as error:
            self.problem(key, str(error))
            return BROKEN

    def _read_array(self, value: Any, item: Any, key: str) -> Any:
        if not isinstance(value, list | tuple):
            what = "tables" if attrs.has(item) else "text"
            self.problem(key, f"expected an array of {what}, got {kind_of(value)}")
            return BROKEN
        made = [
            self._read(it, item, f"{key}[{number}]") for number, it in enumerate(value)
        ]
        kept = tuple(it for it in made if it is not BROKEN)
        return kept if len(kept) == len(made) or attrs.has(item) else BROKEN

    def _read_members(self, value: Any, item: Any, key: str) -> Any:
        if not isinstance(value, Mapping):
            self.problem(key, f"expected a table, got {kind_of(value)}")
            return BROKEN
        made = {
            name: self._read(it, item, f"{key}.{name}") for name, it in value.items()
        }
        return {name: it for name, it in made.items() if it is not BROKEN}

    def _read_table(self, value: Any, cls: type[attrs.AttrsInstance], key: str) -> Any:
        if not isinstance(value, Mapping):
            self.problem(key, f"expected a table, got {kind_of(value)}")
            return BROKEN
        required = required_fields(cls)
        values = self.read_fields(value, data_types(cls), required, f"{key}.")
        # What has to be there is text; something in its place, so that the rest of
        # the table can be looked at.
        return self._make(cls, {**dict.fromkeys(required, key), **values}, key)

    def _make(
        self, cls: type[attrs.AttrsInstance], values: dict[str, Any], key: str
    ) -> Any:
        try:
            return cls(**values)
        except re.error as error:
            text = f"{error.pattern!r} is no regular expression: {error.msg}"
            name, rest = _without(error.pattern, values)
            self.problem(f"{key}.{name}" if name else key, text)
            return self._make(cls, rest, key) if name else BROKEN
        except (TypeError, ValueError) as error:
            self.problem(key, str(error))
            return BROKEN


def _without(
    pattern: object, values: dict[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the name of the value that holds a pattern, and the values without it."""
    for name, value in values.items():
        if isinstance(value, Mapping) and pattern in value:
            left = {it: text for it, text in value.items() if it != pattern}
            return name, {**values, name: left}
        if value == pattern:
            return name, {it: held for it, held in values.items() if it != name}
    return None, values
