"""One target, many inputs, and what was found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random

import attrs

from tests.fuzz.mutation import mutate
from tests.fuzz.target import Target


@attrs.frozen(kw_only=True)
class Report:
    """
    What a campaign came to.

    Args:
        runs: How many inputs were read.

        seconds: How long that took.

        regions: How often each region was reached.

        finding: The input that a reader failed on, and how; None where none did.
    """

    runs: int
    seconds: float
    regions: Counter[str]
    finding: tuple[bytes, BaseException] | None


def fuzz(
    target: Target,
    *,
    seconds: float = float("inf"),
    runs: float = float("inf"),
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """
    Feed a target until the time or the number of inputs is used up.

    An input that reaches a region that no other one reached is kept to be changed.

    Args:
        target: What to feed.

        seconds: For how long, at most.

        runs: With how many inputs, at most; the seeds count too.

        seed: The same one makes the same inputs.

        clock: Seconds.
    """
    random, started = Random(seed), clock()
    pool = list(target.seeds())
    regions: Counter[str] = Counter()
    done = 0
    while done < runs and clock() - started < seconds:
        data = pool[done] if done < len(pool) else mutate(pool, random, target.words)
        fresh = done >= len(pool)
        done += 1
        try:
            region = target.run(data)
        except Exception as error:
            return _report(done, clock() - started, regions, (data, error))
        if fresh and region not in regions:
            pool.append(data)
        regions[region] += 1
    return _report(done, clock() - started, regions, None)


def _report(
    runs: int,
    seconds: float,
    regions: Counter[str],
    finding: tuple[bytes, BaseException] | None,
) -> Report:
    return Report(runs=runs, seconds=seconds, regions=regions, finding=finding)
