"""Time and chance, as arguments, so that tests can turn them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import attrs

from ccflow.engine.freshness import Moment
from ccflow.process import chance


_CLOCK_BOOTTIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def _steady() -> float:
    if _CLOCK_BOOTTIME is not None:
        return time.clock_gettime(_CLOCK_BOOTTIME)
    return time.monotonic()


@attrs.frozen
class Runtime:
    """
    Time and chance, as arguments.

    Args:
        wall: Epoch seconds.

        steady: Seconds of a clock that nobody sets.

        chance: A number from 0 to 1, for jitter.

        sleep: Waits so many seconds.
    """

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = _steady
    chance: Callable[[], float] = chance
    sleep: Callable[[float], None] = time.sleep

    def moment(self) -> Moment:
        """Read both clocks."""
        return Moment(self.wall(), self.steady())


SYSTEM: Final = Runtime()
