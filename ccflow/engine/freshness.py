"""
When a token is fresh, stale or expired: pure arithmetic on two clocks.

The wall clock may jump, and the other one counts what the wall clock misses. The
age of a token is what the worse of the two says.
"""

from __future__ import annotations

from typing import Final
from typing import Literal

import attrs


State = Literal["fresh", "stale", "expired"]

REFRESH_SHARE: Final = 0.8
LATE_SHARE: Final = 0.95
JITTER_SHARE: Final = 0.1
LONGEST_LOOK: Final = 1.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_LEAST_PAUSE: Final = 0.1
_PAUSE_SHARE: Final = 1 / 3


@attrs.frozen(weakref_slot=False)  # there is one for each of many tokens
class Moment:
    """
    One reading of both clocks.

    Args:
        wall: Epoch seconds.

        steady: Seconds of a clock that no one sets, and that counts suspend
            where the system has such a one.
    """

    wall: float
    steady: float

    def seconds_since(self, earlier: Moment) -> float:
        """Return how long ago another moment was, believing the worse clock."""
        return max(self.wall - earlier.wall, self.steady - earlier.steady)


@attrs.frozen(weakref_slot=False)
class Freshness:
    """
    The life of one token.

    Args:
        asked: When it was asked for; its life counts from there.

        lifetime: Seconds that it lives, or that it is kept where unknown.

        refresh_after: Seconds until it is renewed.
    """

    asked: Moment
    lifetime: float
    refresh_after: float

    def state(self, now: Moment) -> State:
        """Say what may be done with the token now."""
        age = now.seconds_since(self.asked)
        if age >= self.lifetime:
            return "expired"
        return "stale" if age >= self.refresh_after else "fresh"

    def seconds_left(self, now: Moment) -> float:
        """Return how long it can still be used."""
        return self.lifetime - now.seconds_since(self.asked)

    def ends_with(self, asked: Moment, lifetime: float) -> bool:
        """
        Say whether another token ends when this one does, or hardly later.

        Some servers keep a token and hand it to whoever asks: renewing it early
        brings nothing.

        Args:
            asked: When the other one was asked for.

            lifetime: Seconds that it lives from then.
        """
        if self.state(asked) == "expired":
            return False
        later = asked.seconds_since(self.asked) + lifetime - self.lifetime
        return later < lifetime * (1 - LATE_SHARE)

    def next_look(self, now: Moment) -> float:
        """Return the wall time until which nothing about it can change."""
        age = now.seconds_since(self.asked)
        ahead = [self.lifetime - age, self.refresh_after - age, LONGEST_LOOK]
        return now.wall + min(wait for wait in ahead if wait > 0)


def freshness_of(
    asked: Moment,
    lifetime: float,
    jitter: float,
    *,
    hint: float | None = None,
    late: bool = False,
) -> Freshness:
    """
    Plan the life of a token.

    Args:
        asked: When the request was sent.

        lifetime: Seconds, from two to a year; the refresh point is a share of
            it, so that short tokens are cached too.

        jitter: From 0 to 1, drawn once per process, so that workers which
            started together do not renew together.

        hint: Seconds after which the server would like it to be renewed.

        late: Whether to wait until late, since renewing it early was of no use.
    """
    share = LATE_SHARE if late else REFRESH_SHARE + JITTER_SHARE * (jitter - 0.5)
    after = lifetime * share
    if hint is not None and not late and hint < lifetime:
        after = max(hint * (1 - JITTER_SHARE * jitter), lifetime / 2)
    return Freshness(asked, lifetime, after)


def renewal_pause(
    failures: int,
    retry_after: float | None,
    jitter: float,
    left: float | None = None,
) -> float:
    """
    Return how many seconds to leave a failing server alone.

    Args:
        failures: How many renewals failed in a row, from 1.

        retry_after: What the server asked for.

        jitter: From 0 to 1.

        left: Seconds that the old token can still be used; a share of it is the
            longest pause, so that the end of an outage is noticed before that. None
            where there is no such token.
    """
    pause = min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 16), _LONGEST_PAUSE)
    if left is not None:
        pause = min(pause, max(left * _PAUSE_SHARE, _LEAST_PAUSE))
    return max(pause * (0.5 + jitter / 2), retry_after or 0.0)
