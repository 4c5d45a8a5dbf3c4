"""The error code and its text, wherever a server puts them."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.member import first_text
from ccflow.protocol.member import read_text
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider


_PARAMETER: Final = re.compile(r'\b(error|error_description)="([^"]*)"')
_LONGEST_CHALLENGE: Final = 2000


def call_reader(
    reader: Callable[[Mapping[str, Any]], object], members: Mapping[str, Any]
) -> object:
    """
    Call the function of a plugin, which may return or raise anything at all.

    A body that it chokes on is one that it cannot read: the common readers go on.
    """
    try:
        return reader(members)
    except Exception:  # noqa: BLE001
        return None


def _read_challenge(answer: Answer) -> Mapping[str, str]:
    """Return the error of a ``WWW-Authenticate`` header (RFC 6750 section 3)."""
    header = answer.headers.get("www-authenticate", "")[:_LONGEST_CHALLENGE]
    return dict(reversed(_PARAMETER.findall(header)))


def read_error(
    provider: Provider, plan: Plan, answer: Answer, *, beside_token: bool = False
) -> ErrorBody | None:
    """
    Find the error code and its text in an answer, or None.

    The provider's own reader comes first, then the members that its quirks name,
    then the header, where some servers put it alone.

    Args:
        provider: Whose dialect it is.

        plan: What was asked for.

        answer: What came.

        beside_token: Whether it is a success with a token in it. Such an answer
            may hold any member beside the token; only ``error`` tells.
    """
    members, quirks = answer.members, plan.quirks
    if provider.read_error is not None:
        found = call_reader(provider.read_error, members)
        if isinstance(found, ErrorBody) and (code := read_text(found.error)):
            return ErrorBody(code, read_text(found.error_description))
    paths = quirks.error_members
    if beside_token:
        paths = tuple(path for path in paths if path.partition(".")[0] == "error")
    code = first_text(members, paths)
    challenge = {} if code or answer.is_success else _read_challenge(answer)
    code = code or read_text(challenge.get("error"))
    if code is None:
        return None
    description = first_text(members, quirks.error_description_members)
    return ErrorBody(code, description or challenge.get("error_description"))
