"""The forms in which a text may leave: as it is, escaped, or in an encoding."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from urllib.parse import quote_plus
from urllib.parse import unquote


# So long a text has pieces without any mark, which everybody writes alike.
_LONG: Final = 100
_ALL_ESCAPED: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){10,}|(?:\\\\?u[0-9A-Fa-f]{4}){10,}|(?:&#x?[0-9A-Fa-f]+;){10,}"
)


def all_marks(text: str) -> str:
    """Percent-encode all but letters and digits."""
    whole = quote(text, safe="")
    return re.sub("[-_.~]", lambda it: f"%{ord(it[0]):02X}", whole)


def escaped(text: str) -> Iterator[tuple[str, str]]:
    """Give a text as those write it who have to escape something."""
    yield "plain", text
    yield "percent", quote(text, safe="")
    yield "percent-lower", re.sub("%..", lambda it: it[0].lower(), quote(text, safe=""))
    yield "form", quote_plus(text)
    yield "curl", quote(text, safe="!*'()")
    yield "path", quote(text)
    yield "json", json.dumps(text)[1:-1]
    yield "json-utf8", json.dumps(text, ensure_ascii=False)[1:-1]
    yield "html", html.escape(text)
    yield "repr", repr(text)[1:-1]
    yield "bytes", repr(text.encode())[2:-1]
    yield "latin-1", text.encode().decode("latin-1")
    if len(text) > _LONG:
        return
    # What Java's URLEncoder and browsers make of a form; and those who leave nothing.
    yield "urlencoded", quote_plus(text, safe="*").replace("~", "%7E")
    yield "all-marks", all_marks(text)
    yield "all-marks-lower", re.sub("%..", lambda it: it[0].lower(), all_marks(text))


def base64_inside(data: bytes) -> Iterator[tuple[int, str, str]]:
    """
    Give what base64 makes of some bytes inside of others, whatever these are.

    The characters at the ends depend on the neighbours, and are left out.
    """
    for before in range(3):
        for name, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
            whole = encode(b"\0" * before + data).decode()
            bits = 8 * (before + len(data))
            yield before, name, whole[-(-8 * before // 6) : bits // 6]


def forms(text: str) -> dict[str, str]:
    """Return a text in all its forms, with a name for each; equal ones once."""
    found: dict[str, str] = {}
    for name, shown in escaped(text):
        if shown in found:
            continue
        data = shown.encode()
        found[shown] = name
        for before, kind, inside in base64_inside(data):
            found.setdefault(inside, f"{kind}+{before} of {name}")
        found.setdefault(data.hex(), f"hex of {name}")
        found.setdefault(data.hex().upper(), f"HEX of {name}")
    return found


def unescaped(text: str) -> Iterator[str]:
    """Give what stands in a text with every character of it escaped."""
    if all(text.count(sign) < 10 for sign in ("%", "\\u", "&#")):
        return  # most texts, and a search takes long
    for found in _ALL_ESCAPED.finditer(text):
        if found[0][0] == "%":
            yield unquote(found[0])
        elif found[0][0] == "&":
            yield html.unescape(found[0])
        else:
            yield json.loads(f'"{found[0]}"'.replace("\\\\", "\\"))
