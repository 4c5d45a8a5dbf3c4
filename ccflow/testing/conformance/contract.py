"""
What every provider has to do, as tests to inherit.

    class TestAcme(ProviderConformance):
        provider = ACME

Nothing is sent anywhere, and nothing has to be installed.
"""

from __future__ import annotations

import os
from typing import ClassVar

import pytest

from ccflow.emulator.dialect import Dialect
from ccflow.protocol.provider import Provider
from ccflow.testing.conformance.candidate import EXAMPLES
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.candidate import KnownAnswer
from ccflow.testing.conformance.candidate import find_candidate
from ccflow.testing.conformance.check import Check
from ccflow.testing.conformance.checks import CHECKS


class ProviderConformance:
    """
    Inherit this, and name the provider.

    One test for each check of ``ccflow conformance``. What there is nothing to judge
    by is skipped: an emulator, a sample, known answers.

    .. versionadded:: 0.1.0
    """

    provider: ClassVar[Provider | str]
    """The provider; or its name, where ``sample`` describes it or it is installed."""

    sample: ClassVar[str | os.PathLike[str] | None] = None
    """A file with profiles of it; None looks beside the provider that is installed."""

    dialect: ClassVar[Dialect | None] = None
    """Its emulator; None takes the one that is installed, if any."""

    answers: ClassVar[tuple[KnownAnswer, ...]] = ()
    """Answers that its servers are known to give."""

    examples: ClassVar[int] = EXAMPLES
    """How many things are drawn for a claim."""

    def candidate(self) -> Candidate:
        """Return what is judged: what the attributes say, and what can be found."""
        provider = getattr(self, "provider", None)
        if not isinstance(provider, Provider | str):
            text = f"{type(self).__name__}.provider is {provider!r}"
            hint = "set it to a Provider, or to the name of one"
            pytest.fail(f"{text}; {hint}", pytrace=False)
        return find_candidate(
            provider,
            sample=self.sample,
            dialect=self.dialect,
            answers=tuple(self.answers),
            examples=self.examples,
        )

    @pytest.mark.parametrize("check", CHECKS, ids=[check.name for check in CHECKS])
    def test_it_holds(self, check: Check) -> None:
        """What is said of every provider is true of this one."""
        __tracebackhide__ = True  # what is wrong is in the message, not in here
        verdict = check.judge(self.candidate())
        if verdict.state == "skipped":
            pytest.skip("; ".join(verdict.remarks))
        if verdict.state == "failed":
            pytest.fail(str(verdict), pytrace=False)
