"""What errors mean: hints for the common ones, and none that nothing leads to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.explanation import plain_code
from ccflow.protocol.general_explanations import GENERAL
from ccflow.protocol.provider import Provider
from ccflow.testing.conformance.answer import outcome_of
from ccflow.testing.conformance.candidate import Candidate


COMMON: Final = {
    "invalid_client": 401,
    "invalid_scope": 400,
    "invalid_request": 400,
    "unauthorized_client": 400,
    "unsupported_grant_type": 400,
    "access_denied": 403,
}
"""The errors that everybody meets, each with the status that it mostly has."""

_LONGEST: Final = 400


def complain_of_hints(candidate: Candidate) -> Iterator[str]:
    """Ask for the common errors, and for each code that the quirks name."""
    provider, quirks = candidate.provider, candidate.provider.quirks
    known = (*provider.explanations, *GENERAL)
    for code, status in COMMON.items():
        if find_hint(known, code, None, status) is None:
            yield f"nobody knows what to do about {code}"
    for code in quirks.rate_limit_errors:
        found = _outcome(provider, code, 400)
        if not isinstance(found, TokenUnavailableError):
            yield f"{code} is no rate limit"
        elif found.category != "rate_limit":
            yield f"{code} is no rate limit, but {found.category}"
    for code in quirks.retryable_errors:
        if not isinstance(_outcome(provider, code, 400), TokenUnavailableError):
            yield f"{code} does not pass"
    for code in quirks.permanent_errors:
        if not isinstance(_outcome(provider, code, 503), TokenRefusedError):
            yield f"{code} under 503 passes"


def _outcome(provider: Provider, code: str, status: int) -> object:
    """Read a code where the provider, or else the standard, has it."""
    for path in (*provider.quirks.error_members, "error"):
        if "." not in path:
            body = json.dumps({path: code}).encode()
            found = outcome_of(provider, status, {}, body)
            if isinstance(found, TokenError) and found.error is not None:
                return found
    return None


def complain_of_explanations(candidate: Candidate) -> Iterator[str]:
    """Look at each explanation, and whether one before it hides it."""
    explanations = candidate.provider.explanations
    for it in explanations:
        if "\n" in it.hint or not it.hint.isprintable():
            yield f"{_named(it)}: the hint is not one line of text: {it.hint!r}"
        elif len(it.hint) > _LONGEST:
            yield f"{_named(it)}: the hint has {len(it.hint)} characters: {_LONGEST} do"
        if it.description is not None and it.fits(it.error, "", it.status_code):
            yield f"{_named(it)}: /{it.description}/ is found in an empty text"
        if it == Explanation(hint=it.hint):
            yield f"{_named(it)}: it is about any answer at all"
    for before, after in combinations(explanations, 2):
        if _hides(before, after):
            yield f"{_named(after)} is never told: {_named(before)} comes before it"


def _hides(before: Explanation, after: Explanation) -> bool:
    """Say whether all that the second is about the first one is about, too."""
    if before.error is not None and (
        after.error is None or plain_code(before.error) != plain_code(after.error)
    ):
        return False
    if before.status_code not in {None, after.status_code}:
        return False
    # Whatever the order, a text comes before a code alone.
    same = before.description == after.description
    return same and before.cause in {None, after.cause}


def _named(it: Explanation) -> str:
    status = f"HTTP {it.status_code}" if it.status_code is not None else None
    text = f"/{it.description}/" if it.description is not None else None
    parts = [part for part in (it.error, status, text) if part]
    return f"the explanation of {' '.join(parts) or 'anything'}"
