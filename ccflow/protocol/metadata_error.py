"""From an answer that is no metadata of a server to the error that says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import Final

import attrs

from ccflow.errors import Category
from ccflow.errors import TokenError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.answer import Answer
from ccflow.protocol.description import describe
from ccflow.protocol.error import read_correlation_id
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.general_explanations import GENERAL
from ccflow.protocol.page import explain_page
from ccflow.protocol.plan import Plan
from ccflow.protocol.scrub import Scrubber
from ccflow.protocol.wait import read_retry_after


_OR_SAY_IT: Final = "or set token_endpoint"
_CHECK: Final = f"check issuer, {_OR_SAY_IT}"


def not_found(plan: Plan, cause: str) -> str:
    """Begin the message of whatever kept the token endpoint from being found."""
    return f"{plan.provider}: the token endpoint could not be looked up: {cause}"


def no_metadata(plan: Plan, said: Iterable[tuple[str, int]]) -> TokenResponseError:
    """
    Make the error of a server that has no metadata.

    Args:
        plan: Whose they would be.

        said: Each address that was asked, with the status that came.
    """
    tried = list(said)
    places = ", ".join(f"{url} (HTTP {status})" for url, status in tried)
    hint = f"compare issuer with what the server calls itself, {_OR_SAY_IT}"
    return TokenResponseError(
        not_found(plan, f"there are no metadata at {places}; {hint}"),
        category="malformed",
        status_code=tried[-1][1],
        hint=hint,
        profile=plan.profile,
        provider=plan.provider,
    )


@attrs.frozen
class MetadataVerdict:
    """Makes the error for one answer; who asked what is set."""

    plan: Plan
    url: str
    answer: Answer
    scrubber: Scrubber
    now: float

    def failing(self) -> TokenError:
        """The server says that it cannot answer now."""
        page = self.answer.shape == "html"
        category: Category = "intermediary" if page else "server"
        if self.answer.status_code == 429:
            category = "rate_limit"
        advice = explain_page(self.answer.text) if page else None
        hint = advice or f"try again later, {_OR_SAY_IT}"
        return self._error(TokenUnavailableError, category, self._what_came, hint)

    def no_document(self) -> TokenError:
        """A page, a redirect or a proxy answered, or what came is no JSON object."""
        answer = self.answer
        category: Category = "intermediary"
        if answer.status_code == 407:
            hint = find_hint(GENERAL, None, None, 407)
        elif 300 <= answer.status_code < 400:
            hint = (
                "no redirect is followed: set issuer to what the server calls itself, "
                + _OR_SAY_IT
            )
        elif answer.shape in {"html", "xml"}:
            hint = explain_page(answer.text)
        else:
            category, hint = "malformed", None
        return self._error(TokenResponseError, category, self._what_came, hint)

    def unusable(self, what: str, hint: str | None = None) -> TokenError:
        """A document that does not say where to go, or says it wrongly."""
        what = f"the document at {self.url} {what}"
        return self._error(TokenResponseError, "malformed", what, hint)

    def other_issuer(self, issuer: object, expected: str) -> TokenError:
        """The document of somebody else, or of this server by another name."""
        if not isinstance(issuer, str):
            return self.unusable("names no issuer")
        shown = self.scrubber.text(issuer, 200)
        hint = f"if that is how the server names itself, set issuer to it, {_OR_SAY_IT}"
        if issuer.rstrip("/") == expected.rstrip("/"):
            hint = "the slash at the end counts: write issuer as the server does"
        return self.unusable(
            f"is that of the issuer {shown!r}, and {expected!r} was expected", hint
        )

    def other_origin(self, origin: str) -> TokenError:
        """A secret would leave the server for another one."""
        return self.unusable(
            f"names a token_endpoint at another origin, {self.scrubber.text(origin)!r}",
            "if that one belongs to the server, add it to quirks.endpoint_origins, "
            + _OR_SAY_IT,
        )

    @property
    def _what_came(self) -> str:
        return f"{self.url} answered with {describe(self.answer, self.scrubber)}"

    def _error(
        self,
        error_class: type[TokenError],
        category: Category,
        what: str,
        hint: str | None,
    ) -> TokenError:
        plan, answer, hint = self.plan, self.answer, hint or _CHECK
        limited = category == "rate_limit"
        details: dict[str, Any] = {}
        if error_class is TokenResponseError:
            kind = answer.content_type
            details["content_type"] = self.scrubber.text(kind, 100) if kind else None
        return error_class(
            not_found(plan, f"{what} (HTTP {answer.status_code}); {hint}"),
            category=category,
            retryable=error_class is TokenUnavailableError,
            status_code=answer.status_code,
            hint=hint,
            correlation_id=read_correlation_id(plan, answer, self.scrubber),
            retry_after=read_retry_after(plan, answer, self.now, limited=limited),
            profile=plan.profile,
            provider=plan.provider,
            **details,
        )
