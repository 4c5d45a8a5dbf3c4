"""Words for messages: what a TOML value is called, and which name was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final


NOUNS: Final[Mapping[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "an array",
    dict: "a table",
    type(None): "None",
}


def kind_of(value: object) -> str:
    """Name the TOML type of a value, for a message."""
    return NOUNS.get(type(value), type(value).__name__)


def nearest_name(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the nearest valid name, or None where none is near."""
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=cutoff)
    return found[0] if found else None


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return a sentence with the nearest valid name, or None where none is near."""
    found = nearest_name(name, names, cutoff)
    return f"did you mean {found!r}?" if found else None
