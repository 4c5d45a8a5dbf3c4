"""What of a class can be said as data: its fields, with the types of their values."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import cache
from typing import Any
from typing import Union
from typing import get_args
from typing import get_origin
from typing import get_type_hints

import attrs


class DataTypes(Mapping[str, Any]):
    """
    The types of the fields of a class that data can fill, by name.

    None and functions are no data: a field that is text, a function or None is text
    here, and one that is a function or None is not here. An annotation is evaluated
    when it is asked for: all of them would cost more than reading a file.

    Args:
        cls: The class.

        without: A field that is left out.
    """

    def __init__(self, cls: type[attrs.AttrsInstance], without: str | None) -> None:
        self._fields = {it.name: it.type for it in attrs.fields(cls)}
        self._fields.pop(without or "", None)
        self._names = vars(sys.modules[cls.__module__])
        self._hints: dict[Any, Any] = {}
        self._found: dict[str, Any] = {}

    def hint(self, name: str) -> Any:
        """Return the whole type of a field, with None and functions."""
        annotation = self._fields[name]
        # Many fields have one annotation: what is evaluated once serves them all.
        if annotation not in self._hints:
            holder = types.SimpleNamespace(__annotations__={"it": annotation})
            self._hints[annotation] = get_type_hints(holder, self._names)["it"]
        return self._hints[annotation]

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = data_type(self.hint(name))
        if self._found[name] is None:
            raise KeyError(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._fields if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def data_types(cls: type[attrs.AttrsInstance], without: str | None = None) -> DataTypes:
    """Return the types of the fields that data can fill; one object for each class."""
    return DataTypes(cls, without)


@cache
def required_fields(cls: type[attrs.AttrsInstance]) -> frozenset[str]:
    """Return the names of the fields that have no default."""
    fields = attrs.fields(cls)
    return frozenset(it.name for it in fields if it.default is attrs.NOTHING)


def parts_of(hint: Any) -> tuple[Any, ...]:
    """Return what a union is of, and of any other type itself."""
    union = get_origin(hint) in {Union, types.UnionType}
    return get_args(hint) if union else (hint,)


def data_type(hint: Any) -> Any:
    """Return the type of a field without None and functions, None if none is left."""
    left = [
        part
        for part in parts_of(hint)
        if part is not types.NoneType and get_origin(part) is not Callable
    ]
    if len(left) > 1:
        raise TypeError(f"{hint} is more than one kind of data")
    return left[0] if left else None
