"""When a fetch asks again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.engine.retry import LONGEST_PAUSE
from ccflow.engine.retry import MOST_ATTEMPTS
from ccflow.engine.retry import retry_pause
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError


def unavailable(**details):
    return TokenUnavailableError(
        "later", **{"category": "server", "retryable": True, **details}
    )


class TestRetryPause:
    def test_first_failure_is_tried_again_soon(self):
        """One failing answer costs well under a second, not the call."""
        assert retry_pause(unavailable(), 1, 30.0, 1.0) == 0.5

    def test_backs_off(self):
        """The second wait may be twice as long as the first."""
        assert retry_pause(unavailable(), 2, 30.0, 1.0) == 1.0

    def test_last_attempt_is_the_last(self):
        """A server that stays down is left alone after a few attempts."""
        assert retry_pause(unavailable(), MOST_ATTEMPTS, 30.0, 0.0) is None

    @pytest.mark.parametrize(
        "failure",
        [
            TokenRefusedError("no", category="client_auth"),
            TokenResponseError("page", category="intermediary"),
        ],
    )
    def test_what_will_not_change_is_not_tried_again(self, failure):
        """A refusal, or a login page, is the answer."""
        assert retry_pause(failure, 1, 30.0, 0.0) is None

    def test_server_says_how_long(self):
        """What the server asks to wait is waited in full."""
        assert retry_pause(unavailable(retry_after=4.0), 1, 30.0, 0.0) == 4.0

    def test_long_wait_ends_the_fetch(self):
        """A wait beyond the deadline is not slept."""
        assert retry_pause(unavailable(retry_after=86400.0), 1, 30.0, 0.0) is None

    def test_rate_limit_without_a_hint_is_not_tried_again(self):
        """Coming back too early makes some servers count anew."""
        failure = unavailable(category="rate_limit")

        assert retry_pause(failure, 1, 30.0, 0.0) is None

    @given(
        attempt=st.integers(1, 10),
        left=st.floats(0, 100),
        chance=st.floats(0, 1),
        asked=st.none() | st.floats(0, 1e9),
    )
    def test_never_sleeps_past_the_deadline(self, attempt, left, chance, asked):
        """Whatever the server asks and chance draws, the deadline holds."""
        pause = retry_pause(unavailable(retry_after=asked), attempt, left, chance)

        assert pause is None or 0 <= pause < left
        assert asked or pause is None or pause <= LONGEST_PAUSE
