"""What there is one of in a process."""

from __future__ import annotations

import random

from ccflow.process import Process
from ccflow.process import chance


class TestChance:
    def test_a_seed_does_not_bring_workers_into_step(self):
        """A program that seeds its own numbers leaves the jitter alone."""
        drawn = set()
        for _ in range(5):
            random.seed(7)
            drawn.add((Process().jitter, chance()))

        assert 5 == len(drawn)

    def test_the_programs_own_numbers_stay_as_they_are(self):
        """Who seeds them gets what the seed says, whatever is fetched between."""
        random.seed(7)
        before = random.getstate()
        Process()
        chance()

        assert before == random.getstate()
