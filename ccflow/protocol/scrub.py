"""
Text of a server, made fit for an error message.

Servers echo what they received, so their text is searched for the request's own
secrets in every form in which those may come back, and for anything that has the
shape of a token.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from base64 import b64encode
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from urllib.parse import quote_plus
from urllib.parse import unquote
from urllib.parse import unquote_plus

from ccflow.secret import MASK
from ccflow.secret import Secret


LONGEST: Final = 300

UNESCAPED: Final = "!*'()"
"""
What a form leaves as it is beside letters, digits and ``-_.~``: the marks that curl
and browsers send as they are.
"""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*")
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_SHORTEST_SECRET: Final = 3
# As short a piece of base64 is a word of some other text, too.
_SHORTEST_INSIDE: Final = 10
_SHORTEST_BEGINNING: Final = 8
# What may stand behind a text that was cut.
_ENDS: Final = " .\u2026\"')]}>"
# Lone surrogates too: JSON can bring them, and no terminal or file takes them.
_MARKUP: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff]+"
)
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*")
_LONG: Final = re.compile(r"[A-Za-z0-9_-]{40,}={0,2}")
# Oracle's ecid, which its support asks for: a UUID and a serial number.
_IDENTIFIER: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}-[0-9a-fA-F]{8}"
)


def _mask_token(found: re.Match[str]) -> str:
    """Mask a long word with a digit; a look-ahead for it would be quadratic."""
    word = found[0]
    is_token = re.search("[0-9]", word) and not _IDENTIFIER.fullmatch(word)
    return MASK if is_token else word


def _inside(text: str) -> Iterator[str]:
    """Give what base64 makes of a text in the midst of another one."""
    data = text.encode()
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            whole = encode(b"\0" * before + data).decode()
            # What stands at the ends depends on the neighbours.
            inside = whole[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
            if len(inside) >= _SHORTEST_INSIDE:
                yield inside


def _forms(value: str) -> Iterator[str]:
    """Give a secret as it may come back: as it is, quoted, base64, in parts."""
    # A server may decode what was sent as it is, or decode twice.
    sent = {value, unquote(value)}
    for text in {*sent, *map(unquote_plus, sent)}:
        yield text
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(text.encode()).decode().rstrip("=")
        yield from _inside(text)
        if len(text) > _SHORTEST_INSIDE // 2:
            yield text.encode().hex()
            yield text.encode().hex().upper()
        if _PLAIN.fullmatch(text):
            continue  # nobody writes it in another way
        for safe in ("", UNESCAPED, "/"):
            escaped = quote(text, safe=safe)
            yield escaped
            yield from _inside(escaped)
            yield _ESCAPE.sub(lambda found: found[0].lower(), escaped)
        yield quote_plus(text)
        # Alone, and among quotes of both kinds.
        yield repr(text)[1:-1]
        yield repr(f"'\"{text}")[4:-1]
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield json.dumps(text)[1:-1].replace("/", "\\/")
        # As .NET and Go write what could end a script.
        for form in ("\\u{:04x}", "\\u{:04X}"):
            yield "".join(
                form.format(ord(it)) if it in "&<>+'" else it
                for it in json.dumps(text)[1:-1]
            )
        for quotes in ("", "\"&quot; '&#x27;", "\"&#34; '&#39;"):
            yield text.translate(
                _MARKUP | {ord(it[0]): it[1:] for it in quotes.split()}
            )


def _parts(secret: Secret) -> Iterator[str]:
    """Give what is secret in a value: itself, and the password of a Basic header."""
    value = secret.reveal()
    yield value
    scheme, _, encoded = value.partition(" ")
    if scheme == "Basic":
        yield encoded
        try:
            yield b64decode(encoded).decode().partition(":")[2]
        except ValueError:
            return  # a secret that only begins like such a header


class Scrubber:
    """
    Takes known secrets, and whatever looks like a token, out of text.

    Most answers have no text to scrub, so nothing is prepared before there is one;
    and no regular expression is made of a secret, since ``re`` keeps those.
    """

    __slots__ = ("_forms", "_secrets")

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)
        self._forms: dict[bool, tuple[Secret, ...]] = {}

    def __repr__(self) -> str:
        return "Scrubber()"

    def mask(self, value: str, *, blanks_alike: bool = False) -> str:
        """Return a text without the secrets, otherwise as it is."""
        forms = self._forms.get(blanks_alike)
        if forms is None:
            forms = self._forms[blanks_alike] = self._find_forms(blanks_alike)
        for form in forms:
            value = value.replace(form.reveal(), MASK)
        return value

    def _find_forms(self, blanks_alike: bool) -> tuple[Secret, ...]:
        """Return the secrets in all their forms, the longest first."""
        forms = {
            " ".join(form.split()) if blanks_alike else form
            for part in {part for secret in self._secrets for part in _parts(secret)}
            for form in _forms(part)
        }
        long_enough = [form for form in forms if len(form) >= _SHORTEST_SECRET]
        return tuple(map(Secret, sorted(long_enough, key=len, reverse=True)))

    def _without_beginning(self, value: str) -> str:
        """Mask what a secret begins with where a text was cut in the midst of it."""
        whole = value.rstrip(_ENDS)
        for form in self._forms[True]:
            earliest = max(len(whole) - len(form.reveal()), 0)
            at = whole.find(form.reveal()[:_SHORTEST_BEGINNING], earliest)
            if at >= 0 and form.reveal().startswith(whole[at:]):
                return whole[:at] + MASK
        return value

    def text(self, value: str, longest: int = LONGEST) -> str:
        """Return a text without secrets and control characters, shortened."""
        clean = " ".join(_CONTROL.sub(" ", self.mask(value)).split())
        # Once more: taking the line breaks out may have joined a secret.
        clean = self._without_beginning(self.mask(clean, blanks_alike=True))
        clean = _LONG.sub(_mask_token, _JWT.sub(MASK, clean)).strip()
        return clean if len(clean) <= longest else f"{clean[: longest - 3]}..."
