"""Whether and when to ask again within one fetch: pure arithmetic."""

from __future__ import annotations

from typing import Final

from ccflow.errors import TokenError


MOST_ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 8.0
# An attempt that has less time than this is not worth a request.
_LEAST_TIME: Final = 0.5


def retry_pause(
    failure: TokenError, attempt: int, left: float, chance: float
) -> float | None:
    """
    Return how many seconds to wait before asking again, or None to give up.

    Exponential backoff with full jitter, so that callers who failed together do not
    come back together. What the server asked to wait is waited in full or not at
    all: a wait beyond the deadline ends the fetch instead of being slept.

    Args:
        failure: What the last attempt ended with.

        attempt: How many attempts were made, from 1.

        left: Seconds until the deadline for everything together.

        chance: From 0 to 1.
    """
    if not failure.retryable or attempt >= MOST_ATTEMPTS:
        return None
    asked = failure.retry_after
    if asked is None and failure.category == "rate_limit":
        # Asking again too early makes some servers start counting anew.
        return None
    pause = chance * min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE)
    pause = max(pause, asked or 0.0)
    return pause if pause + _LEAST_TIME < left else None
