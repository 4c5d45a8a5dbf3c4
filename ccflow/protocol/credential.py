"""What is a credential by the name before it, or by its look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ccflow.protocol.reading import encoded
from ccflow.protocol.reading import read_layers
from ccflow.secret import Secret


# Behind a name: in quotes, which may be missing at the end of a text that was cut;
# in quotes that are escaped; or one word.
_NAMED: Final = re.compile(
    rb"(?:token|secret|assertion|passw(?:or)?d|private[_-]?key|api[_-]?key)"
    rb"(?P<quote>\\*[\"']|\])?\s*(?P<sign>=>|[:=>])\s*"
    rb"(?:\"(?P<double>(?:[^\"\\]|\\.)+)"
    rb"|'(?P<single>[^']+)"
    rb"|\\+[\"'](?P<escaped>[^\"'\\]+)"
    rb"|(?P<word>[^\s\"'&,;<>{}()\[\]\\]+))",
    re.IGNORECASE | re.DOTALL,
)
_SENT: Final = re.compile(
    rb"\b(?:Basic|Bearer|DPoP)\s+(?P<word>[\w+/.~-]{3,}={0,2})(?![\w=\"'])",
    re.IGNORECASE | re.ASCII,
)
# "client_secret: the one of ...", "access_token: expired", "Bearer authentication".
_PROSE: Final = re.compile(rb"[A-Za-z]{1,15}(?:_[A-Za-z]{1,15})*[.!?:]*")
_GOES_ON: Final = re.compile(rb"[\"']?\s+[A-Za-z']+(?![\w-]*[\"']?\s*[:=])")
_STATE: Final = re.compile(
    rb"(?:absent|denied|empty|expired|failed|false|invalid|malformed|mismatch|missing"
    rb"|none|null|rejected|required|revoked|true|unknown|unsupported)[.!?:]*",
    re.IGNORECASE,
)

_BASIC: Final = re.compile(rb"\bBasic\s+\Z", re.IGNORECASE)
_LETTER_AND_DIGIT: Final = re.compile("(?=[A-Za-z][0-9]|[0-9][A-Za-z])")
_LONE: Final = re.compile(r"[\w+/.~-]{16,}=*", re.ASCII)
# Such as a request has, in a log.
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def find_credentials(data: bytes) -> Iterator[tuple[int, int]]:
    """Give the places of what stands behind the name of a credential."""
    for found in _NAMED.finditer(data):
        if not (_is_closed(found) or _is_prose(found)):
            yield found.span(found.lastgroup or 0)
    for found in _SENT.finditer(data):
        if not _PROSE.fullmatch(found["word"]):
            yield found.span("word")


def _is_closed(found: re.Match[bytes]) -> bool:
    """Say whether it is the end of an XML element."""
    before = found.string[max(found.start() - 40, 0) : found.start()]
    return found["sign"] == b">" and b"/" in before[before.rfind(b"<") + 1 :]


def _is_prose(found: re.Match[bytes]) -> bool:
    """Say whether a sentence goes on behind a name, or what its value is like."""
    word = found[found.lastgroup or 0]
    if not _PROSE.fullmatch(word):
        return False
    tells = found["sign"] == b":" and not found["quote"]
    goes_on = tells and _GOES_ON.match(found.string, found.end())
    return bool(goes_on or _STATE.fullmatch(word))


def credentials_in(text: str) -> Iterator[Secret]:
    """Give what stands in a text behind the name of a credential."""
    for reading in read_layers(encoded(text)):
        for start, end in find_credentials(reading.data):
            word = reading.data[start:end].decode("utf-8", "replace")
            yield Secret(word)
            if _BASIC.search(reading.data, max(start - 20, 0), start):
                yield Secret(f"Basic {word}")


def is_bare_token(text: str) -> bool:
    """Say whether a text is one word with letters and digits mixed, and no UUID."""
    mixed = len(_LETTER_AND_DIGIT.findall(text[:100])) > 2
    return mixed and bool(_LONE.fullmatch(text)) and not _UUID.fullmatch(text)
