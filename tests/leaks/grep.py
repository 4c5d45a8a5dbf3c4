"""Finds secrets in what has left, in any form, and any piece of one."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache

import attrs

from tests.leaks.forms import forms
from tests.leaks.forms import unescaped


PIECE = 10
"""As many characters in a row of any form of a secret are a leak."""
_ENDS = re.compile(r", |[\r\n]+")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@attrs.frozen
class Mark:
    """
    Something that must not leave.

    Args:
        name: What to call it.

        text: Itself.
    """

    name: str
    text: str = attrs.field(repr=False)


@attrs.frozen
class Page:
    """
    Something that left.

    Args:
        channel: The way it took.

        text: What it says.
    """

    channel: str
    text: str = attrs.field(repr=False)


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + PIECE] for at in range(len(text) - PIECE + 1))


# A credential of the profile is sent again and again.
@lru_cache(maxsize=32)
def _pieces_of(text: str) -> frozenset[str]:
    return frozenset(piece for form in forms(text) for piece in _pieces(form))


class Grep:
    """
    Knows some marks in all their forms.

    Every piece of every form is in one set, so that looking for thirty secrets in
    thousands of forms costs what looking for one does.

    Args:
        marks: What to look for.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks = tuple(marks)
        found = [_pieces_of(mark.text) for mark in self.marks]
        self._pieces = found[0] if len(found) == 1 else frozenset().union(*found)

    def is_in(self, text: str) -> bool:
        """Say whether a text has a piece of a mark."""
        return any(self.is_among({*_pieces(it)}) for it in (text, *unescaped(text)))

    def is_among(self, pieces: set[str]) -> bool:
        """Say whether one of these pieces is of a mark."""
        return not self._pieces.isdisjoint(pieces)

    def look(self, text: str) -> tuple[Mark, str, str] | None:
        """Return the first mark in a text, its form, and what stands around it."""
        found = enumerate(_pieces(text))
        at, piece = next((it for it in found if it[1] in self._pieces), (0, ""))
        if not piece:
            return None
        mark, form = next(
            (mark, name)
            for mark in self.marks
            for form, name in forms(mark.text).items()
            if piece in form
        )
        return mark, form, text[max(at - 60, 0) : at + 60]


class Reader:
    """
    Reads what left, each phrase once: no mark has a comma and a space in it.

    A phrase that was clean before is clean again: what is secret of a new request
    did not exist then.

    Args:
        grep: What is looked for in every line.

        places: The channels in which a mark may be, by its name.
    """

    def __init__(self, grep: Grep, places: Mapping[str, Collection[str]]) -> None:
        self.grep = grep
        self._places = places
        self._clean: set[str] = set()

    def find(self, pages: Iterable[Page], also: Iterable[Mark] = ()) -> list[str]:
        """
        Return what was found where, in words.

        Args:
            pages: What left.

            also: What is looked for in these only.
        """
        greps = self.grep, Grep(also)
        # Whatever else is the same is the same text, wherever it lies in memory.
        texts = {(page.channel, _ADDRESS.sub("", page.text)) for page in pages}
        return [
            f"{mark.name} as {form} in {channel}: ...{around!r}..."
            for channel, text in texts
            for mark, form, around in self._read(text, greps)
            if channel not in self._places.get(mark.name, ())
        ]

    def _read(self, text: str, greps: tuple[Grep, ...]) -> list[tuple[Mark, str, str]]:
        if text in self._clean:
            return []
        found = [
            said
            for whole in (text, *unescaped(text))
            for phrase in _ENDS.split(whole)
            for said in self._read_phrase(phrase, greps)
        ]
        if not found:
            self._clean.add(text)
        return found

    def _read_phrase(
        self, phrase: str, greps: tuple[Grep, ...]
    ) -> Iterator[tuple[Mark, str, str]]:
        if len(phrase) < PIECE or phrase in self._clean:
            return
        pieces = {*_pieces(phrase)}
        found = [grep.look(phrase) for grep in greps if grep.is_among(pieces)]
        if not found:
            self._clean.add(phrase)
        yield from (it for it in found if it is not None)
