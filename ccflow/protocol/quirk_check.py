"""Values of quirks that cannot be, whoever gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.protocol.explanation import plain_code
from ccflow.protocol.header import is_header_name
from ccflow.protocol.header import name_problem
from ccflow.protocol.header import value_problem
from ccflow.protocol.metadata_location import location_problem
from ccflow.protocol.quirks import FORM
from ccflow.protocol.quirks import SECONDS
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.seconds import seconds_problem
from ccflow.protocol.url import is_origin


_NEEDED: Final = ("access_token_members", "metadata_locations")
"""Lists without which nothing can be found."""

_WINNING: Final = {
    "retryable_errors": ("rate_limit_errors",),
    "permanent_errors": ("rate_limit_errors", "retryable_errors"),
}
"""Lists of codes, and the lists that win over them."""

_HEADERS: Final = frozenset(
    {"correlation_id_headers", "rate_limit_headers", "rate_limit_reset_header"}
)
"""The fields that are names of headers of an answer."""

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# RFC 9110 section 8.3.1, its parameters only looked at as a value.
_MEDIA_TYPE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}(?:[ \t]*;[\x20-\x7e\t]*)?")


def quirk_problems(quirks: Quirks) -> Iterator[tuple[str, str]]:
    """Find what cannot be, each with its key below ``quirks``."""
    for name in SECONDS:
        if fault := seconds_problem(getattr(quirks, name)):
            yield name, fault
    for name, value in quirks.request_headers.items():
        if fault := name_problem(name) or value_problem(value):
            yield f"request_headers.{name}", fault
    for name in _NEEDED:
        if not getattr(quirks, name):
            yield name, "is empty, so that nothing can be found; name one"
    for field in attrs.fields(Quirks):
        value = getattr(quirks, field.name)
        for text in value if isinstance(value, tuple) else (value,):
            # What is no text is told by whoever looks at types.
            if isinstance(text, str) and (fault := _text_problem(field.name, text)):
                yield field.name, fault
    yield from _code_problems(quirks)


def _text_problem(name: str, text: str) -> str | None:
    """Say why a field cannot be a text, or have it among others; or None."""
    if not text or (text.isspace() and name != "scope_separator"):
        return f"{text!r} is empty"
    if name.endswith("_members") and not all(part.strip() for part in text.split(".")):
        return f"{text!r} has an empty part; dots stand between the names of members"
    if name in _HEADERS and not is_header_name(text):
        return f"{text!r} is not the name of a header"
    match name:
        case "content_type" if not _MEDIA_TYPE.fullmatch(text):
            return f"{text!r} is not a media type; for example {FORM!r}"
        case "scope_pattern":
            return _pattern_problem(text)
        case "metadata_locations":
            return location_problem(text)
        case "endpoint_origins" if not is_origin(text):
            example = "write scheme and host, for example https://mtls.example.com"
            return f"{text!r} is not an origin; {example}"
    return None


def _pattern_problem(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}"
    return None


def _code_problems(quirks: Quirks) -> Iterator[tuple[str, str]]:
    """Find codes that were put where another list wins; the usual ones give way."""
    usual = Quirks()
    for name, winning in _WINNING.items():
        given = {*getattr(quirks, name)} - {*getattr(usual, name)}
        for other in winning:
            taken = {plain_code(code) for code in getattr(quirks, other)}
            for code in sorted(code for code in given if plain_code(code) in taken):
                yield name, f"{code!r} is in {other} as well, which wins; keep one"
