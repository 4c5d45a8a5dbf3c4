"""
What servers said of themselves, once for all who ask the same, for a day.

Those who come while somebody asks wait for that answer, or for that failure. A
failure is not remembered for those who come later.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from collections.abc import Hashable
from concurrent.futures import Future
from typing import Final

import attrs

from ccflow.errors import CcflowError
from ccflow.process import PROCESS
from ccflow.protocol.metadata import Metadata


KEPT: Final = 24 * 3600.0
"""Seconds for which a document is believed."""

MOST_KEPT: Final = 256


@attrs.frozen
class _LookUp:
    """
    One look-up, done or under way.

    Args:
        until: The time of the steady clock until which it is believed.

        outcome: What was found, or why nothing was; None where whoever asked was
            interrupted.
    """

    until: float
    outcome: Future[Metadata | CcflowError | None] = attrs.field(factory=Future)


_look_ups: dict[Hashable, _LookUp] = {}


def find_metadata(
    key: Hashable, ask: Callable[[], Metadata], seconds: float, now: float
) -> Metadata:
    """
    Return what is known, or have one of those who want it ask.

    Args:
        key: All that the answer depends on.

        ask: Asks the server.

        seconds: How long to wait for somebody else's answer.

        now: The time of the steady clock.

    Raises:
        CcflowError: What `ask` raised, here or where it was waited for.

        TimeoutError: Somebody else has not got an answer in time.
    """
    while True:
        look_up, is_mine = _join(key, now)
        if is_mine:
            return _perform(key, look_up, ask)
        outcome = look_up.outcome.result(seconds)
        if isinstance(outcome, CcflowError):
            raise copy.copy(outcome)
        if outcome is not None:
            return outcome


def _join(key: Hashable, now: float) -> tuple[_LookUp, bool]:
    """Return the look-up of a key, and whether it was begun here."""
    with PROCESS.lock:
        look_up = _look_ups.pop(key, None)
        is_mine = look_up is None or look_up.until <= now
        if look_up is None or is_mine:
            look_up = _LookUp(now + KEPT)
        # The one that was used last comes last.
        _look_ups[key] = look_up
        while len(_look_ups) > MOST_KEPT:
            del _look_ups[next(iter(_look_ups))]
    return look_up, is_mine


def _perform(key: Hashable, look_up: _LookUp, ask: Callable[[], Metadata]) -> Metadata:
    outcome: Metadata | CcflowError | None = None
    try:
        outcome = found = ask()
    except CcflowError as error:
        # Not itself: its frames would hold what holds it.
        outcome = copy.copy(error)
        raise
    finally:
        if not isinstance(outcome, Metadata):
            with PROCESS.lock:
                if _look_ups.get(key) is look_up:
                    del _look_ups[key]
        look_up.outcome.set_result(outcome)
    return found


def forget_metadata(token_endpoint: str | None = None) -> None:
    """Forget who said that this is their token endpoint; None forgets everybody."""
    with PROCESS.lock:
        for key, look_up in list(_look_ups.items()):
            if token_endpoint is None or _leads_to(look_up, token_endpoint):
                del _look_ups[key]


def _leads_to(look_up: _LookUp, token_endpoint: str) -> bool:
    found = look_up.outcome.result() if look_up.outcome.done() else None
    if not isinstance(found, Metadata):
        return False
    return token_endpoint in {found.token_endpoint, found.mtls_token_endpoint}


PROCESS.in_child(_look_ups.clear)
