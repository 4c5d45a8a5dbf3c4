"""What a step of the doctor found."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Literal

import attrs

from ccflow.errors import CcflowError
from ccflow.errors import ConfigError
from ccflow.errors import Problem
from ccflow.errors import TokenError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError


Level = Literal["ok", "note", "warning", "error", "skipped"]

Kind = Literal["config", "refused", "unavailable", "response"]
"""What to do about an error next: one for each kind that ccflow raises."""


@attrs.frozen
class Finding:
    """
    One thing that was looked at.

    Args:
        step: Which step looked, in one word.

        level: ``ok``, ``note`` for what is good to know, ``warning`` for what works
            and should be better, ``error`` for what cannot work, or ``skipped`` for
            what was not looked at.

        message: What was found; never a secret.

        hint: What to do next.

        kind: Of an error, whose it is: of the configuration, a refusal, no answer,
            or an answer that is none.
    """

    step: str
    level: Level
    message: str
    hint: str | None = None
    kind: Kind = "config"


def findings_of(step: str, problems: Iterable[Problem]) -> Iterable[Finding]:
    """Return each problem as a finding of its own."""
    for problem in problems:
        told = str(attrs.evolve(problem, hint=None))
        yield Finding(step, "error", told, problem.hint)


def failure_of(step: str, error: CcflowError) -> Iterator[Finding]:
    """Tell of an error, its hint beside it."""
    if isinstance(error, ConfigError):
        yield from findings_of(step, error.problems)
        return
    message, hint = str(error), None
    if isinstance(error, TokenError) and error.hint:
        hint = error.hint
        message = message.replace(f"; {hint}", "", 1)
    yield Finding(step, "error", message, hint, kind_of(error))


def kind_of(error: CcflowError) -> Kind:
    """Return what an error calls for."""
    if isinstance(error, ConfigError):
        return "config"
    if isinstance(error, TokenUnavailableError):
        return "unavailable"
    return "response" if isinstance(error, TokenResponseError) else "refused"
