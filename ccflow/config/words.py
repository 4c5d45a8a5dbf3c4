"""Words for messages: what a TOML value is called, and which name was meant."""

from __future__ import annotations

import difflib
import re
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
}


NAME: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
"""What a profile may be called."""

NAME_HINT: Final = 'use small letters, digits, "-" and "_"'


def kind_of(value: object) -> str:
    """Name the TOML type of a value, for a message."""
    return NOUNS.get(type(value), type(value).__name__)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return a sentence with the nearest valid name, or None."""
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else None
