"""When a token is renewed and when it is over: arithmetic on two clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.engine.freshness import LONGEST_LOOK
from ccflow.engine.freshness import Freshness
from ccflow.engine.freshness import Moment
from ccflow.engine.freshness import freshness_of
from ccflow.engine.freshness import renewal_pause


YEAR = 365.25 * 86400
EPOCH = 1_800_000_000.0
# What is lost of a second when it is added to an epoch.
ULP = 1e-6

lifetimes = st.floats(2, YEAR) | st.integers(2, int(YEAR)).map(float)
chances = st.floats(0, 1)
asked = st.builds(Moment, st.floats(0, 4e9), st.floats(0, 1e8))


def later(moment: Moment, wall: float, steady: float | None = None) -> Moment:
    passed = wall if steady is None else steady
    return Moment(moment.wall + wall, moment.steady + passed)


class TestRefreshPoint:
    @given(asked=asked, lifetime=lifetimes, jitter=chances)
    def test_is_a_share_of_the_lifetime(self, asked, lifetime, jitter):
        """From two seconds to a year, a token is renewed after 80 % of its life."""
        freshness = freshness_of(asked, lifetime, jitter)

        share = freshness.refresh_after / lifetime
        assert 0.75 - ULP <= share <= 0.85 + ULP
        assert freshness.refresh_after >= lifetime / 2

    @given(asked=asked, lifetime=lifetimes, jitter=chances)
    def test_token_is_fresh_at_birth(self, asked, lifetime, jitter):
        """No token is stale or expired before any time has passed."""
        freshness = freshness_of(asked, lifetime, jitter)

        assert freshness.state(asked) == "fresh"
        assert freshness.state(later(asked, lifetime * 0.49)) == "fresh"

    @given(lifetime=st.floats(1e-300, 1e300), jitter=chances)
    def test_odd_lifetimes_are_told_apart_too(self, lifetime, jitter):
        """Even a lifetime that makes no sense has an order: fresh, stale, expired."""
        start = Moment(0.0, 0.0)
        freshness = freshness_of(start, lifetime, jitter)
        states = [
            freshness.state(later(start, share * lifetime))
            for share in (0.0, 0.5, 0.9, 1.0, 1.1)
        ]

        assert states == ["fresh", "fresh", "stale", "expired", "expired"]

    def test_workers_do_not_renew_together(self):
        """Jitter spreads the workers of a service over a tenth of the lifetime."""
        points = {
            freshness_of(Moment(0, 0), 100, n / 10).refresh_after for n in range(11)
        }

        assert len(points) == 11
        assert max(points) - min(points) == pytest.approx(10)


class TestClocks:
    @given(
        asked=asked,
        lifetime=lifetimes,
        wall=st.floats(-YEAR, YEAR),
        steady=st.floats(0, YEAR),
    )
    def test_the_worse_one_is_believed(self, asked, lifetime, wall, steady):
        """A clock that was set, or one that slept, does not make a token younger."""
        freshness = freshness_of(asked, lifetime, 0.5)
        now = later(asked, wall, steady)
        order = ("fresh", "stale", "expired")
        state = freshness.state(now)

        for alone in (later(asked, wall), later(asked, steady)):
            # Up to what rounding takes from either.
            if abs(alone.seconds_since(asked) - now.seconds_since(asked)) > ULP:
                assert order.index(state) >= order.index(freshness.state(alone))

    @pytest.mark.parametrize(
        ("wall", "steady", "state"),
        [
            (10, 10, "fresh"),
            (-3600, 10, "fresh"),
            (-3600, 85, "stale"),
            (-3600, 100, "expired"),
            (3600, 10, "expired"),
            (100, 0, "expired"),
            (99.9, 0, "stale"),
            (0, 99.9, "stale"),
        ],
    )
    def test_jumps_both_ways(self, wall, steady, state):
        """A jump forward ends a token early, a jump back keeps none too long."""
        start = Moment(EPOCH, 50)
        freshness = Freshness(start, 100, 80)

        assert freshness.state(later(start, wall, steady)) == state

    @given(asked=asked, lifetime=lifetimes, share=st.floats(0, 2))
    def test_seconds_left_agree_with_the_state(self, asked, lifetime, share):
        """A token with time left is not expired, and the other way round."""
        freshness = freshness_of(asked, lifetime, 0.5)
        now = later(asked, lifetime * share)

        assert (freshness.seconds_left(now) <= 0) == (freshness.state(now) == "expired")


class TestNextLook:
    @given(asked=asked, lifetime=lifetimes, jitter=chances, share=st.floats(0, 1.5))
    def test_is_soon_and_before_anything_changes(self, asked, lifetime, jitter, share):
        """
        Between two looks lies at most a second, and in it the state does not change.
        """
        freshness = freshness_of(asked, lifetime, jitter)
        now = later(asked, lifetime * share)
        until = freshness.next_look(now)

        # Where less than that is left, it is lost in the addition.
        assert now.wall <= until <= now.wall + LONGEST_LOOK + ULP
        just_before = later(now, max(until - now.wall - 2 * ULP, 0))
        if just_before.wall > now.wall:
            assert freshness.state(just_before) == freshness.state(now)


class TestRenewalPause:
    @given(failures=st.integers(1, 10_000), jitter=chances)
    def test_grows_up_to_a_minute(self, failures, jitter):
        """A failing server is left alone for longer and longer, to a point."""
        pause = renewal_pause(failures, None, jitter)

        assert 0.5 <= pause <= 60
        assert pause <= renewal_pause(failures + 1, None, jitter)

    @given(failures=st.integers(1, 100), asked=st.floats(0, 1e9), jitter=chances)
    def test_server_may_ask_for_more(self, failures, asked, jitter):
        """What the server asked for is kept to, and never undercut."""
        pause = renewal_pause(failures, asked, jitter)

        assert pause >= asked
        assert pause >= renewal_pause(failures, None, jitter)

    @given(
        failures=st.integers(1, 100), left=st.floats(0.01, 1e6), jitter=st.floats(0, 1)
    )
    def test_leaves_time_before_the_token_ends(self, failures, left, jitter):
        """However often it failed, the server is asked again while a token is held."""
        pause = renewal_pause(failures, None, jitter, left)

        assert pause <= max(left / 3, 0.1)
        assert pause >= 0.05
        assert pause <= renewal_pause(failures, None, jitter)

    def test_server_may_ask_for_more_than_is_left(self):
        """What it names is waited for, though the token ends before."""
        assert 60 == renewal_pause(1, 60, 0.5, 10)

    def test_is_jittered(self):
        """Workers that failed together do not come back together."""
        assert renewal_pause(5, None, 0.0) == renewal_pause(5, None, 1.0) / 2
