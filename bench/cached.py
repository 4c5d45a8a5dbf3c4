"""A token that is held, against the clock that any cache has to read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from bench.figure import Call
from bench.figure import Figure
from bench.figure import interleave
from bench.figure import median_ratio
from bench.server import make_profile
from bench.server import running_server
from ccflow import TokenSource


def measure() -> Iterator[Figure]:
    """Compare `TokenSource.token` with `time.time`."""
    with running_server() as url:
        source = TokenSource(make_profile(url))
        source.token()
        calls = [_ten_times(source.token), _ten_times(time.time)]
        ours, theirs = interleave(*calls, number=10_000, rounds=41)
    yield Figure(
        what="source.token(), cached",
        against="time.time()",
        ours=statistics.median(ours) / 10,
        theirs=statistics.median(theirs) / 10,
        value=median_ratio(ours, theirs),
        aim=3,
    )


def _ten_times(call: Call) -> Call:
    """Hide the cost of the loop, which would flatter the ratio."""

    def ten() -> None:
        call(), call(), call(), call(), call()
        call(), call(), call(), call(), call()

    return ten
