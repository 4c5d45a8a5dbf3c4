"""From an answer that is no token to the error that says what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.errors import Category
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.description import describe
from ccflow.protocol.description import explain_intermediary
from ccflow.protocol.error_body import read_description
from ccflow.protocol.explanation import plain_code
from ccflow.protocol.hint import choose_hint
from ccflow.protocol.member import first_text
from ccflow.protocol.page import explain_page
from ccflow.protocol.page import read_title
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.wait import read_retry_after
from ccflow.protocol.xml_document import is_answered_in_xml
from ccflow.protocol.xml_document import read_xml_error


# Less than this no server minds, and a Date cannot tell.
_CLOCK_OFF: Final = 5.0
# As much of a text is searched for what it means.
_TELLING: Final = 1000
_UNKNOWN_CODE: Final = "look the code up in the documentation of the server"
_NO_CODE: Final = (
    "the log of the server says why; compare what `ccflow show` prints with what it "
    "expects"
)

_CATEGORIES: Final[Mapping[str, Category]] = {
    "consent_required": "scope",
    "forbidden": "client_auth",
    "insufficient_scope": "scope",
    "invalid_client": "client_auth",
    "invalid_client_id": "client_auth",
    "invalid_scope": "scope",
    "unauthorized": "client_auth",
    "unauthorized_client": "client_auth",
}
_PLAIN_CATEGORIES: Final[Mapping[str, Category]] = {
    plain_code(code): category for code, category in _CATEGORIES.items()
}


def is_among(code: str | None, codes: Iterable[str]) -> bool:
    """Say whether a code is one of some, however it is written."""
    return code is not None and plain_code(code) in set(map(plain_code, codes))


def read_correlation_id(plan: Plan, answer: Answer, scrubber: Scrubber) -> str | None:
    """Return what the server's support will ask for, or None."""
    found = first_text(answer.members, plan.quirks.correlation_id_members) or next(
        (
            answer.headers[name.lower()]
            for name in plan.quirks.correlation_id_headers
            if name.lower() in answer.headers
        ),
        None,
    )
    return scrubber.text(found, 100) if found else None


@attrs.frozen
class Verdict:
    """Makes the error for one answer; who asked and what must not be told is set."""

    provider: Provider
    plan: Plan
    answer: Answer
    scrubber: Scrubber
    now: float
    clock_offset: float = 0.0

    def rate_limited(self, error: ErrorBody | None) -> TokenError:
        """Too many requests: what to wait for."""
        return self._error(
            TokenUnavailableError,
            "rate_limit",
            "limits the rate of requests",
            error,
            "ask less often: share one source, or raise the limit at the server",
        )

    def refused(self, error: ErrorBody) -> TokenError:
        """An error code that will be the same next time."""
        unknown: Category = (
            "client_auth" if self.answer.status_code == 401 else "request"
        )
        if is_among(error.error, self.plan.quirks.client_auth_errors):
            unknown = "client_auth"
        category = _PLAIN_CATEGORIES.get(plain_code(error.error)) or unknown
        return self._error(TokenRefusedError, category, "refused the request", error)

    def failing(self, error: ErrorBody | None) -> TokenError:
        """The server says that it cannot answer now."""
        page = self.answer.shape == "html" and error is None
        category: Category = "intermediary" if page else "server"
        return self._error(
            TokenUnavailableError,
            category,
            "cannot answer now",
            error,
            (explain_page(self.answer.text) if page else None)
            or "try again later; if it stays, look at the server's own status page",
        )

    def refused_silently(self) -> TokenError:
        """A 4xx without an error code."""
        category: Category = (
            "client_auth" if self.answer.status_code in {401, 403} else "request"
        )
        return self._error(
            TokenRefusedError, category, "refused the request without an error code"
        )

    def intermediary(self) -> TokenError:
        """A page, a redirect or a proxy, instead of the server; or XML of either."""
        error = read_xml_error(self.answer)
        in_xml = is_answered_in_xml(self.answer)
        return self._error(
            TokenResponseError,
            "intermediary",
            "answered, but not in JSON"
            if in_xml
            else "was not reached: something else answered",
            error,
            None if error else explain_intermediary(self.answer),
        )

    def malformed(self, what: str, advice: str | None = None) -> TokenError:
        """An answer that makes no sense."""
        return self._error(
            TokenResponseError,
            "malformed",
            what,
            None,
            advice or "check that token_endpoint is the token endpoint of this server",
        )

    def _shown_code(self, error: ErrorBody) -> str:
        """Scrub a code, unless it is a word that everybody knows."""
        quirks = self.plan.quirks
        known = {
            *_CATEGORIES,
            *quirks.permanent_errors,
            *quirks.retryable_errors,
            *quirks.rate_limit_errors,
            *(explanation.error for explanation in self.provider.explanations),
        }
        # A parameter such as response_type = "token" is kept secret as well, and
        # callers compare the code.
        return (
            error.error
            if error.error in known
            else self.scrubber.text(error.error, 100)
        )

    def _description(self, error: ErrorBody | None) -> str | None:
        """Return the text beside the code, or the one of an answer without a code."""
        text = (
            read_description(self.plan, self.answer)
            if error is None
            else error.error_description
        )
        return self.scrubber.text(text) or None if text else None

    def _hint(
        self, code: str | None, description: str | None, advice: str | None
    ) -> str:
        """Return what to do next."""
        answer, provider = self.answer, self.provider
        method = self.plan.auth_method
        text = description
        if text is None and code is None and not answer.is_success:
            text = answer.text[:_TELLING]
            if answer.shape in {"html", "xml"}:
                text = read_title(answer.text)
        found = choose_hint(
            provider.explanations,
            code,
            text,
            answer.status_code,
            (method,) if method else provider.token_endpoint_auth_methods,
            advice=advice,
        )
        return found or (_UNKNOWN_CODE if code else _NO_CODE)

    def _notes(self, category: Category, correlation_id: str | None) -> str:
        """Return what else a person should know, for the brackets of the message."""
        notes = f"HTTP {self.answer.status_code}"
        if correlation_id:
            notes += f", correlation id {correlation_id}"
        if category == "client_auth" and abs(self.clock_offset) >= _CLOCK_OFF:
            way = "behind" if self.clock_offset > 0 else "ahead of"
            seconds = f"{abs(self.clock_offset):.0f} s"
            notes += f"; this machine's clock is {seconds} {way} the server's"
        return notes

    def _error(
        self,
        error_class: type[TokenError],
        category: Category,
        what: str,
        error: ErrorBody | None = None,
        advice: str | None = None,
    ) -> TokenError:
        answer = self.answer
        code = (self._shown_code(error) or None) if error else None
        description = self._description(error)
        correlation_id = read_correlation_id(self.plan, answer, self.scrubber)
        hint = self._hint(code, description, advice)
        details: dict[str, Any] = {}
        if error_class is TokenResponseError:
            kind = answer.content_type
            details["content_type"] = self.scrubber.text(kind, 100) if kind else None
        came = f": {code}" if code else f": {describe(answer, self.scrubber)}"
        if description:
            came += f' "{description}"'
        return error_class(
            f"{self.plan.provider} {what}{came} "
            f"({self._notes(category, correlation_id)}); {hint}",
            category=category,
            retryable=error_class is TokenUnavailableError,
            error=code,
            error_description=description,
            status_code=answer.status_code,
            hint=hint,
            correlation_id=correlation_id,
            retry_after=read_retry_after(
                self.plan, answer, self.now, limited=category == "rate_limit"
            ),
            profile=self.plan.profile,
            provider=self.plan.provider,
            **details,
        )
