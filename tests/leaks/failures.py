"""The table of all that goes wrong, and the cells of its product with the methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from tests.leaks.answers import ANSWERS
from tests.leaks.callers import CALLERS
from tests.leaks.echoes import ENCODINGS
from tests.leaks.failure import Failure
from tests.leaks.methods import METHODS
from tests.leaks.methods import Method
from tests.leaks.mistakes import MISTAKES
from tests.leaks.outages import OUTAGES


FAILURES: Final[Mapping[str, Failure]] = {
    failure.name: failure for failure in (*ANSWERS, *OUTAGES, *MISTAKES)
}


@attrs.frozen
class Planned:
    """
    One failure of one method for one caller.

    Args:
        failure: What goes wrong.

        method: Who asks.

        caller: How; a name in `CALLERS`.

        encoding: How the server writes what it repeats; a name in `ENCODINGS`.
    """

    failure: Failure
    method: Method
    caller: str
    encoding: str


def _cells_of(row: int, failure: Failure) -> list[Planned]:
    """
    Pair a failure with every method that it fits.

    Callers and encodings take turns, each row beginning with another one, so that
    every failure meets every caller, and every method every caller and encoding.
    """
    callers, encodings = list(CALLERS), list(ENCODINGS)
    methods = [method for method in METHODS if failure.fits(method)]
    # A failure of few methods comes to each of them in more than one way.
    turns = max(len(methods), len(callers))
    return [
        Planned(
            failure,
            methods[turn % len(methods)],
            callers[(row + turn) % len(callers)],
            encodings[(row + turn) % len(encodings)],
        )
        for turn in range(turns)
    ]


CELLS: Final[Mapping[str, list[Planned]]] = {
    name: _cells_of(row, failure)
    for row, (name, failure) in enumerate(FAILURES.items())
}
"""Every cell, by the name of its failure."""
