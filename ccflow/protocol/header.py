"""What may stand in a header of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from typing import TypeVar


T = TypeVar("T")


# RFC 9110 section 5.1.
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110 section 5.5; what breaks it would be shown by the library that sends.
_VALUE: Final = re.compile(
    r"[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?"
)

RESERVED_HEADERS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
"""Headers that the request itself decides."""


def name_problem(name: str) -> str | None:
    """Say why nobody may set a header of this name, or None."""
    if name.lower() in RESERVED_HEADERS:
        return "ccflow sets this header itself"
    return None if is_header_name(name) else "is not the name of a header"


def laid_over(usual: Mapping[str, T], headers: Mapping[str, T]) -> dict[str, T]:
    """Return headers, and below them the usual ones that they do not name."""
    named = {name.lower() for name in headers}
    below = {name: it for name, it in usual.items() if name.lower() not in named}
    return {**below, **headers}


def is_header_name(name: str) -> bool:
    """Say whether a header can be called so."""
    return _NAME.fullmatch(name) is not None


def value_problem(value: str) -> str | None:
    """Say why a header cannot have a value, which is not told; or None."""
    if _VALUE.fullmatch(value):
        return None
    if not value:
        return "its value is empty"
    return (
        "its value has a line break, a control character, or a space at an end, "
        "which a header cannot have"
    )
