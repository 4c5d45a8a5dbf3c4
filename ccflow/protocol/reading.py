"""
What can be read out of a text: its escapes undone, its base64 and hex decoded.

Every reading knows where in the text each of its bytes came from, and is made in
linear time.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from collections.abc import Sequence
from html import unescape
from typing import Final

import attrs


# JSON in a page in a query: nobody escapes more often.
_LAYERS: Final = 5
_LAST_CODE: Final = 0x10FFFF
_ESCAPED: Final = re.compile(rb"[%\\&]")
# Of URLs; of Python, C, JSON and JavaScript; of HTML.
_ESCAPE: Final = re.compile(
    rb"(?:%|\\x)(?P<byte>[0-9A-Fa-f]{2})"
    rb"|\\u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    rb"|[%\\]u(?P<code>[0-9A-Fa-f]{4})"
    rb"|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}"
    rb"|\\U(?P<long>[0-9A-Fa-f]{8})"
    rb"|\\(?P<octal>[0-3][0-7]{2})"
    rb"|\\(?P<mark>[^xu])"
    rb"|(?P<entity>&(?:#[Xx][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});)",
    re.DOTALL,
)
_BLANKS: Final = b"nrtbfv0a"
# Lone surrogates too: JSON can bring them, and no terminal or file takes them.
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff]+"
)
ENDS: Final = b" .\"')]}>\xe2\x80\xa6"
"""What may stand behind a text that was cut."""

# As short a piece of base64 is a word of some other text, too.
SHORTEST_BLOCK: Final = 6
_ALPHABET: Final = bytes(it for it in range(128) if chr(it).isalnum()) + b"+/-_"
_APART: Final = bytes(it if it in _ALPHABET else 0x20 for it in range(256))
_WORD: Final = re.compile(rb"[0-9A-Za-z+/_-]+=*")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]+")
_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")


@attrs.frozen
class Reading:
    """
    One way to read a text.

    Args:
        data: What is read, as UTF-8.

        starts: Where in the text each of these bytes begins; and the text's length.
    """

    data: bytes = attrs.field(repr=False)
    starts: Sequence[int] = attrs.field(repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where some of these bytes stand in the text."""
        return self.starts[start], self.starts[end]


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; lone surrogates too, which JSON can bring."""
    return text.encode("utf-8", "surrogatepass")


def one_line(text: str) -> str:
    """Return a text with one blank for whatever moves a cursor or is not seen."""
    return " ".join(_CONTROL.sub(" ", text).split())


def read_layers(data: bytes) -> Iterator[Reading]:
    """Give what a text says as it is, then with one layer of escapes less each."""
    reading: Reading | None = Reading(data, range(len(data) + 1))
    for _ in range(_LAYERS):
        if reading is None:
            return
        yield reading
        reading = _unescaped(reading)


def _unescaped(reading: Reading) -> Reading | None:
    """Undo one layer of escapes of every kind; None where there is none."""
    data, starts = reading.data, reading.starts
    if not _ESCAPED.search(data):
        return None
    parts: list[bytes] = []
    places: list[int] = []
    done = 0
    for found in _ESCAPE.finditer(data):
        value = _meaning(found)
        if value == found[0]:
            continue
        parts += (data[done : found.start()], value)
        places += starts[done : found.start()]
        places += [starts[found.start()]] * len(value)
        done = found.end()
    if not done:
        return None
    return Reading(b"".join((*parts, data[done:])), [*places, *starts[done:]])


def _meaning(found: re.Match[bytes]) -> bytes:
    """Return what an escape stands for."""
    match kind := found.lastgroup:
        case "byte":
            return bytes.fromhex(found["byte"].decode())
        case "low":
            pair = bytes.fromhex((found["high"] + found["low"]).decode())
            return pair.decode("utf-16-be").encode()
        case "code" | "braced" | "long":
            code = int(found[kind], 16)
            return encoded(chr(code)) if code <= _LAST_CODE else found[0]
        case "octal":
            return bytes([int(found["octal"], 8)])
        case "mark":
            return b" " if found["mark"] in _BLANKS else found["mark"]
        case _:
            return encoded(unescape(found[0].decode()))


def read_blocks(data: bytes, shortest: int) -> Iterator[tuple[int, int, bytes]]:
    """
    Give what stands in base64, base64url and hex, with its first and last place.

    Args:
        data: A reading of a text.

        shortest: As many bytes at least are worth it.
    """
    least = shortest * 4 // 3
    # Most texts end here, which costs a tenth of the rest.
    if max(map(len, data.translate(_APART).split()), default=0) < least:
        return
    for found in _WORD.finditer(data):
        start, end = found.span()
        if end - start >= least:
            yield from ((start, end, it) for it in _from_base64(found[0]))
    for found in _HEX.finditer(data):
        start, end = found.span()
        if end - start >= shortest * 2:
            yield from ((start, end, it) for it in _from_hex(found[0]))


def _from_base64(word: bytes) -> Iterator[bytes]:
    """Decode a word in which base64 may begin anywhere, so in any of four places."""
    word = word.rstrip(b"=").translate(_URL_ALPHABET)
    for at in range(4):
        whole = (len(word) - at) % 4 != 1
        yield b64decode(word[at : len(word) if whole else -1] + b"==")


def _from_hex(word: bytes) -> Iterator[bytes]:
    for at in range(2):
        yield bytes.fromhex(word[at : len(word) - (len(word) - at) % 2].decode())


def read_end(data: bytes) -> Iterator[tuple[int | None, bytes]]:
    """Give a text that may have been cut, and each block at its end with its place."""
    whole = data.rstrip(ENDS)
    yield None, whole
    start = len(whole.rstrip(b"=").rstrip(_ALPHABET))
    for _, _, block in read_blocks(whole[start:], SHORTEST_BLOCK):
        for inside in read_layers(block):
            yield start, inside.data
