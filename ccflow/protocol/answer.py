"""
What came back from a token endpoint, read by its content.

The media type is no guide: JSON comes as text/html, HTML as application/json, and
both under any status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import Literal
from urllib.parse import parse_qsl

import attrs


Shape = Literal["empty", "object", "json", "html", "xml", "text", "binary"]

_MOST_DIGITS: Final = 400
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_MARKUP: Final = re.compile(rb"[\s\xef\xbb\xbf]*<")
_HTML: Final = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|h1)\b", re.IGNORECASE
)
_FORM: Final = re.compile(r"[A-Za-z_]+=[^&\s<>{}]*(?:&[A-Za-z_.-]+=[^&\s<>{}]*)*")
_TITLE: Final = re.compile(r"<(title|h1)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)


def _whole_number(digits: str) -> int | None:
    """Read an integer; one of thousands of digits is none, and no reason to fail."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _as_object(body: bytes) -> tuple[Shape, Mapping[str, Any]]:
    """Read JSON, or a form that names a token or an error."""
    try:
        value = json.loads(
            body, parse_constant=lambda name: None, parse_int=_whole_number
        )
    except (ValueError, RecursionError):
        try:
            text = body.decode().strip()
        except UnicodeDecodeError:
            return "binary", {}
        if _BINARY.search(text):
            return "binary", {}
        if _FORM.fullmatch(text):
            members = dict(parse_qsl(text))
            if {"access_token", "error"} & members.keys():
                return "object", members
        return "text", {}
    return ("object", value) if isinstance(value, dict) else ("json", {})


@attrs.frozen
class Answer:
    """
    A complete HTTP answer.

    Args:
        status_code: The HTTP status.

        headers: The headers, their names in lower case.

        body: The body, decompressed. It may hold a token, so it never prints.
    """

    status_code: int
    headers: Mapping[str, str] = attrs.field(hash=False, repr=False)
    body: bytes = attrs.field(repr=False)
    shape: Shape = attrs.field(init=False)
    members: Mapping[str, Any] = attrs.field(init=False, repr=False, hash=False)

    def __attrs_post_init__(self) -> None:
        shape: Shape
        members: Mapping[str, Any] = {}
        if not self.body.strip():
            shape = "empty"
        elif _MARKUP.match(self.body):
            shape = "html" if _HTML.search(self.body[:4096]) else "xml"
        else:
            shape, members = _as_object(self.body)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "members", members)

    @property
    def content_type(self) -> str | None:
        """The media type that it claims, or None."""
        return self.headers.get("content-type")

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status_code < 300

    def text(self) -> str:
        """Return the body as text, whatever its bytes are."""
        return self.body.decode("utf-8", "replace")


def read_title(page: str) -> str | None:
    """Return the title of a page, or None."""
    found = _TITLE.search(page[:4096])
    return " ".join(re.sub(r"<[^>]*>", " ", found[2]).split()) if found else None
