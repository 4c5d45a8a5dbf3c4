"""From an answer that is no token to the error that says what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from typing import Final

import attrs

from ccflow.errors import Category
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.answer import read_title
from ccflow.protocol.explanation import GENERAL
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.scrub import Scrubber


_LONGEST_WAIT: Final = 366 * 86400.0
# Less than this no server minds, and a Date cannot tell.
_CLOCK_OFF: Final = 5.0
# A code is a number that a person can look up.
_LARGEST_CODE: Final = 10**18
_EPOCH: Final = parsedate_to_datetime("Thu, 01 Jan 1970 00:00:00 +0000")

_CATEGORIES: Final[Mapping[str, Category]] = {
    "consent_required": "scope",
    "insufficient_scope": "scope",
    "invalid_client": "client_auth",
    "invalid_client_id": "client_auth",
    "invalid_scope": "scope",
    "unauthorized": "client_auth",
    "unauthorized_client": "client_auth",
}


def _text(value: object) -> str | None:
    """Return what a person can read of a member: text, or a number as text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float):
        return str(value) if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_CODE else None
    return None


def _first(members: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(members.get(name)))), None)


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


def read_error(
    provider: Provider, plan: Plan, answer: Answer, *, beside_token: bool = False
) -> ErrorBody | None:
    """
    Find the error code and its text in an answer, or None.

    The provider's own reader comes first, then the members that its quirks name,
    then one level down, where some servers nest them.

    Args:
        provider: Whose dialect it is.

        plan: What was asked for.

        answer: What came.

        beside_token: Whether it is a success with a token in it. Such an answer
            may hold any member beside the token; only ``error`` tells.
    """
    members = answer.members
    if provider.read_error is not None:
        found = call_reader(provider.read_error, members)
        if isinstance(found, ErrorBody) and (code := _text(found.error)):
            return ErrorBody(code, _text(found.error_description))

    quirks = plan.quirks
    names = ("error",) if beside_token else quirks.error_members
    nested = members.get("error")
    if isinstance(nested, Mapping):
        code = nested.get("code") or nested.get("type")
        members = {**members, "error": code, **nested}
    error = _first(members, names)
    if error is None:
        return None
    return ErrorBody(error, _first(members, quirks.error_description_members))


def read_correlation_id(plan: Plan, answer: Answer, scrubber: Scrubber) -> str | None:
    """Return what the server's support will ask for, or None."""
    found = _first(answer.members, plan.quirks.correlation_id_members) or next(
        (
            answer.headers[name.lower()]
            for name in plan.quirks.correlation_id_headers
            if name.lower() in answer.headers
        ),
        None,
    )
    return scrubber.text(found, 100) if found else None


def read_date(value: str | None) -> float | None:
    """Return an HTTP date (RFC 9110 section 5.6.7) as epoch seconds, or None."""
    try:
        moment = parsedate_to_datetime(value or "")
        # Without a zone it is still UTC; timestamp() would take this machine's.
        epoch = _EPOCH if moment.tzinfo is not None else _EPOCH.replace(tzinfo=None)
        return (moment - epoch).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


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
    server_now = read_date(answer.headers.get("date")) or now
    header = answer.headers.get("retry-after")
    wait = _seconds(header)
    if wait is None and (until := read_date(header)) is not None:
        wait = until - server_now
    reset = plan.quirks.rate_limit_reset_header
    if wait is None and reset is not None and limited:
        at = _seconds(answer.headers.get(reset.lower()))
        wait = None if at is None else at - server_now + 1
    return None if wait is None else min(max(wait, 0.0), _LONGEST_WAIT)


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
        category = _CATEGORIES.get(error.error) or unknown
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
            "try again later; if it stays, look at the server's own status page",
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
        """A page, a redirect or a proxy, instead of the server."""
        return self._error(
            TokenResponseError,
            "intermediary",
            "was not reached: something else answered",
            None,
            self._intermediary_hint(),
        )

    def malformed(self, what: str) -> TokenError:
        """An answer that makes no sense."""
        return self._error(
            TokenResponseError,
            "malformed",
            what,
            None,
            "check that token_endpoint is the token endpoint of this server",
        )

    def _intermediary_hint(self) -> str | None:
        status = self.answer.status_code
        if 300 <= status < 400:
            return (
                "ccflow follows no redirect with a secret in hand; set "
                "token_endpoint to the final address"
            )
        if status == 407:
            return None
        return (
            "check the token endpoint, and whether a proxy, gateway or login page "
            "stands between"
        )

    def _what_came(self) -> str:
        """Describe an answer that has no error code."""
        answer = self.answer
        kind = {
            "empty": "an empty body",
            "object": "a JSON object",
            "json": "JSON that is no object",
            "html": "an HTML page",
            "xml": "an XML document",
            "text": "plain text",
            "binary": "bytes that are no text",
        }[answer.shape]
        # Each text is masked before it is cut: the cut may go through a secret.
        if answer.shape in {"html", "xml"}:
            title = read_title(self.scrubber.mask(answer.text()))
            if title:
                return f"{kind} titled {self.scrubber.text(title, 100)!r}"
        location = self.scrubber.mask(answer.headers.get("location", ""))
        if location and 300 <= answer.status_code < 400:
            target = location.split("?", 1)[0].split("#", 1)[0]
            return f"a redirect to {self.scrubber.text(target, 200)!r}"
        # Never of a 2xx: it can hold a credential in any shape.
        if answer.shape == "text" and not answer.is_success:
            return f"{kind}: {self.scrubber.text(answer.text(), 120)!r}"
        return kind

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

    def _error(
        self,
        error_class: type[TokenError],
        category: Category,
        what: str,
        error: ErrorBody | None = None,
        advice: str | None = None,
    ) -> TokenError:
        status = self.answer.status_code
        code = self._shown_code(error) if error else None
        text = error.error_description if error else None
        description = self.scrubber.text(text) if text else None
        if error is None and self.answer.members:
            names = self.plan.quirks.error_description_members
            found = (
                None if self.answer.is_success else _first(self.answer.members, names)
            )
            description = self.scrubber.text(found) if found else None
        correlation_id = read_correlation_id(self.plan, self.answer, self.scrubber)
        # The provider's word first. Then what this kind of answer says of itself,
        # unless an error code says more.
        own = find_hint(self.provider.explanations, code, description, status)
        general = find_hint(GENERAL, code, description, status)
        hint = own or (general or advice if error else advice or general)
        details: dict[str, Any] = {}
        if error_class is TokenResponseError:
            kind = self.answer.content_type
            details["content_type"] = self.scrubber.text(kind, 100) if kind else None
        came = f": {code}" if code else f": {self._what_came()}"
        if description:
            came += f' "{description}"'
        note = f", correlation id {correlation_id}" if correlation_id else ""
        if category == "client_auth" and abs(self.clock_offset) >= _CLOCK_OFF:
            way = "behind" if self.clock_offset > 0 else "ahead of"
            seconds = f"{abs(self.clock_offset):.0f} s"
            note += f"; this machine's clock is {seconds} {way} the server's"
        return error_class(
            f"{self.plan.provider} {what}{came} (HTTP {status}{note})"
            + (f"; {hint}" if hint else ""),
            category=category,
            retryable=error_class is TokenUnavailableError,
            error=code,
            error_description=description,
            status_code=status,
            hint=hint,
            correlation_id=correlation_id,
            retry_after=read_retry_after(
                self.plan, self.answer, self.now, limited=category == "rate_limit"
            ),
            profile=self.plan.profile,
            provider=self.plan.provider,
            **details,
        )
