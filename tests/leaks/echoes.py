"""What servers say of a request that they repeat, and how they write it."""

from __future__ import annotations

import html
import json
from base64 import b64decode
from base64 import b64encode
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from urllib.parse import quote_plus
from urllib.parse import unquote_plus

from tests.leaks.forms import all_marks
from tests.leaks.secrets import ID_TOKEN
from tests.leaks.secrets import REFRESH_TOKEN
from tests.leaks.secrets import TOKEN
from tests.support.hostile import Received


_TOLD = ("authorization", "proxy-authorization", "x-api-key")


def as_it_came(request: Received) -> str:
    """Repeat the credentials of a request: headers, and the whole form."""
    headers = dict(request.headers)
    told = [f"{name}: {headers[name]}" for name in _TOLD if name in headers]
    # Sockets read headers as latin-1; what was sent is UTF-8.
    lines = [it.encode("latin-1").decode("utf-8", "replace") for it in told]
    return " ".join([*lines, request.body.decode()])


def understood(request: Received) -> str:
    """Repeat what a server reads out of them: decoded, and Basic taken apart."""
    headers = dict(request.headers)
    parts = [*request.form.values()]
    for name in _TOLD:
        scheme, _, encoded = headers.get(name, "").partition(" ")
        if scheme == "Basic":
            pair = b64decode(encoded).decode()
            parts += [pair, unquote_plus(pair)]
        elif name in headers:
            parts.append(headers[name])
    return " ".join(parts)


def _base64(request: Received, before: int) -> str:
    dump = "x" * before + as_it_came(request)
    return b64encode(dump.encode()).decode()


ENCODINGS: Mapping[str, Callable[[Received], str]] = {
    "as-it-came": as_it_came,
    "understood": understood,
    "base64-0": lambda request: _base64(request, 0),
    "percent": lambda request: quote(understood(request), safe=""),
    "html": lambda request: html.escape(understood(request)),
    "base64-1": lambda request: _base64(request, 1),
    "json": lambda request: json.dumps(understood(request)),
    "base64url": lambda request: urlsafe_b64encode(
        understood(request).encode()
    ).decode(),
    "hex": lambda request: understood(request).encode().hex(),
    "base64-2": lambda request: _base64(request, 2),
    "repr": lambda request: repr(understood(request)),
    "all-marks": lambda request: all_marks(understood(request)),
    "urlencoded": lambda request: quote_plus(understood(request), safe="*").replace(
        "~", "%7e"
    ),
    "all-percent": lambda request: "".join(
        f"%{byte:02x}" for byte in understood(request).encode()
    ),
    "base64-of-all-marks": lambda request: b64encode(
        f"me:{all_marks(understood(request))}".encode()
    ).decode(),
    "all-unicode": lambda request: "".join(
        f"\\u{ord(it):04x}" for it in understood(request)
    ),
    "all-entities": lambda request: "".join(
        f"&#x{ord(it):x};" for it in understood(request)
    ),
}
"""How a server writes what it repeats."""


def plain(
    status: int,
    body: str | bytes = b"",
    *,
    reason: str = "Because",
    length: int | str | None = None,
    **headers: str,
) -> bytes:
    """Return an answer whose every part may hold anything but a line break."""
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    size = len(content) if length is None else length
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {size}"]
    lines += [f"{name.replace('_', '-')}: {it}" for name, it in headers.items()]
    one_line_each = [" ".join(line.split()) for line in lines]
    return "\r\n".join([*one_line_each, "", ""]).encode() + content


def of_json(status: int, members: Any, **headers: str) -> bytes:
    """Return an answer with JSON in it."""
    kind = {"Content-Type": "application/json", **headers}
    return plain(status, json.dumps(members), **kind)


def granted(**members: object) -> dict[str, object]:
    """Return the members of a token's answer, with what should not come as well."""
    return {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": REFRESH_TOKEN,
        "id_token": ID_TOKEN,
        **members,
    }


def page(told: str, title: str = "Oops") -> str:
    """Return a page for people."""
    return f"<html><title>{title}</title><h1>{told}</h1><p>{told}</p></html>"
