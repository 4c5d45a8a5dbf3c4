"""
What plugins offer, against the types of its fields.

Python believes any value; here it is looked at before anybody relies on it. Not in
the constructors: those tell one problem where there are many, and our own
providers, which tests check, would pay for it too.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from types import NoneType
from typing import Any
from typing import get_args
from typing import get_origin

import attrs

from ccflow.errors import Problem
from ccflow.plugin.data_field import data_type
from ccflow.plugin.data_field import data_types
from ccflow.plugin.data_field import parts_of
from ccflow.plugin.toml_value import read_value
from ccflow.plugin.words import kind_of


def type_problems(thing: attrs.AttrsInstance, key: str = "") -> Iterator[Problem]:
    """
    Find the fields whose values have other types than their annotations say.

    Args:
        thing: A value of a class of ours.

        key: What stands before the names of its fields, with a dot at its end.
    """
    types = data_types(type(thing))
    for field in attrs.fields(type(thing)):
        value = getattr(thing, field.name)
        if value is not field.default:  # which is right, and needs no annotation
            hint = types.hint(field.name)
            yield from _problems(value, hint, f"{key}{field.name}")


def _problems(value: Any, hint: Any, key: str) -> Iterator[Problem]:
    parts = parts_of(hint)
    function = any(get_origin(part) is Callable for part in parts)
    if (value is None and NoneType in parts) or (function and callable(value)):
        return
    data = data_type(hint)
    if data is None:
        yield Problem(f"expected a function, got {kind_of(value)}", key=key)
    elif attrs.has(data):
        yield from _instance_problems(value, data, key)
    elif get_origin(data) is tuple:
        yield from _tuple_problems(value, get_args(data)[0], key)
    elif get_origin(data) is Mapping:
        yield from _mapping_problems(value, get_args(data)[1], key)
    else:
        try:
            read_value(value, data)
        except (TypeError, ValueError) as error:
            yield Problem(str(error), key=key)


def _instance_problems(
    value: Any, cls: type[attrs.AttrsInstance], key: str
) -> Iterator[Problem]:
    if isinstance(value, cls):
        yield from type_problems(value, f"{key}.")
    else:
        text = f"expected {cls.__name__}, got {_shown(value)}"
        yield Problem(text, key=key)


def _tuple_problems(value: Any, item: Any, key: str) -> Iterator[Problem]:
    if not isinstance(value, tuple):
        yield Problem(f"expected a tuple, got {_shown(value)}", key=key)
        return
    for number, it in enumerate(value):
        yield from _problems(it, item, f"{key}[{number}]")


def _mapping_problems(value: Any, item: Any, key: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(f"expected a mapping, got {_shown(value)}", key=key)
        return
    for name, it in value.items():
        if not isinstance(name, str):
            text = f"expected text for each key, got {kind_of(name)}"
            yield Problem(text, key=key)
        else:
            yield from _problems(it, item, f"{key}.{name}")


def _shown(value: object) -> str:
    """Name the type of a value as Python does; never the value."""
    return "None" if value is None else f"a {type(value).__name__}"
