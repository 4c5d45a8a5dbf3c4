"""A member of an answer, found by its name or by the path to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final


# A code is a number that a person can look up.
_LARGEST_NUMBER: Final = 10**18
# As deep as the paths of any server lead, and as many words as a person reads.
_DEEPEST: Final = 3
_MOST_WORDS: Final = 20


def _first(value: object) -> object:
    """Return the first element of an array, and anything else as it is."""
    return next(iter(value), None) if isinstance(value, list) else value


def find_member(members: Mapping[str, Any], path: str) -> object:
    """
    Return a member, or None where there is none.

    Args:
        members: Those of an answer.

        path: Its name. One with dots that is no name leads into objects, and into
            the first element of an array, whether or not a part ``0`` says so.
    """
    if path in members or "." not in path:
        return members.get(path)
    found: object = members
    for part in path.split("."):
        inside = _first(found)
        if part == "0" and isinstance(found, list):
            found = inside
        else:
            found = inside.get(part) if isinstance(inside, Mapping) else None
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


def read_code(value: object) -> str | None:
    """Return the text of a member, or of the first in an array."""
    return read_text(_first(value))


def read_words(value: object, depth: int = _DEEPEST) -> str | None:
    """Return the text of a member with all that is in it: ``scope: is missing``."""
    if depth and isinstance(value, list):
        words = (read_words(it, depth - 1) for it in value[:_MOST_WORDS])
        return ", ".join(filter(None, words)) or None
    if depth and isinstance(value, Mapping):
        inside = list(value.items())[:_MOST_WORDS]
        pairs = ((name, read_words(it, depth - 1)) for name, it in inside)
        return "; ".join(f"{name}: {words}" for name, words in pairs if words) or None
    return read_text(value)


def _fold(value: object, depth: int = _DEEPEST) -> Any:
    """Return a value with the names of the members in it in lower case."""
    if depth and isinstance(value, list):
        return [_fold(it, depth - 1) for it in value[:_MOST_WORDS]]
    if depth and isinstance(value, Mapping):
        return {name.casefold(): _fold(it, depth - 1) for name, it in value.items()}
    return value


def _texts(
    members: Mapping[str, Any],
    paths: Iterable[str],
    read: Callable[[object], str | None],
) -> Iterator[str]:
    found = [value for path in paths if (value := find_member(members, path))]
    found.sort(key=lambda value: not isinstance(value, str))
    return filter(None, map(read, found))


def find_texts(
    members: Mapping[str, Any],
    paths: Iterable[str],
    read: Callable[[object], str | None] = read_text,
) -> Iterator[str]:
    """
    Give the members that can be read, text before anything else.

    Those whose names are written in another case come last. A path that begins with a
    capital is such a writing itself: Apigee's ``Error`` is no ``error``.
    """
    paths = tuple(paths)
    yield from _texts(members, paths, read)
    lower = [path.casefold() for path in paths if not path[:1].isupper()]
    named = {path.partition(".")[0] for path in lower}
    folded = {
        name.casefold(): _fold(it)
        for name, it in members.items()
        if name.casefold() in named
    }
    yield from _texts(folded, lower, read)


def first_text(members: Mapping[str, Any], paths: Iterable[str]) -> str | None:
    """Return the first member that can be read."""
    return next(find_texts(members, paths), None)
