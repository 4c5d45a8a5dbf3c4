"""How long a fetch and its steps may take: arithmetic on one clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.engine.deadline import LEAST_PATIENCE
from ccflow.engine.deadline import Deadline
from ccflow.engine.deadline import patience_after


NOW = 5_000.0
seconds = st.floats(0.01, 1e6)


def renewal(timeout: float, held: float, patience: float = LEAST_PATIENCE) -> Deadline:
    return Deadline(NOW + timeout, NOW + held, patience)


class TestCallersWait:
    @given(timeout=seconds, since=st.floats(0, 1e6))
    def test_all_the_time_may_be_used(self, timeout, since):
        """Without a token, or when it has ended, nothing is given up early."""
        for deadline in (Deadline(NOW + timeout), renewal(timeout, -since)):
            assert deadline.for_answer(NOW) == pytest.approx(timeout)
            assert deadline.for_lock(NOW) == pytest.approx(timeout / 2)


class TestRenewal:
    @given(timeout=seconds, held=seconds, patience=st.floats(1, 60))
    def test_never_takes_longer_than_without_a_token(self, timeout, held, patience):
        """The profile's timeout is the most, whatever is left of the token."""
        deadline, waiting = renewal(timeout, held, patience), Deadline(NOW + timeout)

        assert deadline.for_answer(NOW) <= waiting.for_answer(NOW)
        assert deadline.for_lock(NOW) <= waiting.for_lock(NOW)

    @given(timeout=seconds, held=st.floats(2, 1e6))
    def test_leaves_time_for_another_try(self, timeout, held):
        """An answer that does not come costs half of what is left of the token."""
        deadline = renewal(timeout, held)

        assert deadline.for_answer(NOW) <= held / 2 + 1e-6
        assert deadline.for_lock(NOW) <= held / 3 + 1e-6

    @pytest.mark.parametrize(
        ("timeout", "held", "patience", "answer", "lock"),
        [
            (30, 720, 1, 30, 15),
            (30, 10, 1, 5, 10 / 3),
            (8, 0.9, 1, 1, 0.3),
            (8, 0.9, 1.4, 1.4, 0.3),
            (0.5, 0.9, 1.4, 0.5, 0.25),
            (0, 0.9, 1, 0, 0),
        ],
    )
    def test_examples(self, timeout, held, patience, answer, lock):
        """From an hour to five seconds, and a server that is slow."""
        deadline = renewal(timeout, held, patience)

        assert deadline.for_answer(NOW) == pytest.approx(answer)
        assert deadline.for_lock(NOW) == pytest.approx(lock)


class TestPatience:
    @pytest.mark.parametrize(("taken", "patience"), [(0.1, 1), (0.7, 1.4), (9, 18)])
    def test_follows_the_server(self, taken, patience):
        """A server that takes long is waited for twice as long, a fast one a second."""
        assert patience_after(taken) == pytest.approx(patience)
