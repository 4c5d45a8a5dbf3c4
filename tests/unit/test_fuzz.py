"""The fuzzer itself: it changes bytes, reaches corners, and tells what it finds."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from tests.fuzz.__main__ import TARGETS
from tests.fuzz.answers import ANSWERS
from tests.fuzz.answers import read
from tests.fuzz.campaign import fuzz
from tests.fuzz.mutation import mutate
from tests.fuzz.target import Target


def a_target(run):
    return Target(name="t", seeds=lambda: [b"abc", b"xyz"], run=run, words=(b"WORD",))


class TestTargets:
    @pytest.mark.parametrize("name", sorted(TARGETS))
    def test_a_short_campaign_finds_nothing(self, name):
        """Every seed is read, and some inputs that nobody would write."""
        target = TARGETS[name]
        seeds = list(target.seeds())
        report = fuzz(target, runs=len(seeds) + 300)

        assert report.finding is None
        assert len(seeds) + 300 == report.runs == sum(report.regions.values())
        assert len(seeds) > 25

    def test_answers_reach_every_region(self):
        """Classes, categories, with and without a code; tokens of all kinds."""
        report = fuzz(ANSWERS, runs=3000)
        categories = {" ".join(region.split()[:2]) for region in report.regions}

        assert 18 == len(report.regions)
        assert 10 == len(categories)

    @pytest.mark.parametrize(
        "data",
        [b"", b"\n\n", b"x", b"1 2 3\n:\n::\n\n\n", b"9" * 5000, b"\xff 200\n\n"],
    )
    def test_anything_is_an_answer(self, data):
        """No input is refused, so that no change of one is for nothing."""
        number, answer = read(data)

        assert number >= 0
        assert 0 <= answer.status_code < 1000


class TestCampaign:
    def test_it_stops_at_what_it_finds(self):
        """The input that broke a reader is told, with how it broke."""

        def run(data):
            if b"WORD" in data:
                raise KeyError(data)
            return "fine"

        report = fuzz(a_target(run), runs=10_000)

        assert report.finding is not None
        data, error = report.finding
        assert b"WORD" in data
        assert isinstance(error, KeyError)
        assert report.runs < 10_000

    def test_the_same_seed_makes_the_same_inputs(self):
        """A finding can be found again."""

        def inputs(seed):
            seen = []
            fuzz(a_target(lambda data: seen.append(data) or "r"), runs=50, seed=seed)
            return seen

        assert inputs(1) == inputs(1)
        assert inputs(1) != inputs(2)

    def test_it_ends_in_time(self):
        """The budget is kept, however slow a reader is."""
        now = iter(range(1000))
        report = fuzz(a_target(lambda data: "r"), seconds=10, clock=lambda: next(now))

        assert 5 <= report.runs <= 11

    def test_inputs_that_lead_somewhere_are_changed_further(self):
        """A region behind a region is reached, step by step."""

        def run(data):
            return str(min(data.count(b"WORD"), 9))

        assert "9" in fuzz(a_target(run), runs=3000).regions

    def test_changes_are_of_all_kinds(self):
        """Inputs get shorter and longer, and are mostly near to what they were."""
        random = Random(1)
        lengths = Counter(
            len(mutate([b"a" * 100], random, [b"WORD"])) for _ in range(500)
        )

        assert min(lengths) < 50
        assert max(lengths) > 200
        assert sum(lengths[length] for length in range(90, 120)) > 150


class TestCommand:
    def ask(self, *args):
        command = [sys.executable, "-m", "tests.fuzz", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=50)

    def test_it_says_what_it_did(self):
        """A count for each target and each region, and 0 when nothing was found."""
        found = self.ask("--runs", "20", "--engine", "bytes")

        assert 0 == found.returncode, found.stderr
        for name in TARGETS:
            assert f"{name}: 20 inputs" in found.stdout

    def test_an_unknown_target(self):
        """A mistake in the command names what there is."""
        found = self.ask("nowhere")

        assert 2 == found.returncode
        assert "expected answers, metadata, profiles" in found.stderr
