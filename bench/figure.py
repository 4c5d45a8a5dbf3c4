"""A figure: what was measured, against what, and what was aimed at."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable

import attrs


Call = Callable[[], object]


def seconds(value: float) -> str:
    """Write a time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


@attrs.frozen
class Note:
    """
    A line of text between the figures.

    Args:
        text: What to print.
    """

    text: str


@attrs.frozen(kw_only=True)
class Figure:
    """
    The outcome of one comparison.

    Args:
        what: What was measured.

        against: What it was measured against.

        ours: What the one takes, in words.

        theirs: What the other takes, in words.

        value: What counts: a ratio, a difference, a number of requests; None for a
            line that only informs.

        unit: What to write after the value.

        aim: What it should stay under; None for one that only informs.

        exactly: Whether it should be the aim rather than less.
    """

    what: str
    against: str = ""
    ours: str = ""
    theirs: str = ""
    value: float | None = None
    unit: str = "x"
    aim: float | None = None
    exactly: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the aim was met."""
        if self.aim is None or self.value is None:
            return ""
        met = self.value == self.aim if self.exactly else self.value < self.aim
        return "met" if met else "MISSED"

    @property
    def cells(self) -> tuple[str, ...]:
        """Write it as the cells of a row."""
        value = aim = ""
        if self.value is not None:
            number = f"{self.value:g}" if self.exactly else f"{self.value:.2f}"
            value = number + self.unit
        if self.aim is not None:
            aim = f"{'' if self.exactly else '< '}{self.aim:g}{self.unit}"
        return (
            self.what,
            self.ours,
            self.against,
            self.theirs,
            value,
            aim,
            self.verdict,
        )


def ratio(
    what: str,
    against: str,
    ours: list[float],
    theirs: list[float],
    *,
    aim: float | None = None,
) -> Figure:
    """
    Compare two by how many times the one takes what the other takes.

    Args:
        what: What was measured.

        against: What it was measured against.

        ours: Seconds, round by round.

        theirs: The same of the other.

        aim: What the ratio should stay under.
    """
    return Figure(
        what=what,
        against=against,
        ours=seconds(statistics.median(ours)),
        theirs=seconds(statistics.median(theirs)),
        value=median_ratio(ours, theirs),
        aim=aim,
    )


def count(what: str, value: float, *, aim: float, unit: str = "") -> Figure:
    """Make the figure of a number that is to be exactly the aim."""
    return Figure(what=what, value=value, unit=unit, aim=aim, exactly=True)


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
    return take_turns(
        *[lambda it=timer: it.timeit(number) / number for timer in timers],
        rounds=rounds,
    )


def take_turns(*measures: Callable[[], float], rounds: int) -> list[list[float]]:
    """
    Take measurements in turn.

    Args:
        measures: What takes one, and returns it.

        rounds: How many to take of each.
    """
    taken: list[list[float]] = [[] for _ in measures]
    for turn in range(rounds):
        # Each goes first as often as the other: what runs second finds warm caches.
        order = range(len(measures)) if turn % 2 else reversed(range(len(measures)))
        for index in order:
            taken[index].append(measures[index]())
    return taken


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Compare round by round, so that a slow round is slow for both."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def median_difference(ours: list[float], theirs: list[float]) -> float:
    """Subtract round by round, for the same reason."""
    return statistics.median(a - b for a, b in zip(ours, theirs, strict=True))
