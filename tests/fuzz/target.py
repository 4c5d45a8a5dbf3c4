"""What is fuzzed: a function of bytes, and bytes to begin with."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable

import attrs


class FindingError(AssertionError):
    """A reader did what it must never do."""


@attrs.frozen(kw_only=True)
class Target:
    """
    A reader of bytes.

    Args:
        name: What to call it on the command line.

        seeds: Inputs that are near to what is usual, to be changed.

        run: Reads an input. Returns the name of the region that it ended in; any
            exception is a finding.

        words: Pieces that are put into inputs as they are.
    """

    name: str
    seeds: Callable[[], Iterable[bytes]]
    run: Callable[[bytes], str]
    words: tuple[bytes, ...] = ()
