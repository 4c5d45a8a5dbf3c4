"""Where the answer stands in a text that a person pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs


_HEAD: Final = re.compile(
    rb"\s*HTTP/[\d.]+ (\d{3})[^\n]*\n((?:[^\s:]+:[^\n]*\n)*)\r?\n?"
)
_FIRST_HEAD: Final = re.compile(rb"^[ \t]{0,8}HTTP/[\d.]+ \d{3}\b", re.MULTILINE)
_MOST_HEADS: Final = 10
# What `curl -v` says beside an answer, each on a line of its own but for the last.
_SAID_BY_CURL: Final = re.compile(
    rb"^(?:[*>](?: .*|\r?$)|[{}] \[\d+ bytes data\]\r?$)\n?|"
    rb"\* (?:Connection #\d|Closing connection).*",
    re.MULTILINE,
)
_HEAD_BY_CURL: Final = re.compile(rb"^<(?: |(?=\r?$))", re.MULTILINE)

_JSON: Final = re.compile(r'"(?=\s{0,9}\{)|\{')
_DECODER: Final = json.JSONDecoder(strict=False)
_MOST_STARTS: Final = 50
_LONGEST: Final = 65_536
_DEEPEST: Final = 6

# What ccflow writes itself of an answer with an error code.
_MESSAGE: Final = re.compile(
    r"(?:limits the rate of requests|refused the request|cannot answer now): "
    r'([^"\n(]{1,100}?)(?: "([^\n]{0,400}?)")? \(HTTP (\d{3})\b'
)


@attrs.frozen
class Told:
    """An error as a message of ccflow tells it."""

    error: str
    error_description: str | None
    status_code: int


def read_head(content: bytes) -> tuple[int | None, dict[str, str], bytes]:
    """
    Take off the head that ``curl -i`` prints; the last one, where there are more.

    Of what ``curl -v`` prints, its own remarks and the request are left out.
    """
    if b"< HTTP/" in content:
        content = _HEAD_BY_CURL.sub(b"", _SAID_BY_CURL.sub(b"", content))
    if (first := _FIRST_HEAD.search(content)) is not None:
        content = content[first.start() :]
    status: int | None = None
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADS):
        if (found := _HEAD.match(content)) is None:
            break
        status, headers = int(found[1]), {}
        for line in found[2].decode("latin-1").splitlines():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        content = content[found.end() :]
    return status, headers, content


def read_message(text: str) -> Told | None:
    """Return the error of a message of ccflow, however its lines are broken."""
    found = _MESSAGE.search(" ".join(text.split()))
    return None if found is None else Told(found[1], found[2], int(found[3]))


def objects_in(text: str) -> Iterator[Mapping[str, Any]]:
    """Give the JSON objects in a text: in a line of a log, in a string of JSON."""
    text = text[:_LONGEST]
    yield from _objects(text, _DEEPEST)
    if '\\"' in text:
        yield from _objects(text.replace('\\"', '"'), _DEEPEST)


def _objects(text: str, deepest: int) -> Iterator[Mapping[str, Any]]:
    at = 0
    for _ in range(_MOST_STARTS):
        start = _JSON.search(text, at)
        if start is None:
            return
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            at = start.end()
        else:
            yield from _inside(value, deepest)


def _inside(value: object, deepest: int) -> Iterator[Mapping[str, Any]]:
    """Give the objects that a value is or holds, the outer ones first."""
    if deepest == 0:
        return
    if isinstance(value, str):
        if "{" in value:
            yield from _objects(value, deepest - 1)
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for it in value:
            yield from _inside(it, deepest - 1)
