"""All that is said of every provider."""

from __future__ import annotations

from typing import Final

from ccflow.testing.conformance.answer import complain_of_answers
from ccflow.testing.conformance.answer import complain_of_known
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.check import Check
from ccflow.testing.conformance.consistency import complain_of_contradictions
from ccflow.testing.conformance.consistency import complain_of_documentation
from ccflow.testing.conformance.dialect import complain_of_dialect
from ccflow.testing.conformance.endpoint import complain_of_endpoint
from ccflow.testing.conformance.function import complain_of_functions
from ccflow.testing.conformance.function import has_functions
from ccflow.testing.conformance.hint import complain_of_explanations
from ccflow.testing.conformance.hint import complain_of_hints
from ccflow.testing.conformance.member import complain_of_members
from ccflow.testing.conformance.request import complain_of_requests
from ccflow.testing.conformance.sample import complain_of_sample


def _no_functions(candidate: Candidate) -> str | None:
    return None if has_functions(candidate.provider) else "all of it is data"


def _no_sample(candidate: Candidate) -> str | None:
    return None if candidate.sample is not None else "there is no sample profile"


def _no_dialect(candidate: Candidate) -> str | None:
    return None if candidate.dialect is not None else "there is no emulator of it"


def _no_answers(candidate: Candidate) -> str | None:
    return None if candidate.answers else "no answers of its servers are given"


CHECKS: Final = (
    Check(
        name="consistency",
        claim="No field contradicts another one.",
        complain=complain_of_contradictions,
    ),
    Check(
        name="documentation",
        claim="It names pages of the vendor, by their addresses.",
        complain=complain_of_documentation,
    ),
    Check(
        name="endpoint",
        claim="Any settings render to the place that they are for, or are refused.",
        complain=complain_of_endpoint,
    ),
    Check(
        name="functions",
        claim="Its functions return the same each time, and what they should.",
        complain=complain_of_functions,
        lacks=_no_functions,
    ),
    Check(
        name="requests",
        claim="Every method makes requests that an independent server takes.",
        complain=complain_of_requests,
    ),
    Check(
        name="members",
        claim="What stands in a member that the quirks name is read.",
        complain=complain_of_members,
    ),
    Check(
        name="answers",
        claim="Any answer is a token, or one of three errors with a next step.",
        complain=complain_of_answers,
    ),
    Check(
        name="known",
        claim="The answers that its servers are known to give are read.",
        complain=complain_of_known,
        lacks=_no_answers,
    ),
    Check(
        name="hints",
        claim="Common errors have a hint, and its codes mean what the quirks say.",
        complain=complain_of_hints,
    ),
    Check(
        name="explanations",
        claim="Explanations compile, and none hides another one.",
        complain=complain_of_explanations,
    ),
    Check(
        name="sample",
        claim="The sample profiles load, and have a plan.",
        complain=complain_of_sample,
        lacks=_no_sample,
    ),
    Check(
        name="emulator",
        claim="Its emulator gives tokens to its profiles, and its errors are read.",
        complain=complain_of_dialect,
        lacks=_no_dialect,
    ),
)
"""One after the other; those that find the most come first."""
