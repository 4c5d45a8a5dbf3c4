"""The forms in which a text may leave: as it is, escaped, or in an encoding."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote
from urllib.parse import quote_plus


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
