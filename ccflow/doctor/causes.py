"""Which of the known causes of a refusal fit it."""

from __future__ import annotations

from collections.abc import Iterator

from ccflow.doctor.finding import Finding
from ccflow.errors import TokenError
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.general_explanations import GENERAL
from ccflow.protocol.provider import Provider


def causes_of(provider: Provider, failure: TokenError) -> Iterator[Finding]:
    """
    Give what a refusal may be about, beside the hint that it has already.

    Args:
        provider: Whose explanations come first.

        failure: What the server answered.
    """
    own = _fitting(provider.explanations, failure)
    # The general ones say less than those of a provider that knows the code.
    for hint in own or _fitting(GENERAL, failure):
        if hint != failure.hint:
            yield Finding("cause", "note", f"it may also be this: {hint}")


def _fitting(explanations: tuple[Explanation, ...], failure: TokenError) -> list[str]:
    asked = (failure.error, failure.error_description, failure.status_code)
    # A server that gives no text may mean any of those that have one.
    unsaid = failure.error_description is None and failure.error is not None
    fitting = [
        it.hint
        for it in explanations
        if (
            it.error is not None and it.is_about(failure.error, failure.status_code)
            if unsaid
            else it.fits(*asked)
        )
    ]
    return list(dict.fromkeys(fitting))
