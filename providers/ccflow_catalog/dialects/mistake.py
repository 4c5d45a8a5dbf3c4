"""What a server can be asked wrongly, and what it says then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What the server says to one kind of mistake.

    Args:
        status: The HTTP status.

        error: The code, for ``{error}`` in a body.

        text: The words, for ``{text}`` in a body.

        body: The members of a JSON object, or text as it is; `Description.error_body`
            where None.

        headers: What comes beside the usual headers.
    """

    status: int = 400
    error: str = "invalid_request"
    text: str = ""
    body: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


STANDARD: Final[Mapping[str, Answer]] = {
    # RFC 6749 section 5.2, but for the last three.
    "client": Answer(
        status=401,
        error="invalid_client",
        text="Client authentication failed",
        headers={"WWW-Authenticate": 'Basic realm="token"'},
    ),
    "request": Answer(text="The request is malformed"),
    "missing": Answer(text="The parameter {parameter} is missing"),
    "grant_type": Answer(
        error="unsupported_grant_type", text="The grant type is not supported"
    ),
    "scope": Answer(error="invalid_scope", text="The requested scope is not allowed"),
    "rate_limit": Answer(status=429, body="", headers={"Retry-After": "{reset_after}"}),
    "path": Answer(status=404, error="not_found", body=""),
    "method": Answer(status=405, body="", headers={"Allow": "POST"}),
}
"""What a server does where its file says nothing of it."""

LIKE: Final[Mapping[str, str]] = {
    "unknown_client": "client",
    "no_client": "client",
    "scope_missing": "scope",
    "scope_forbidden": "scope",
}
"""What a mistake is taken for where a server does not tell it from another."""


def answer_to(mistake: str, answers: Mapping[str, Answer]) -> Answer:
    """Return what is said to a mistake, or to the one that it is taken for."""
    while mistake not in answers and mistake not in STANDARD:
        # "missing_audience" is a kind of "missing".
        mistake = LIKE.get(mistake) or mistake.partition("_")[0]
    return answers.get(mistake) or STANDARD[mistake]
