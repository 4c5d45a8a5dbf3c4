"""A member of an answer, found by its name or by the path to it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final


# A code is a number that a person can look up.
_LARGEST_NUMBER: Final = 10**18


def find_member(members: Mapping[str, Any], path: str) -> object:
    """
    Return a member, or None where there is none.

    Args:
        members: Those of an answer.

        path: Its name. One with dots that is no name leads into objects, and its
            part ``0`` to the first element of an array.
    """
    if path in members or "." not in path:
        return members.get(path)
    found: object = members
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part == "0":
            found = found[0] if found else None
        else:
            return None
    return found


def read_text(value: object) -> str | None:
    """Return what a person can read of a member: text, or a number as text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float):
        return str(value) if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_NUMBER else None
    return None


def first_text(members: Mapping[str, Any], paths: Iterable[str]) -> str | None:
    """Return the first member that can be read: text before numbers."""
    found = [value for path in paths if (value := find_member(members, path))]
    found.sort(key=lambda value: not isinstance(value, str))
    return next((text for value in found if (text := read_text(value))), None)
