"""What `ccflow.testing.strategies` draws is what it says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import find
from hypothesis import given
from hypothesis import settings

from ccflow.config.profile import Profile
from ccflow.errors import TokenError
from ccflow.plugin.registry import find_provider
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.response import TokenResponse
from ccflow.testing.answers import json_bytes
from ccflow.testing.conformance.answer import outcome_of
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.checks import CHECKS
from ccflow.testing.settings import hostile_values
from ccflow.testing.strategies import error_bodies
from ccflow.testing.strategies import profiles
from ccflow.testing.strategies import providers
from ccflow.testing.strategies import token_responses


GENERIC = find_provider("generic")
REPEATED = settings(
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def drawn(strategy, count):
    """Draw some things, the same ones each time."""
    found = []

    @settings(REPEATED, max_examples=count)
    @given(strategy)
    def collect(thing):
        found.append(thing)

    collect()
    return found


def one_of(condition):
    """Draw until there is a provider of some kind."""
    drawing = settings(
        REPEATED, derandomize=False, max_examples=2000, phases=[Phase.generate]
    )
    return find(providers(), condition, settings=drawing)


class TestProviders:
    def test_the_kit_has_nothing_against_them(self):
        """What is drawn as a provider passes for one."""
        for provider in drawn(providers(), 5):
            candidate = Candidate(provider=provider, examples=5)
            verdicts = [check.judge(candidate) for check in CHECKS]

            assert not [str(it) for it in verdicts if it.state == "failed"], provider

    def test_they_do_not_contradict_themselves(self):
        """Many of them, by the check that costs least."""
        (check, *_) = CHECKS
        for provider in drawn(providers(), 60):
            verdict = check.judge(Candidate(provider=provider))

            assert verdict.state == "passed", f"{verdict}\n{provider}"

    def test_they_differ(self):
        """Every method, settings of every kind, and rules for scopes."""
        for method in AUTH_METHODS:
            assert one_of(lambda it: method in it.token_endpoint_auth_methods)  # noqa: B023
        for name in ("domain", "tenant", "path", "region"):
            assert one_of(lambda it: name in it.settings)  # noqa: B023
        for rule in ("required_scopes", "scope_pattern", "exclusive_scopes"):
            assert one_of(lambda it: getattr(it.quirks, rule))  # noqa: B023


class TestProfiles:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(profiles())
    def test_each_has_a_plan(self, profile):
        """Whoever draws one can use it."""
        provider, plan = profile.plan()

        assert isinstance(profile, Profile)
        assert provider is profile.own_provider
        assert plan.auth_method == profile.token_endpoint_auth_method

    @pytest.mark.parametrize("name", ["okta", "oracle-idcs", "entra", "generic"])
    def test_those_of_one_provider(self, name):
        """Of every method, with and without what is optional."""
        provider = find_provider(name)
        found = drawn(profiles(provider), 60)
        methods = Counter(profile.token_endpoint_auth_method for profile in found)

        assert {profile.provider for profile in found} == {name}
        assert methods.keys() == {*provider.token_endpoint_auth_methods}
        assert {bool(profile.audience) for profile in found} == {True, False}
        assert {bool(profile.resource) for profile in found} == {True, False}

    def test_they_hide_their_secrets(self):
        """A literal one is not in the text of a profile."""
        for profile in drawn(profiles(GENERIC), 20):
            literal = profile.client_secret or profile.private_key
            text = literal.reveal() if literal is not None else "\0"

            assert len(text) < 8 or text not in repr(profile)


class TestBodies:
    def outcomes(self, bodies, status):
        return [
            outcome_of(GENERIC, status, {}, json_bytes(body))
            for body in drawn(bodies, 200)
        ]

    def test_many_successes_are_tokens(self):
        """And some are none, with lifetimes and without."""
        found = self.outcomes(token_responses(), 200)
        tokens = [it for it in found if isinstance(it, TokenResponse)]

        assert 40 < len(tokens) < len(found)
        assert {it.expires_in is None for it in tokens} == {True, False}

    def test_no_failure_is_a_token(self):
        """Many have a code, in several shapes."""
        bodies = drawn(error_bodies(), 200)
        found = [outcome_of(GENERIC, 400, {}, json_bytes(it)) for it in bodies]
        shapes = {name for body in bodies for name in body}

        assert all(isinstance(it, TokenError) for it in found)
        assert sum(it.error is not None for it in found) > 60
        assert {"error", "errorCode", "errors", "fault", "message"} <= shapes


def test_hostile_values_are_hostile():
    """They hold what ends a host, a path or a query."""
    text = "".join(drawn(hostile_values, 200))

    assert {*"/?#@%\\&:"} <= {*text}
