"""Which of the known causes the doctor names."""

from __future__ import annotations

import attrs
import pytest

from ccflow.doctor.causes import causes_of
from ccflow.doctor.clock import HeardClock
from ccflow.plugin.registry import find_provider
from ccflow.protocol.plan_to_read import make_plan_to_read
from tests.unit.protocol.wire import DATE
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


REFUSED = '{"error":"invalid_client"}'
OUTSIDE_ITS_TIME = "the assertion is outside its time"


def clock_that_is(seconds):
    """Return what is known of a server whose clock is so far ahead; None is nothing."""
    clock = HeardClock()
    if seconds is not None:
        clock.learn(DATE, NOW - seconds, NOW - seconds)
    return clock


def causes(method, seconds=None, provider="generic", **changes):
    provider = find_provider(provider)
    plan = make_plan_to_read(provider)
    plan = attrs.evolve(plan, auth_method=method, **changes)
    failure = outcome_of(an_answer(401, REFUSED), provider, plan=plan)
    told = causes_of(provider, plan, failure, clock_that_is(seconds))
    return [it.message.removeprefix("it may also be this: ") for it in told]


class TestMethod:
    @pytest.mark.parametrize("provider", ["generic", "okta", "oracle-idcs", "keycloak"])
    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_a_secret_has_no_assertion(self, method, provider):
        """Neither its audience, nor its time, nor its key is at fault."""
        told = " ".join(causes(method, provider=provider))

        assert "assertion" not in told
        assert "key_id" not in told
        assert ("asic header" in told) is (method == "client_secret_basic")

    def test_a_key_has_no_secret(self):
        """What is signed has an audience, a time and a key."""
        told = " ".join(causes("private_key_jwt"))

        assert "assertion_audience" in told
        assert "key_id" in told
        assert "secret has expired" not in told
        assert "Basic" not in told

    def test_a_certificate(self):
        """Who connects with one is told of that one."""
        told = " ".join(causes("tls_client_auth"))

        assert "tls_certificate" in told
        assert "key_id" not in told


class TestClock:
    def test_one_that_agrees_is_no_cause(self):
        """It was looked at, and is not told as a guess."""
        told = causes("private_key_jwt", 0)

        assert told
        assert not [it for it in told if it.startswith(OUTSIDE_ITS_TIME)]

    @pytest.mark.parametrize("seconds", [-3600, 3600])
    def test_one_that_is_off_comes_first(self, seconds):
        """What was measured is the likeliest."""
        assert causes("private_key_jwt", seconds)[0].startswith(OUTSIDE_ITS_TIME)

    def test_one_that_nobody_heard_of_is_a_guess(self):
        """Among the others, in the order of the table."""
        told = causes("private_key_jwt")
        places = [it.startswith(OUTSIDE_ITS_TIME) for it in told]

        assert 1 == sum(places)
        assert not places[0]

    def test_a_ready_made_assertion_may_be_old(self):
        """Whatever the time is now."""
        told = causes("private_key_jwt", 0, credential="client_assertion")

        assert [it for it in told if it.startswith(OUTSIDE_ITS_TIME)]
