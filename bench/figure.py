"""A figure: what was measured, against what, and what was aimed at."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable

import attrs


Call = Callable[[], object]


@attrs.frozen(kw_only=True)
class Figure:
    """
    The outcome of one comparison.

    Args:
        what: What was measured.

        against: What it was measured against.

        ours: Seconds that the one takes.

        theirs: Seconds that the other takes.

        value: What counts: a ratio, or a difference in microseconds.

        unit: What to write after the value.

        aim: What it should stay under; None for one that only informs.
    """

    what: str
    against: str
    ours: float
    theirs: float
    value: float
    unit: str = "x"
    aim: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether the aim was met."""
        if self.aim is None:
            return ""
        return "met" if self.value < self.aim else "MISSED"


def interleave(*calls: Call, number: int, rounds: int) -> list[list[float]]:
    """
    Time calls in turn.

    Args:
        calls: What to time.

        number: How often to call each in a round.

        rounds: How many rounds to take.

    Returns:
        For each call the seconds that one of it took, round by round.
    """
    timers = [timeit.Timer(call) for call in calls]
    for timer in timers:  # connections, caches and the interpreter's own warm-up
        timer.timeit(max(number // 10, 1))
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds):
        # Each goes first as often as the other: what runs second finds warm caches.
        order = range(len(calls)) if turn % 2 else reversed(range(len(calls)))
        for index in order:
            taken[index].append(timers[index].timeit(number) / number)
    return taken


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Compare round by round, so that a slow round is slow for both."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def median_difference(ours: list[float], theirs: list[float]) -> float:
    """Subtract round by round, for the same reason."""
    return statistics.median(a - b for a, b in zip(ours, theirs, strict=True))
