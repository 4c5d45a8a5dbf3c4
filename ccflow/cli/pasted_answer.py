"""An answer of a token endpoint as a person pasted it, and what is secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from ccflow.errors import TokenError
from ccflow.protocol.answer import Answer
from ccflow.protocol.error_body import read_error
from ccflow.protocol.plan_to_read import make_plan_to_read
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.success import find_token
from ccflow.secret import Secret


_HEAD: Final = re.compile(
    rb"\s*HTTP/[\d.]+ (\d{3})[^\n]*\n((?:[^\s:]+:[^\n]*\n)*)\r?\n?"
)
_MOST_HEADS: Final = 10
# A value in quotes, or one word: after a colon a sentence may go on ("token: expired").
_VALUE: Final = r"(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([^\s\"'&,;<>{}]+))"
_NAMED: Final = re.compile(
    r"(?:client[_-]?secret|client[_-]?assertion|password|private[_-]?key|api[_-]?key)[\"']?\s*[:=]\s*"
    + _VALUE,
    re.IGNORECASE,
)
_ALSO_NAMED: Final = re.compile(
    r"(?:secret|assertion|token)(?:[\"']?\s*=\s*|[\"']\s*:\s*)" + _VALUE, re.IGNORECASE
)
_CREDENTIALS: Final = re.compile(
    r"\b(Basic|Bearer|DPoP)\s+([\w+/=.~-]{4,})", re.IGNORECASE
)
# Where nobody says under which status an error came.
_ASSUMED: Final = {"invalid_client": 401, "server_error": 500}


def secrets_in(text: str) -> Iterator[Secret]:
    """Give what a text holds under the name of a secret, or in a header for one."""
    for pattern in (_NAMED, _ALSO_NAMED):
        for found in pattern.finditer(text):
            yield Secret(found[1] or found[2] or found[3] or "")
    for found in _CREDENTIALS.finditer(text):
        yield Secret(found[2])
        yield Secret(found[0])


def read_head(content: bytes) -> tuple[int | None, dict[str, str], bytes]:
    """Take off the head that ``curl -i`` prints; the last one, where there are more."""
    status: int | None = None
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADS):
        if (found := _HEAD.match(content)) is None:
            break
        status, headers = int(found[1]), {}
        for line in found[2].decode("latin-1").splitlines():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        content = content[found.end() :]
    return status, headers, content


@attrs.frozen
class PastedAnswer:
    """
    What somebody wants explained.

    Args:
        provider: Whose answer it is.

        answer: The answer.

        scrubber: Knows what must not be shown again.

        status_is_assumed: Whether nobody said which status it had.
    """

    provider: Provider
    answer: Answer
    scrubber: Scrubber
    status_is_assumed: bool

    def outcome(self, now: float) -> TokenResponse | TokenError:
        """Return what ccflow makes of it."""
        plan = make_plan_to_read(self.provider)
        try:
            return read_response(
                self.provider, plan, self.answer, self.scrubber, now=now
            )
        except TokenError as error:
            return error


def read_pasted(provider: Provider, content: bytes, status: int | None) -> PastedAnswer:
    """
    Return the answer in a pasted text.

    Args:
        provider: Whose answer it is.

        content: A body, or a body below its head.

        status: The status that it came under; None takes the head's, or the one
            that such a body usually has.
    """
    told, headers, body = read_head(content)
    known = status or told
    answer = Answer(known or 400, headers, body)
    if known is None:
        answer = Answer(_usual_status(provider, answer), headers, body)
    secrets = secrets_in(content.decode("utf-8", "replace"))
    return PastedAnswer(provider, answer, Scrubber(secrets), known is None)


def _usual_status(provider: Provider, answer: Answer) -> int:
    error = read_error(provider, make_plan_to_read(provider), answer)
    if error is not None:
        return _ASSUMED.get(error.error, 400)
    token = find_token(answer.members, provider.quirks)
    return 200 if token or answer.shape in {"html", "xml"} else 400
