"""How long a server asks to wait, whichever way it says so."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.plan import Plan


_LONGEST_WAIT: Final = 366 * 86400.0
_EPOCH: Final = parsedate_to_datetime("Thu, 01 Jan 1970 00:00:00 +0000")


def read_date(value: str | None) -> float | None:
    """Return an HTTP date (RFC 9110 section 5.6.7) as epoch seconds, or None."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # Without a zone it is still UTC; timestamp() would take this machine's.
        epoch = _EPOCH if moment.tzinfo is not None else _EPOCH.replace(tzinfo=None)
        return (moment - epoch).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def server_time(answer: Answer, now: float) -> float:
    """Return the server's own epoch seconds; this machine's where it tells none."""
    told = read_date(answer.headers.get("date"))
    return now if told is None else told


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def read_retry_after(
    plan: Plan, answer: Answer, now: float, *, limited: bool = True
) -> float | None:
    """
    Return how many seconds the server asks to wait, or None.

    A date is read against the server's own ``Date``, so that a clock that is
    wrong on either side does not matter.

    Args:
        plan: Whose quirks name the header with the end of a rate limit.

        answer: What came.

        now: Epoch seconds, where the answer has no ``Date``.

        limited: Whether a rate limit was met. Okta sends the header with every
            answer; otherwise it asks nobody to wait.
    """
    header = answer.headers.get("retry-after")
    wait = _seconds(header)
    if wait is None and (until := read_date(header)) is not None:
        wait = until - server_time(answer, now)
    reset = plan.quirks.rate_limit_reset_header
    if wait is None and reset is not None and limited:
        at = _seconds(answer.headers.get(reset.lower()))
        wait = None if at is None else at - server_time(answer, now) + 1
    return None if wait is None else min(max(wait, 0.0), _LONGEST_WAIT)
