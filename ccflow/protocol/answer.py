"""
What came back from a token endpoint, read by its content.

The media type is no guide: JSON comes as text/html, HTML as application/json, and
both under any status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import Literal
from urllib.parse import parse_qsl

import attrs


Shape = Literal["empty", "object", "json", "html", "xml", "text", "binary"]

_MOST_DIGITS: Final = 400
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Those in which the bytes of a text that is not UTF-8 come; some other codecs of
# Python take a minute for a megabyte that is made for it.
_CHARSET: Final = re.compile(
    r"charset\s*=\s*[\"']?"
    r"(iso-8859-\d{1,2}|windows-125\d|shift_jis|euc-jp|euc-kr|gbk|gb2312|gb18030|big5"
    r"|koi8-[ru])\b",
    re.IGNORECASE,
)
_USUAL_CHARSET: Final = "windows-1252"
_HTML: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|h1)\b", re.IGNORECASE
)
# A form begins with a name, and one of its members is what it is about: a token or an
# error, of one word. Neither a sentence nor an address with a query does so.
_FORM: Final = re.compile(r"[\w.%\[\]-]++=")
_TELLING: Final = re.compile(r"(?:\A|&)(?:access_token|error)=[^&\s<>\"{}]++(?:&|\Z)")
# RFC 6749 section 4.4.3: a refresh token should not come. Neither is used, and what
# is not kept cannot leak.
_DROPPED: Final = re.compile(r"[\W_]*(?:refresh|id)[\W_]*token[\W_]*", re.IGNORECASE)


def _decodings(body: bytes, content_type: str | None) -> Iterator[str]:
    """Give the encodings that a body may be in, the likely ones first."""
    yield json.detect_encoding(body)
    if declared := _CHARSET.search(content_type or ""):
        yield declared[1]
    yield _USUAL_CHARSET


def _decode(body: bytes, content_type: str | None) -> str | None:
    """Return the text of a body, or None where it is none."""
    for encoding in _decodings(body, content_type):
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        # Without a mark only JSON and pages can be told to be of two or four bytes.
        if not encoding.endswith(("-le", "-be")) or text.lstrip()[:1] in {*'{["<'}:
            return text
    return None


def _whole_number(digits: str) -> int | None:
    """Read an integer; one of thousands of digits is none, and no reason to fail."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; of two with one name the last counts."""
    return {name: value for name, value in pairs if not _DROPPED.fullmatch(name)}


# One for all: making it costs as much as reading a usual answer.
_JSON: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_constant=lambda name: None,
    parse_int=_whole_number,
)


def _read(text: str | None) -> tuple[Shape, Mapping[str, Any]]:
    """Say what a text is, and give its members: those of JSON, or of a form."""
    if text is None:
        return "binary", {}
    start = text.lstrip()[:1]
    if not start:
        return "empty", {}
    if start == "<":
        return ("html" if _HTML.search(text[:4096]) else "xml"), {}
    try:
        value = _JSON.decode(text)
    except (ValueError, RecursionError):
        return _read_form(text.strip())
    return ("object", value) if isinstance(value, dict) else ("json", {})


def _read_form(text: str) -> tuple[Shape, Mapping[str, Any]]:
    """Read a form that names a token or an error; anything else is text."""
    if _BINARY.search(text):
        return "binary", {}
    if _FORM.match(text) and _TELLING.search(text):
        return "object", _members(parse_qsl(text))
    return "text", {}


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
    text: str = attrs.field(init=False, repr=False, eq=False)
    """The body as text, whatever its encoding; empty where it is none."""
    shape: Shape = attrs.field(init=False)
    members: Mapping[str, Any] = attrs.field(init=False, repr=False, hash=False)
    """Those of an object; without refresh and ID tokens, at any depth."""

    def __attrs_post_init__(self) -> None:
        text = _decode(self.body, self.content_type)
        shape, members = _read(text)
        object.__setattr__(self, "text", text or "")
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
