"""Looks for the simplest thing that proves a claim wrong."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final
from typing import TypeVar

from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st


T = TypeVar("T")

# The same things each time: a report is to be repeated. Nothing is slow for a reason
# of the candidate's, and whatever it wants drawn is for it to say.
_LOOK: Final = settings(
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=(
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
        HealthCheck.too_slow,
    ),
)


class ComplaintError(AssertionError):
    """Something drawn proves the claim wrong."""


def falsify(
    drawn: st.SearchStrategy[T],
    complain: Callable[[T], Iterable[str]],
    *,
    examples: int,
) -> Iterator[str]:
    """
    Give the complaint about the simplest thing that earns one, if any does.

    Args:
        drawn: What is drawn from.

        complain: Gives what is wrong about a thing.

        examples: How many things are drawn.
    """

    @settings(_LOOK, max_examples=examples)
    @given(drawn)
    def look(thing: T) -> None:
        for complaint in complain(thing):
            raise ComplaintError(complaint)

    try:
        look()
    except ComplaintError as found:
        yield str(found)
