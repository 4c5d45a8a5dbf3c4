"""A secret as it is looked for in what somebody else wrote."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.protocol.reading import Reading
from ccflow.protocol.reading import encoded
from ccflow.protocol.reading import one_line
from ccflow.protocol.reading import read_layers
from ccflow.secret import Secret


SHORTEST: Final = 3
"""Fewer bytes are no secret, but a part of many words."""

_BLANKS: Final = bytes(range(0x21)) + b"+\x7f"
_MARKS: Final = bytes(it for it in range(128) if not chr(it).isalnum())
# So many letters and digits in a row are the secret, whatever stands between them.
_TELLING: Final = 10
_BEGINNING: Final = 4
# What a cut leaves of an escape.
_HALF: Final = re.compile(
    rb"(?:%[0-9A-Fa-f]?|\\(?:[ux][0-9A-Fa-f]{0,3})?|&#?[0-9A-Za-z]{0,31})\Z"
)


@attrs.frozen
class Trace:
    """
    What a secret leaves.

    Marks are left out of the comparison where letters and digits tell enough: they
    are what everybody escapes, replaces and takes for something else.

    Args:
        core: What is left of the secret, in Latin-1.

        ignored: The bytes that are left out of it, and of what it is looked for in.

        before: How many of those the secret begins with.

        behind: How many it ends with.
    """

    core: Secret
    ignored: bytes = attrs.field(repr=False)
    before: int = attrs.field(default=0, repr=False)
    behind: int = attrs.field(default=0, repr=False)

    def __len__(self) -> int:
        return len(self.core.reveal())

    def _core(self) -> bytes:
        return self.core.reveal().encode("latin-1")

    def is_in(self, data: bytes) -> bool:
        """Say whether it is in some bytes."""
        return self._core() in data.translate(None, self.ignored)

    def find(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """Give the places of the text where it stands."""
        if not self.is_in(reading.data):
            return
        data, core = reading.data.translate(None, self.ignored), self._core()
        places = self._places(reading.data)
        at = data.find(core)
        while at >= 0:
            start, end = places[at], places[at + len(core) - 1] + 1
            yield reading.span(*self._widened(reading.data, start, end))
            at = data.find(core, at + 1)

    def _places(self, data: bytes) -> list[int]:
        return [at for at, byte in enumerate(data) if byte not in self.ignored]

    def _widened(self, data: bytes, start: int, end: int) -> tuple[int, int]:
        """Take in the marks at its ends."""
        first, last = max(start - self.before, 0), end + self.behind
        before, behind = data[first:start], data[end:last]
        before = before[len(before.rstrip(self.ignored)) :]
        behind = behind[: len(behind) - len(behind.lstrip(self.ignored))]
        return start - len(before), end + len(behind)

    def find_beginning(self, data: bytes) -> int | None:
        """Return where it begins in what was cut in the midst of it."""
        for cut in (data, _HALF.sub(b"", data)):
            said, core = cut.translate(None, self.ignored), self._core()
            at = said.find(core[:_BEGINNING], max(len(said) - len(core), 0))
            while 0 <= at <= len(said) - _BEGINNING:
                if core.startswith(said[at:]):
                    return max(self._places(cut)[at] - self.before, 0)
                at = said.find(core[:_BEGINNING], at + 1)
        return None


def traces_of(secrets: Iterable[Secret]) -> tuple[Trace, ...]:
    """Return what values leave, whatever somebody made of them before."""
    parts = {part for secret in secrets for part in _parts(secret.reveal())}
    return tuple(
        trace
        for part in parts
        for reading in read_layers(encoded(part).strip())
        for spelling in _spellings(reading.data)
        if (trace := _trace_of(spelling)) is not None
    )


def _trace_of(data: bytes) -> Trace | None:
    core = data.translate(None, _MARKS)
    ignored = _MARKS
    if len(core) < _TELLING:
        ignored = _BLANKS if data.translate(None, _BLANKS) != data else b""
        core = data.translate(None, ignored)
    if len(core) < SHORTEST:
        ignored, core = b"", data
    if len(core) < SHORTEST:
        return None
    return Trace(
        Secret(core.decode("latin-1")),
        ignored,
        len(data) - len(data.lstrip(ignored)),
        len(data) - len(data.rstrip(ignored)),
    )


def _spellings(data: bytes) -> Iterator[bytes]:
    """Give the bytes of a text, also those of older servers."""
    yield data
    if not data.isascii():
        text = data.decode("utf-8", "replace")
        yield encoded(one_line(text))
        yield encoded(data.decode("latin-1"))
        yield text.encode("latin-1", "ignore")


def _parts(value: str) -> tuple[str, ...]:
    """Return what is secret in a value: of a Basic header what follows the name."""
    if value.startswith("Basic "):
        encoded_pair = value[6:]
        try:
            pair = b64decode(encoded_pair).decode()
        except ValueError:  # a secret that only begins like such a header
            return (value,)
        return encoded_pair, pair.partition(":")[2]
    return (value,)
