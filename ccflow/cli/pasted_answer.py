"""An answer of a token endpoint as a person pasted it, and what is secret in it."""

from __future__ import annotations

import json
from typing import Final

import attrs

from ccflow.cli.pasted_text import objects_in
from ccflow.cli.pasted_text import read_head
from ccflow.cli.pasted_text import read_message
from ccflow.errors import TokenError
from ccflow.protocol.answer import Answer
from ccflow.protocol.credential import credentials_in
from ccflow.protocol.error_body import read_error
from ccflow.protocol.plan_to_read import make_plan_to_read
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.success import find_token


# Where nobody says under which status an error came.
_ASSUMED: Final = {"invalid_client": 401, "server_error": 500}


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


def reading_standard(provider: Provider) -> Provider:
    """Return a provider that finds a code where the standard has it."""
    quirks = attrs.evolve(
        provider.quirks,
        error_members=("error",),
        error_description_members=("error_description",),
    )
    return attrs.evolve(provider, quirks=quirks, read_error=None)


def read_pasted(provider: Provider, content: bytes, status: int | None) -> PastedAnswer:
    """
    Return the answer in a pasted text.

    Args:
        provider: Whose answer it is.

        content: A body, or a body below its head; a message of ccflow; or a text
            with a body in it, such as a line of a log.

        status: The status that it came under; None takes the head's, or the one
            that such a body usually has.
    """
    text = content.decode("utf-8", "replace")
    told, headers, body = read_head(content)
    known = status or told
    answer = Answer(known or 400, headers, body)
    if answer.shape != "html" and not _is_read(provider, answer):
        if (message := read_message(text)) is not None:
            provider, known = reading_standard(provider), known or message.status_code
            body = _body(
                error=message.error, error_description=message.error_description
            )
        else:
            body = _body_in(provider, answer) or body
    answer = Answer(known or 400, headers, body)
    if known is None:
        answer = Answer(_usual_status(provider, answer), headers, body)
    scrubber = Scrubber(credentials_in(text))
    return PastedAnswer(provider, answer, scrubber, known is None)


def _body(**members: object) -> bytes:
    return json.dumps(members).encode()


def _is_read(provider: Provider, answer: Answer) -> bool:
    """Say whether there is an error code or a token in it."""
    if read_error(provider, make_plan_to_read(provider), answer) is not None:
        return True
    return find_token(answer.members, provider.quirks) is not None


def _body_in(provider: Provider, answer: Answer) -> bytes | None:
    """Return the first body within a text that can be read."""
    # Without a header: that is no part of what a log tells.
    for members in objects_in(answer.text):
        body = _body(**members)
        if _is_read(provider, Answer(answer.status_code, {}, body)):
            return body
    return None


def _usual_status(provider: Provider, answer: Answer) -> int:
    error = read_error(provider, make_plan_to_read(provider), answer)
    if error is not None:
        return _ASSUMED.get(error.error, 400)
    token = find_token(answer.members, provider.quirks)
    return 200 if token or answer.shape in {"html", "xml"} else 400
