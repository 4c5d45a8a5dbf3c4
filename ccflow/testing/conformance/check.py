"""One thing that is said of every provider, and what came of it for one of them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Literal

import attrs

from ccflow.testing.conformance.candidate import Candidate


State = Literal["passed", "failed", "skipped"]


def _nothing(candidate: Candidate) -> str | None:
    return None


@attrs.frozen(kw_only=True)
class Check:
    """
    One thing that is said of every provider.

    Args:
        name: One word.

        claim: The sentence that has to be true.

        complain: Gives what is wrong with a candidate; nothing where it is true.

        lacks: Says what a candidate would need to be judged, or None.
    """

    name: str
    claim: str
    complain: Callable[[Candidate], Iterable[str]]
    lacks: Callable[[Candidate], str | None] = _nothing

    def judge(self, candidate: Candidate) -> Verdict:
        """Look at a candidate; what its own functions raise is a complaint."""
        if lack := self.lacks(candidate):
            return Verdict(self.name, self.claim, "skipped", (lack,))
        try:
            remarks = tuple(self.complain(candidate))
        except Exception as error:  # noqa: BLE001 - a candidate may be anybody's
            remarks = (f"{type(error).__name__}: {error}",)
        state: State = "failed" if remarks else "passed"
        return Verdict(self.name, self.claim, state, remarks)


@attrs.frozen
class Verdict:
    """
    What came of a check.

    Args:
        name: The name of the check.

        claim: The sentence that has to be true.

        state: ``passed``, ``failed``, or ``skipped`` where nobody can say.

        remarks: What is wrong, or what was missing to judge.
    """

    name: str
    claim: str
    state: State
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.claim, *(f"  {remark}" for remark in self.remarks)])
