"""
Text of a server, made fit for an error message.

Servers echo what they received, so their text is searched for the request's own
secrets in every form in which those may come back, and for anything that has the
shape of a token.
"""

from __future__ import annotations

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

from ccflow.secret import MASK
from ccflow.secret import Secret


LONGEST: Final = 300
_SHORTEST_SECRET: Final = 3
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"
)
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*")
_TOKEN: Final = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{40,}={0,2}")


def _forms(value: str) -> Iterator[str]:
    """Give a secret as it may come back: as it is, quoted, base64, in parts."""
    for text in {value, unquote(value)}:
        yield text
        yield quote(text, safe="")
        yield quote_plus(text)
        yield repr(text)[1:-1]
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(text.encode()).decode().rstrip("=")


def _parts(secret: Secret) -> Iterator[str]:
    """Give what is secret in a value: itself, and the password of a Basic header."""
    value = secret.reveal()
    yield value
    scheme, _, encoded = value.partition(" ")
    if scheme == "Basic":
        yield encoded
        yield b64decode(encoded).decode().partition(":")[2]


class Scrubber:
    """Takes known secrets, and whatever looks like a token, out of text."""

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[Secret]) -> None:
        forms = {
            form
            for secret in secrets
            for part in _parts(secret)
            for form in _forms(part)
            if len(form) >= _SHORTEST_SECRET
        }
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __repr__(self) -> str:
        return "Scrubber()"

    def text(self, value: str, longest: int = LONGEST) -> str:
        """Return a text without secrets and control characters, shortened."""
        clean = _CONTROL.sub(" ", self._pattern.sub(MASK, value))
        # Once more: taking the control characters out may have joined a secret.
        clean = self._pattern.sub(MASK, clean)
        clean = _TOKEN.sub(MASK, _JWT.sub(MASK, clean)).strip()
        return clean if len(clean) <= longest else f"{clean[: longest - 3]}..."
