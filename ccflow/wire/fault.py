"""What went wrong on the way to a token, for the person who looks at it."""

from __future__ import annotations

from typing import Any
from typing import Final

import attrs

from ccflow.errors import Category
from ccflow.errors import TokenError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError


_BEGINNINGS: Final = {
    "malformed": "answered with ",
    "intermediary": "was not reached: ",
}


@attrs.frozen(kw_only=True)
class Fault:
    """
    One failure of a request that brought no answer to read.

    Args:
        cause: What happened, in one line; never the server's or the proxy's text.

        hint: What to look at, or to do, next.

        category: That of the error that a caller gets.

        passes: Whether the same request can succeed later, with nothing changed
            on this side.

        status_code: The status of an answer that came, or None.

        content_type: The media type of that answer, or None.
    """

    cause: str
    hint: str
    category: Category = "network"
    passes: bool = True
    status_code: int | None = None
    content_type: str | None = None

    def error(self, provider: str) -> TokenError:
        """Return the error that a caller gets."""
        status = f" (HTTP {self.status_code})" if self.status_code is not None else ""
        what = _BEGINNINGS.get(self.category, "did not answer: ")
        text = f"{provider} {what}{self.cause}{status}; {self.hint}"
        details: dict[str, Any] = {
            "category": self.category,
            "retryable": self.passes,
            "status_code": self.status_code,
            "hint": self.hint,
        }
        if self.passes or self.category == "network":
            return TokenUnavailableError(text, **details)
        return TokenResponseError(text, content_type=self.content_type, **details)


class FaultError(Exception):
    """
    A request brought no answer to read.

    Attributes:
        fault: Why.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cause)
        self.fault: Fault = fault
