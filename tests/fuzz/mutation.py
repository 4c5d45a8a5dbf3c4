"""Changes bytes a little, in the ways in which they go wrong."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from random import Random
from typing import Final


_LONGEST: Final = 20_000


def _flip(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _digit(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    """Change one digit or letter into another."""
    if data:
        place = random.randrange(len(data))
        data[place] = random.choice(b'0123456789abcXYZ"{}[]:,= \n&<>\\')


def _insert(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    place = random.randint(0, len(data))
    data[place:place] = (
        random.choice(words) if words else bytes([random.randrange(256)])
    )


def _overwrite(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    if words:
        place, word = random.randint(0, len(data)), random.choice(words)
        data[place : place + len(word)] = word


def _span(data: bytearray, random: Random) -> slice:
    start = random.randint(0, len(data))
    return slice(start, start + random.randint(1, 1 + len(data) // 4))


def _delete(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    del data[_span(data, random)]


def _repeat(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    span = _span(data, random)
    data[span.start : span.start] = data[span] * random.choice((1, 1, 2, 50))


def _cut(data: bytearray, random: Random, words: Sequence[bytes]) -> None:
    del data[random.randint(0, len(data)) :]


_CHANGES: Final[Sequence[Callable[[bytearray, Random, Sequence[bytes]], None]]] = (
    *(_flip, _digit, _digit, _insert, _insert, _overwrite),
    *(_delete, _repeat, _cut),
)


def mutate(pool: Sequence[bytes], random: Random, words: Sequence[bytes]) -> bytes:
    """
    Make an input of others.

    Args:
        pool: What to begin with.

        random: Decides.

        words: Pieces that may be put in.
    """
    data = bytearray(random.choice(pool))
    if random.random() < 0.2:  # the head of one, the tail of another
        other = random.choice(pool)
        data[random.randint(0, len(data)) :] = other[random.randint(0, len(other)) :]
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        random.choice(_CHANGES)(data, random, words)
    return bytes(data[:_LONGEST])
