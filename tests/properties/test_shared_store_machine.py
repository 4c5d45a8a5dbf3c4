"""
Two processes' worth of sources over one store, under any order of events.

The clocks are simulated and every fetch lands at once, so that what each call must
bring is known: a token that is valid, and no request that the store could have saved.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.stateful import initialize
from hypothesis.stateful import rule
from hypothesis.stateful import run_state_machine_as_test

import ccflow
from ccflow.engine.fetch import Fetch
from ccflow.process import PROCESS
from ccflow.store import StoreError
from ccflow.stores.memory import MemoryStore
from tests.support.scripted import Scripted
from tests.support.scripted import World
from tests.support.scripted import down
from tests.support.scripted import refused
from tests.support.worlds import a_response
from tests.support.worlds import landed
from tests.support.worlds import make_profile


REGIONS: Counter[str] = Counter()
LIFETIMES = (2.0, 50.0, 300.0, 86400.0)
WHO = st.integers(0, 1)


class Store(MemoryStore):
    """A store that can be out of order."""

    def __init__(self, world) -> None:
        super().__init__(clock=lambda: world.wall)
        self.broken = ""

    def get(self, key):
        if self.broken == "all":
            raise StoreError("out of order")
        return super().get(key)

    def put(self, key, record, expected):
        if self.broken:
            raise StoreError("out of order")
        return super().put(key, record, expected)

    def lock(self, key, timeout):
        if self.broken == "all":
            raise StoreError("out of order")
        return super().lock(key, timeout)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.jitter, PROCESS.jitter = PROCESS.jitter, 0.5

    @initialize(lifetime=st.sampled_from(LIFETIMES))
    def begin(self, lifetime) -> None:
        self.world = World()
        self.lifetime = lifetime
        self.store = Store(self.world)
        self.answer = "well"
        self.tokens: dict[str, float] = {}  # when each was asked for
        self.stored: str | None = None
        self.thrown_away: set[str] = set()
        # When the last one was asked for that each source threw away.
        self.too_old = [0.0, 0.0]
        self.exchange = Scripted(self.world, self.decide, seconds=0.0)
        self.held: list[str | None] = [None, None]
        profile = make_profile(client_secret={"env": "NOT_READ"})
        self.sources = []
        for _ in range(2):
            source = ccflow.TokenSource(
                profile, store=self.store, runtime=self.world.runtime()
            )
            assert isinstance(source._fetch, Fetch)
            conversation = source._fetch._conversation = source._fetch._begin()
            conversation.exchange = self.exchange
            self.sources.append(source)

    def teardown(self) -> None:
        PROCESS.jitter = self.jitter

    def decide(self, credential):
        if self.answer == "down":
            return down()
        if self.answer == "refuses":
            return refused()
        token = f"tok-{len(self.tokens) + 1}"
        self.tokens[token] = self.world.wall
        return a_response(token, self.lifetime)

    def age(self, token) -> float:
        return self.world.wall - self.tokens[token]

    @rule(share=st.sampled_from([0.01, 0.1, 0.5, 0.81, 0.99, 1.0, 1.5]))
    def tick(self, share) -> None:
        self.world.tick(self.lifetime * share)

    @rule(answer=st.sampled_from(["well", "well", "well", "down", "refuses"]))
    def server(self, answer) -> None:
        self.answer = answer

    @rule(broken=st.sampled_from(["", "", "put", "all"]))
    def outage(self, broken) -> None:
        self.store.broken = broken

    @rule(who=WHO)
    def invalidate(self, who) -> None:
        if self.held[who] is not None:
            self.thrown_away.add(self.held[who])
            self.too_old[who] = self.tokens[self.held[who]]
        self.sources[who].invalidate()
        self.held[who] = None
        REGIONS["invalidated"] += 1

    @rule(who=WHO)
    def revoke_twice(self, who) -> None:
        """Two tokens in a row are thrown away, and the store takes no other."""
        self.answer, self.store.broken = "well", ""
        self.ask(who)
        self.store.broken = "put"
        for _ in range(2):
            self.world.tick(self.lifetime * 0.1)
            self.invalidate(who)
            self.ask(who)

    @rule(who=WHO)
    def renew(self, who) -> None:
        """A token of a server that is up comes to its refresh point."""
        self.answer = "well"
        self.ask(who)
        if self.held[who] is not None:
            left = 0.9 * self.lifetime - self.age(self.held[who])
            self.world.tick(max(left, 0.0))
            self.ask(who)

    @rule(who=WHO, answer=st.sampled_from(["down", "refuses"]))
    def fail(self, who, answer) -> None:
        """Nothing is held, and there is nothing to be had from the server."""
        self.answer = answer
        self.world.tick(1.5 * self.lifetime)
        self.ask(who)

    def usable(self, who) -> bool:
        """Whether the store has a token that a source can use."""
        if self.stored is None or self.store.broken == "all":
            return False
        if self.age(self.stored) >= self.lifetime:
            return False
        if self.is_too_old(self.stored, who):
            REGIONS["older than one thrown away"] += 1
            return False
        return self.stored not in self.thrown_away

    def is_too_old(self, token, who) -> bool:
        return self.tokens[token] < self.too_old[who]

    @rule(who=WHO)
    def ask(self, who) -> None:
        source = self.sources[who]
        before, sent = len(self.tokens), len(self.exchange.sent)
        held = self.held[who]
        empty = held is None or self.age(held) >= self.lifetime
        usable = self.usable(who)
        wall = self.world.wall
        try:
            token = source.token().access_token
        except ccflow.TokenError:
            # With a token at hand nobody fails.
            assert empty
            assert not usable
            REGIONS["failed"] += 1
            landed(source)
            return
        # Never an expired one; where a retry slept, its time counts as well.
        assert wall - self.tokens[token] < self.lifetime
        assert not self.is_too_old(token, who), "it was thrown away"
        landed(source)
        fresh = [name for name in self.tokens if int(name[4:]) > before]
        assert len(fresh) <= 1
        if fresh and not self.store.broken:
            self.stored = fresh[0]
        if empty and usable:
            assert sent == len(self.exchange.sent), "the store had one"
            REGIONS["adopted"] += 1
        if not empty and self.age(held) < 0.79 * self.lifetime:
            assert sent == len(self.exchange.sent), "it was fresh"
        if self.store.broken and fresh:
            REGIONS["fetched without a store"] += 1
        if not empty and fresh:
            REGIONS["renewed"] += 1
        status = source.status()
        if status.state != "empty":
            self.held[who] = source._lease.token.access_token

    @rule()
    def ask_both(self) -> None:
        """One window, both processes: one request while the store works."""
        if self.store.broken or self.answer != "well":
            return
        before = len(self.tokens)
        clean = not self.thrown_away
        same = self.held[0] == self.held[1]
        for who in (0, 1):
            self.ask(who)
        if clean and same:
            assert len(self.tokens) - before <= 1
            REGIONS["one window"] += 1


def test_two_processes():
    """No expired token is served, and no request sent that the store could save."""
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=70, stateful_step_count=30, derandomize=False),
    )


def test_regions_were_reached():
    """The machine above has been everywhere."""
    names = (
        "adopted",
        "failed",
        "fetched without a store",
        "older than one thrown away",
        "one window",
        "renewed",
    )

    assert not {name for name in names if not REGIONS[name]}
