"""
Text of a server, made fit for an error message.

Servers echo what they received, so their text is searched for the request's own
secrets in whatever encoding they may come back, and for what is a token by its name
or its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final

from ccflow.protocol.credential import find_credentials
from ccflow.protocol.reading import ENDS
from ccflow.protocol.reading import SHORTEST_BLOCK
from ccflow.protocol.reading import encoded
from ccflow.protocol.reading import one_line
from ccflow.protocol.reading import read_blocks
from ccflow.protocol.reading import read_end
from ccflow.protocol.reading import read_layers
from ccflow.protocol.trace import Trace
from ccflow.protocol.trace import traces_of
from ccflow.secret import MASK
from ccflow.secret import Secret


LONGEST: Final = 300

UNESCAPED: Final = "!*'()"
"""
What a form leaves as it is beside letters, digits and ``-_.~``: the marks that curl
and browsers send as they are.
"""

# No more of a text is read: masked, it may be far shorter.
_MOST: Final = 16_384
_SHORTEST_BEGINNING: Final = 8
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*")
_LONG: Final = re.compile(r"[A-Za-z0-9_-]{40,}={0,2}")
# Oracle's ecid, which its support asks for: a UUID and a serial number.
_IDENTIFIER: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}-[0-9a-fA-F]{8}"
)

Span = tuple[int, int]


def _mask_token(found: re.Match[str]) -> str:
    """Mask a long word with a digit; a look-ahead for it would be quadratic."""
    word = found[0]
    is_token = re.search("[0-9]", word) and not _IDENTIFIER.fullmatch(word)
    return MASK if is_token else word


def _masked(data: bytes, spans: Iterable[Span]) -> str:
    """Return a text with one mask for all that overlaps."""
    parts: list[bytes] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if not parts or start > done:
            parts += (data[done:start], MASK.encode())
        done = end
    return b"".join((*parts, data[done:])).decode("utf-8", "replace")


class Scrubber:
    """
    Takes known secrets, and whatever looks like a token, out of text.

    Most answers have no text to scrub, so nothing is prepared before there is one;
    and no regular expression is made of a secret, since ``re`` keeps those.
    """

    __slots__ = ("_secrets", "_traces")

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)
        self._traces: tuple[Trace, ...] | None = None

    def __repr__(self) -> str:
        return "Scrubber()"

    def is_in(self, value: str) -> bool:
        """Say whether a text holds one of the secrets, in any encoding."""
        return next(self._find(encoded(value)), None) is not None

    def mask(self, value: str) -> str:
        """Return the beginning of a text without secrets, otherwise as it is."""
        data = encoded(value[:_MOST])
        spans = [*self._find(data), *_find_named(data)]
        if len(value) > _MOST:
            spans += self._find_beginnings(data)
        return _masked(data, spans) if spans else value[:_MOST]

    def text(self, value: str, longest: int = LONGEST) -> str:
        """Return a text without secrets and control characters, shortened."""
        line = one_line(value)
        data = encoded(line[:_MOST])
        spans = [
            *self._find(data),
            *self._find_beginnings(data),
            *_find_named(data),
        ]
        clean = _masked(data, spans)
        clean = _LONG.sub(_mask_token, _JWT.sub(MASK, clean)).strip()
        if len(clean) <= longest and len(line) <= _MOST:
            return clean
        return f"{clean[: longest - 3]}..."

    def _known(self) -> tuple[Trace, ...]:
        if self._traces is None:
            self._traces = traces_of(self._secrets)
        return self._traces

    def _find(self, data: bytes) -> Iterator[Span]:
        """Give the places of all secrets: as text, or in a block of something else."""
        traces = self._known()
        shortest = min(map(len, traces), default=0)
        # Its encodings are longer.
        if not traces or len(data) < shortest:
            return
        for reading in read_layers(data):
            for trace in traces:
                yield from trace.find(reading)
            for start, end, block in read_blocks(
                reading.data, max(shortest, SHORTEST_BLOCK)
            ):
                if any(
                    trace.is_in(inside.data)
                    for inside in read_layers(block)
                    for trace in traces
                ):
                    yield reading.span(start, end)

    def _find_beginnings(self, data: bytes) -> Iterator[Span]:
        """Give the places of what secrets begin with, where a text was cut."""
        latest = len(data.rstrip(ENDS)) - _SHORTEST_BEGINNING
        for reading in read_layers(data):
            for start, inside in read_end(reading.data):
                for trace in self._known():
                    at = trace.find_beginning(inside)
                    if at is None:
                        continue
                    place = reading.starts[at if start is None else start]
                    if place <= latest:
                        yield place, len(data)


def _find_named(data: bytes) -> Iterator[Span]:
    """Give the places of what is named a credential."""
    for reading in read_layers(data):
        for start, end in find_credentials(reading.data):
            yield reading.span(start, end)
