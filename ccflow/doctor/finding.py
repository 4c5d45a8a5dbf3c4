"""What a step of the doctor found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs

from ccflow.errors import ConfigError


Level = Literal["ok", "warning", "error"]


@attrs.frozen
class Finding:
    """
    One thing that was looked at.

    Args:
        step: Which step looked, in one word.

        level: ``ok``, ``warning`` for what works and should be better, or
            ``error`` for what cannot work.

        message: What was found; never a secret.

        hint: What to do next.
    """

    step: str
    level: Level
    message: str
    hint: str | None = None


def findings_of(step: str, error: ConfigError) -> Iterable[Finding]:
    """Return each problem of an error as a finding of its own."""
    for problem in error.problems:
        told = str(attrs.evolve(problem, hint=None))
        yield Finding(step, "error", told, problem.hint)
