"""
What an error means here, and which page or setting to look at next.

Explanations are data beside a provider; the first that fits is the hint. Those of
`general_explanations` come after them and serve every provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final

import attrs


_MARKS: Final = re.compile(r"[\W_]+")


def plain_code(code: str) -> str:
    """
    Return a code as it is compared: servers write ``Invalid Client`` as well.

    Case, blanks and punctuation do not count, unless there is nothing else.
    """
    return _MARKS.sub("", code).casefold() or code


@attrs.frozen(kw_only=True)
class Explanation:
    """
    One known error of a kind of server, and what to do about it.

    Args:
        hint: The next step: the console page, the setting, the profile key.

        error: The error code it is about; None for any. Case, blanks and
            punctuation do not count.

        status_code: The HTTP status it is about; None for any.

        description: A regular expression that is searched in the server's
            text, whatever the case; None for any. The text is the description
            of the error; where there is no error code, the plain text of the
            answer or the title of the page; and a code that is a sentence
            belongs to it.

    .. versionadded:: 0.1.0
    """

    hint: str
    error: str | None = None
    status_code: int | None = None
    description: str | None = None

    def __attrs_post_init__(self) -> None:
        # Here, so that a plugin breaks when it is imported and not in an answer.
        re.compile(self.description or "")

    def is_about(self, error: str | None, status_code: int | None) -> bool:
        """Say whether it is about such a code and status, whatever the text."""
        same = self.error is None or (
            error is not None and plain_code(self.error) == plain_code(error)
        )
        return same and self.status_code in {None, status_code}

    def fits(
        self, error: str | None, description: str | None, status_code: int | None
    ) -> bool:
        """Say whether this is about such an error."""
        if not self.is_about(error, status_code):
            return False
        text = description or ""
        if error is not None and " " in error:
            text = f"{error}: {text}"
        return (
            self.description is None
            or re.search(self.description, text, re.IGNORECASE) is not None
        )


def find_hints(
    explanations: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
) -> Iterator[str]:
    """Give the hints of all that fit, the best one first."""
    for explanation in explanations:
        if explanation.fits(error, description, status_code):
            yield explanation.hint


def find_hint(
    explanations: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
) -> str | None:
    """Return the hint of the first explanation that fits, or None."""
    return next(find_hints(explanations, error, description, status_code), None)
