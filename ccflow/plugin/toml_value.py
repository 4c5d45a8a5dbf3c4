"""A value of TOML as the type of a field wants it, and no other."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any
from typing import Literal
from typing import Union
from typing import get_args
from typing import get_origin

from ccflow.plugin.words import NOUNS
from ccflow.plugin.words import kind_of
from ccflow.plugin.words import nearest


def read_value(value: Any, target: Any) -> Any:
    """
    Return a value in the type of a field.

    Args:
        value: What stands in the file.

        target: ``str``, ``bool``, ``int``, ``float``, a ``Literal``, ``tuple`` of
            one of them, ``Mapping`` from text to one of them, or one of those or
            None.

    Raises:
        TypeError: It is of another type.

        ValueError: It is of that type, and not what the field takes.
    """
    target = without_none(target)
    origin = get_origin(target)
    if origin is tuple:
        return _read_tuple(value, get_args(target)[0])
    if origin is Mapping:
        return _read_mapping(value, get_args(target)[1])
    if origin is Literal:
        return _read_choice(value, get_args(target))
    return _read_scalar(value, target)


def without_none(target: Any) -> Any:
    """Return the type that stands beside None, where one does: TOML has no None."""
    if get_origin(target) in {Union, types.UnionType}:
        (target,) = (it for it in get_args(target) if it is not types.NoneType)
    return target


def _read_scalar(value: Any, expected: type) -> Any:
    accepted = (int, float) if expected is float else (expected,)
    wrong = isinstance(value, bool) and expected is not bool
    if wrong or not isinstance(value, accepted):
        raise TypeError(f"expected {NOUNS[expected]}, got {kind_of(value)}")
    if isinstance(value, str):
        _check_text(value)
    try:
        return expected(value)
    except OverflowError:
        raise ValueError("is too large a number") from None


def _check_text(value: str) -> None:
    """Refuse what cannot be sent: variables may hold bytes that are no UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("is not UTF-8 text") from None


def _read_tuple(value: Any, item_type: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected an array of text, got {kind_of(value)}")
    wrong = [item for item in value if not isinstance(item, str)]
    if wrong:
        raise TypeError(f"expected an array of text, got {kind_of(wrong[0])} in it")
    return tuple(read_value(item, item_type) for item in value)


def _read_mapping(value: Any, item_type: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a table, got {kind_of(value)}")
    for name, item in value.items():
        if item_type is str and not isinstance(item, str):
            raise TypeError(f"expected text for {name!r}, got {kind_of(item)}")
    return dict(value)


def _read_choice(value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        near = nearest(value, choices) if isinstance(value, str) else None
        hint = f"; {near}" if near else ""
        names = ", ".join(map(repr, choices))
        raise ValueError(f"expected one of {names}, got {value!r}{hint}")
    return value
