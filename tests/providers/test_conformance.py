"""Every provider that comes with ccflow keeps to what is said of every provider."""

from __future__ import annotations

from functools import cache
from functools import partial

import pytest

from ccflow.errors import ProviderError
from ccflow.plugin import catalogue
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import find_provider
from ccflow.testing import KnownAnswer
from ccflow.testing import ProviderConformance
from ccflow.testing.conformance.candidate import find_candidate
from tests.support.corpus import all_shapes


def is_usable(name):
    """Whether it is one, and does not only say what to use instead."""
    try:
        find_provider(name)
    except ProviderError:
        return False
    return True


NAMES = [
    name
    for name in sorted({"generic", *FIRST_PARTY, *catalogue.names()})
    if is_usable(name)
]


def known_answers(name):
    """The answers of the corpus that a profile needs no quirks of its own for."""
    for shape in all_shapes():
        if shape.provider == name and not shape.quirks and not shape.require_scope:
            token, error = shape.token, shape.error or {}
            usual = "t0ken" if token is not None else None
            yield KnownAnswer(
                name=shape.id,
                status=shape.status,
                headers=shape.headers,
                body=shape.body,
                error=error.get("code"),
                token=(token or {}).get("access_token", usual),
            )


@cache
def candidate(name):
    """Ten things for each claim: there are many providers."""
    answers = tuple(known_answers(name))
    return find_candidate(name, answers=answers, examples=6)


@pytest.mark.parametrize("name", NAMES)
class TestEveryProvider(ProviderConformance):
    """What `ccflow conformance NAME` says, with the corpus beside it."""

    @pytest.fixture(autouse=True)
    def chosen(self, name):
        self.candidate = partial(candidate, name)


def test_all_are_judged():
    """None of those that can be used is left out."""
    assert {"generic", "okta", "curity", "oracle-idcs", "entra"} <= {*NAMES}
    assert not {"google", "workday"} & {*NAMES}
