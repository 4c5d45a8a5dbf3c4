"""What is read: any answer, in the members that the provider names, and those known."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ccflow.errors import TokenError
from ccflow.protocol.answer import Answer
from ccflow.protocol.plan_to_read import make_plan_to_read
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.testing.answers import Drawn
from ccflow.testing.answers import answers
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.candidate import KnownAnswer
from ccflow.testing.conformance.falsify import falsify
from ccflow.testing.conformance.request import NOW


_Reader = Callable[[Mapping[str, Any]], object]


def outcome_of(
    provider: Provider, status: int, headers: Mapping[str, str], body: bytes
) -> TokenResponse | TokenError:
    """Return what ccflow makes of an answer; anything else that is raised is raised."""
    plan = make_plan_to_read(provider)
    named = {name.lower(): value for name, value in headers.items()}
    answer = Answer(status, named, body)
    try:
        return read_response(provider, plan, answer, Scrubber(()), now=NOW)
    except TokenError as error:
        return error


def complain_of_answers(candidate: Candidate) -> Iterator[str]:
    """Draw answers of any kind; each is a token, or an error with a next step."""
    provider = candidate.provider

    def complain(drawn: Drawn) -> Iterator[str]:
        status, headers, body = drawn
        outcome = outcome_of(provider, status, headers, body)
        if isinstance(outcome, TokenError) and not outcome.hint:
            yield f"HTTP {status} with {body[:200]!r} leaves nothing to do next"
        if status >= 300 and isinstance(outcome, TokenResponse):
            yield f"HTTP {status} with {body[:200]!r} is taken for a token"
        members = Answer(status, headers, body).members
        yield from _complain_of_readers(provider, members)

    yield from falsify(answers, complain, examples=candidate.examples)


def _complain_of_readers(
    provider: Provider, members: Mapping[str, Any]
) -> Iterator[str]:
    """The functions return what they should, the same each time, and change nothing."""
    kinds: tuple[tuple[str, _Reader | None, type], ...] = (
        ("read_success", provider.read_success, Mapping),
        ("read_error", provider.read_error, ErrorBody),
    )
    for name, reader, kind in kinds:
        if reader is None:
            continue
        given = copy.deepcopy(dict(members))
        found = reader(given)
        shown = f"{name}({json.dumps(dict(members), default=str)[:200]})"
        if found is not None and not isinstance(found, kind):
            yield f"{shown} returns {type(found).__name__}, not {kind.__name__} or None"
        if repr(given) != repr(dict(members)):
            yield f"{shown} changes what it is given"
        if repr(reader(given)) != repr(found):
            yield f"{shown} does not return the same twice"


def complain_of_known(candidate: Candidate) -> Iterator[str]:
    """Read the answers that the servers are known to give."""
    for known in candidate.answers:
        found = outcome_of(candidate.provider, known.status, known.headers, known.body)
        yield from (f"{known.name}: {it}" for it in _complain_of_known(known, found))


def _complain_of_known(
    known: KnownAnswer, found: TokenResponse | TokenError
) -> Iterator[str]:
    match found:
        case TokenResponse():
            if known.token is None:
                yield "it is taken for a token"
            elif found.access_token.reveal() != known.token:
                yield "another token is read"
        case TokenError():
            if known.token is not None:
                yield f"it is not taken for a token: {found}"
            elif found.error != known.error:
                yield f"the code {found.error!r} is read, not {known.error!r}"
            elif "\n" in str(found) or not found.hint:
                yield "cause and next step are not on one line"
