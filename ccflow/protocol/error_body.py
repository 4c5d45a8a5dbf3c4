"""The error code and its text, wherever a server puts them."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.protocol.answer import Answer
from ccflow.protocol.member import find_texts
from ccflow.protocol.member import read_code
from ccflow.protocol.member import read_text
from ccflow.protocol.member import read_words
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks


# A value without quotes is one word, and ends where the next parameter begins.
_PARAMETER: Final = re.compile(
    r"(?<![\w=-])(\w+)\s*=\s*"
    r'(?:"((?:[^"\\]|\\.)*)"|([^\s",=]++)(?=\s*(?:,|\Z)|\s+\w+\s*=))'
)
_LONGEST_CHALLENGE: Final = 2000
_STANDARD: Final = frozenset(
    {
        *Quirks().permanent_errors,
        *Quirks().retryable_errors,
        *Quirks().rate_limit_errors,
        "insufficient_scope",
        "invalid_token",
        "server_error",
        "use_dpop_nonce",
    }
)


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
    found: dict[str, str] = {}
    for name, quoted, word in _PARAMETER.findall(header):
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or word)
    return found


def is_standard(code: str) -> bool:
    """Say whether it is an error code of OAuth, in small letters or capitals."""
    return code.lower() in _STANDARD


def _read_perhaps(answer: Answer) -> str | None:
    """
    Return what stands under ``code`` where it can only be an error.

    In a 2xx anything may stand there, so that it has to be a code of the standards;
    and a number is as likely the status once more.
    """
    found = next(find_texts(answer.members, ["code"]), None)
    if found is None or not any(map(str.isalpha, found)):
        return None
    return found if answer.status_code >= 400 or is_standard(found) else None


def read_description(plan: Plan, answer: Answer, code: str | None = None) -> str | None:
    """
    Return the text beside a code, or of an answer without one, or None.

    Of a 2xx only what is text by itself: objects there may hold a credential.
    """
    read = read_text if answer.is_success else read_words
    paths = plan.quirks.error_description_members
    texts = find_texts(answer.members, paths, read)
    return next((text for text in texts if text != code), None)


def read_error(
    provider: Provider, plan: Plan, answer: Answer, *, beside_token: bool = False
) -> ErrorBody | None:
    """
    Find the error code and its text in an answer, or None.

    The provider's own reader comes first, then the members that its quirks name,
    then the header, where some servers put it alone, then a member ``code``.

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
    if beside_token:
        members = {"error": members["error"]} if members.get("error") else {}
        if not members:
            return None
    code = next(find_texts(members, quirks.error_members, read_code), None)
    challenge = {} if code or answer.is_success else _read_challenge(answer)
    code = code or read_text(challenge.get("error"))
    if code is None and not beside_token:
        code = _read_perhaps(answer)
    if code is None:
        return None
    description = read_description(plan, answer, code)
    return ErrorBody(code, description or challenge.get("error_description"))
