"""How long a fetch may take, and how long each of its steps: pure arithmetic."""

from __future__ import annotations

import math
from typing import Final

import attrs


# An answer is waited for so long at least, or twice as long as the last one took.
LEAST_PATIENCE: Final = 1.0
_PATIENCE_FACTOR: Final = 2.0
# Of what is left of the held token, one answer may take so much: when it does not
# come, there is time to ask again.
_ANSWER_SHARE: Final = 1 / 2
_LOCK_SHARE: Final = 1 / 3
# Without a token, half of all the time is left to ask.
_LOCK_SHARE_OF_ALL: Final = 1 / 2


@attrs.frozen(weakref_slot=False)
class Deadline:
    """
    Until when a fetch must be over.

    While a token is held that is still good nobody waits, and what hangs is given up
    in time for another try. From its end on, callers wait, and all the time may be
    used.

    Args:
        ends: The time of the steady clock by which all must be over.

        held_until: The time of the steady clock at which the held token ends.

        patience: Seconds that an answer has, however little is left of the token.
    """

    ends: float
    held_until: float = -math.inf
    patience: float = LEAST_PATIENCE

    def left(self, now: float) -> float:
        """Return how many seconds there are for everything that is left to do."""
        return self.ends - now

    def for_answer(self, now: float) -> float:
        """Return how many seconds one answer may take."""
        left, held = self.ends - now, self.held_until - now
        if held <= 0:
            return left
        return min(left, max(held * _ANSWER_SHARE, self.patience))

    def for_lock(self, now: float) -> float:
        """Return how many seconds to wait for another process that asks."""
        most, held = (self.ends - now) * _LOCK_SHARE_OF_ALL, self.held_until - now
        return max(most if held <= 0 else min(most, held * _LOCK_SHARE), 0.0)


def patience_after(seconds: float) -> float:
    """
    Return how patient to be with a server.

    Args:
        seconds: How long its last answer took.
    """
    return max(LEAST_PATIENCE, seconds * _PATIENCE_FACTOR)
