"""
Which explanations an error has, the best one first.

What a text names says more than a code does, and a provider knows its errors better
than anybody: so a provider's explanations of texts come first, then the general ones
of texts, then the provider's of codes, then the general ones of codes.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.general_causes import CAUSES
from ccflow.protocol.general_explanations import CODES


def choose_hint(
    own: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
    methods: Collection[str] = (),
    *,
    advice: str | None = None,
) -> str | None:
    """
    Return what to do about an error, or None if nobody knows.

    Args:
        own: The explanations of the provider.

        error: The code.

        description: The text.

        status_code: The HTTP status.

        methods: The ``token_endpoint_auth_method``, or all that it may be.

        advice: What this kind of answer says of itself; only the provider knows
            better.
    """
    asked = (error, description, status_code, methods)
    texts, codes = _by_text(own)
    if advice is not None:
        return find_hint((*texts, *codes), *asked) or advice
    return find_hint((*texts, *CAUSES, *codes, *CODES), *asked)


def find_causes(
    own: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
    methods: Collection[str] = (),
) -> Iterator[Explanation]:
    """
    Give all that an error may be about, the best first and each hint once.

    A server that gives no text may mean any cause that would come with one. A
    general one is left out where the provider tells the same cause, and so are the
    general ones of a code that the provider knows.
    """
    asked = (error, description, status_code, methods)
    unsaid = description is None and error is not None

    def may_be(it: Explanation) -> bool:
        if not unsaid:
            return it.fits(*asked)
        return it.error is not None and it.is_about(error, status_code, methods)

    texts, codes = _by_text(own)
    causes = {it.cause for it in texts if may_be(it)} - {None}
    general = [it for it in CAUSES if it.cause not in causes]
    told: set[str] = set()
    for it in (*texts, *general, *codes, *CODES):
        if it.hint not in told and may_be(it):
            told.add(it.hint)
            yield it
            if it.description is None:
                return


def _by_text(
    explanations: Iterable[Explanation],
) -> tuple[list[Explanation], list[Explanation]]:
    """Part those that go by a text from those that go by a code or status alone."""
    texts: list[Explanation] = []
    codes: list[Explanation] = []
    for it in explanations:
        (codes if it.description is None else texts).append(it)
    return texts, codes
