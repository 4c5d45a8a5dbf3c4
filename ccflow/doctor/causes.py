"""Which of the known causes of a refusal fit it."""

from __future__ import annotations

from collections.abc import Iterator

from ccflow.doctor.clock import HeardClock
from ccflow.doctor.finding import Finding
from ccflow.errors import TokenError
from ccflow.protocol.hint import find_causes
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider


def causes_of(
    provider: Provider, plan: Plan, failure: TokenError, clock: HeardClock
) -> Iterator[Finding]:
    """
    Give what a refusal may be about, beside the hint that it has already.

    Args:
        provider: Whose explanations come first.

        plan: What was asked; its method has some causes and not others.

        failure: What the server answered.

        clock: What was heard of the server's: where the clocks agree, they are no
            cause, and where they do not, they are the first one.
    """
    causes = find_causes(
        provider.explanations,
        failure.error,
        failure.error_description,
        failure.status_code,
        (plan.auth_method,),
    )
    # A ready-made assertion may be old, whatever the time is.
    unlikely = clock.agrees and plan.credential != "client_assertion"
    likely = [it for it in causes if it.cause != "clock" or not unlikely]
    if clock.heard:
        likely.sort(key=lambda it: it.cause != "clock")
    for it in likely:
        if it.hint != failure.hint:
            yield Finding("cause", "note", f"it may also be this: {it.hint}")
