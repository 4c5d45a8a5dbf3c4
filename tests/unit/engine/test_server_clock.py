"""How far this machine's clock is from the server's."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.engine.server_clock import ServerClock


NOW = 1_800_000_000.0


def learned(date, before=NOW, after=NOW):
    clock = ServerClock()
    clock.learn(date, before, after)
    return clock.offset


class TestServerClock:
    @pytest.mark.parametrize(
        ("server", "offset"),
        [(NOW + 94, 94.5), (NOW - 30, -29.5), (NOW + 7200, 7200.5)],
    )
    def test_clock_that_is_off(self, server, offset):
        """A clock that is minutes or hours off is noticed, either way."""
        assert learned(formatdate(server, usegmt=True)) == offset

    @pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 99 Foo 2026"])
    def test_no_usable_date(self, date):
        """An answer without a date tells nothing."""
        assert learned(date) == 0.0

    @given(
        true=st.floats(0, 0.999),
        sent=st.floats(0, 20),
        took=st.floats(0, 20),
        offset=st.floats(-1e6, 1e6),
    )
    def test_estimate_is_as_good_as_the_range(self, true, sent, took, offset):
        """However slow the answer, the estimate is off by at most half of the range."""
        before = NOW
        answered = before + sent + true + offset
        after = before + sent + true + took

        found = learned(formatdate(int(answered), usegmt=True), before, after)

        slack = (after - before + 1) / 2
        assert found == 0.0 or abs(found - offset) <= slack + 1
        assert found != 0.0 or abs(offset) <= after - before + 1

    def test_last_answer_counts(self):
        """A clock that was set right meanwhile is taken as right."""
        clock = ServerClock()
        clock.learn(formatdate(NOW + 94, usegmt=True), NOW, NOW)

        clock.learn(formatdate(NOW, usegmt=True), NOW, NOW)

        assert clock.offset == 0.0
