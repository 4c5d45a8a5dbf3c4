"""
A source under any order of events: time, callers, answers, failures, refusals.

The machine holds a model of what a source should do, simple enough to be believed, and
asks after each step whether the source did it. The clocks are simulated; each fetch
waits for the machine to let it land.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import attrs
import pytest
import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import precondition
from hypothesis.stateful import rule
from hypothesis.stateful import run_state_machine_as_test

import ccflow
from ccflow.engine import flight as flight_module
from ccflow.engine.freshness import Moment
from ccflow.process import PROCESS
from ccflow.protocol.response import TokenResponse
from tests.support.worlds import Clocks
from tests.support.worlds import a_response
from tests.support.worlds import make_profile


REGIONS: Counter[str] = Counter()
DEFAULT_LIFETIME = 300.0

lifetimes = st.sampled_from([2.0, 10.0, 60.0, 3600.0, None])
steps = st.sampled_from([1.0, 2.0, 5.0, 9.0, 30.0, 61.0, 500.0, 3000.0])


@attrs.define
class Fetch:
    """One fetch that waits to land, as the machine sees it."""

    number: int
    asked: Moment
    before: Held | None = None
    go: threading.Event = attrs.field(factory=threading.Event)
    outcome: TokenResponse | Exception | None = None
    given_up: bool = False
    is_renewal: bool = False
    thread: threading.Thread = attrs.field(factory=threading.current_thread)

    @property
    def text(self) -> str:
        return f"tok-{self.number}"


@attrs.define
class Caller:
    """One caller who waits."""

    fetch: Fetch
    thread: threading.Thread
    kind: str
    result: object = None


@attrs.define
class Held:
    """The token that the source should hold."""

    text: str
    asked: Moment
    lifetime: float
    late: bool = False

    @property
    def share(self) -> float:
        """How much of its life passes before it is renewed."""
        return 0.95 if self.late else 0.8


def ends_alike(fetch: Fetch, lifetime: float) -> bool:
    """Whether a renewal brought a token that ends when the old one did."""
    before = fetch.before
    if before is None:
        return False
    age = max(
        fetch.asked.wall - before.asked.wall, fetch.asked.steady - before.asked.steady
    )
    if age >= before.lifetime or age + lifetime - before.lifetime >= 0.05 * lifetime:
        return False
    REGIONS["renewed in vain"] += 1
    return True


def ask_thread(source: ccflow.TokenSource) -> object:
    return source.token()


def ask_asyncio(source: ccflow.TokenSource) -> object:
    return asyncio.run(source.atoken())


def ask_trio(source: ccflow.TokenSource) -> object:
    return trio.run(source.atoken)


ways = st.sampled_from([ask_thread, ask_thread, ask_asyncio, ask_trio])


def wait_until(true: Callable[[], bool]) -> None:
    """Return when something that is under way in another thread has happened."""
    pause = threading.Event()
    for _ in range(10_000):
        if true():
            return
        pause.wait(0.001)
    raise AssertionError("it does not happen")


class SourceMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.jitter, PROCESS.jitter = PROCESS.jitter, 0.5
        self.slice, flight_module._SLICE = flight_module._SLICE, 0.005
        self.clocks = Clocks()
        self.fetches: list[Fetch] = []
        self.callers: list[Caller] = []
        self.held: Held | None = None
        self.current: Fetch | None = None
        self.failures = 0
        self.failed_in_row = 0
        self.renew_after: Moment | None = None
        self.served: ccflow.AccessToken | None = None
        self.events: list[object] = []

    @initialize()
    def begin(self) -> None:
        self.source = ccflow.TokenSource(
            make_profile(), runtime=self.clocks.runtime(), fetch=self.fetch
        )
        self.source.on_event(self.events.append)

    def teardown(self) -> None:
        for fetch in self.fetches:
            if fetch.outcome is None:
                fetch.outcome = RuntimeError("the end")
            fetch.go.set()
        for caller in self.callers:
            caller.thread.join(10)
        for fetch in self.fetches:
            fetch.thread.join(10)
        PROCESS.jitter, flight_module._SLICE = self.jitter, self.slice

    # The server.

    def fetch(self) -> TokenResponse:
        fetch = Fetch(len(self.fetches) + 1, self.clocks.moment(), self.held)
        self.fetches.append(fetch)
        if not fetch.go.wait(30):
            raise AssertionError("the machine forgot a fetch")
        if isinstance(fetch.outcome, Exception):
            raise fetch.outcome
        assert fetch.outcome is not None
        return fetch.outcome

    # The model.

    def age(self, asked: Moment) -> float:
        return max(self.clocks.wall - asked.wall, self.clocks.steady - asked.steady)

    def state(self) -> str:
        if self.held is None:
            return "empty"
        age = self.age(self.held.asked)
        if age >= self.held.lifetime:
            return "expired"
        return "stale" if age >= self.held.share * self.held.lifetime else "fresh"

    def is_open(self) -> bool:
        """Whether a fetch is under way that callers may wait for."""
        fetch = self.current
        return fetch is not None and fetch.outcome is None and not fetch.given_up

    def starts(self, state: str) -> bool:
        """Whether an ask must start a fetch now."""
        if self.is_open() or state == "fresh":
            return False
        if state in {"empty", "expired"}:
            return True
        lease = self.source._lease
        if lease.looked <= self.clocks.wall < lease.until:
            return False  # It looked less than a second ago, on clocks that stand.
        return self.renew_after is None or self.age(self.renew_after) >= 0

    # The rules.

    @rule(seconds=steps)
    def tick(self, seconds: float) -> None:
        self.clocks.tick(seconds)

    @precondition(lambda self: self.state() == "fresh")
    @rule()
    def become_stale(self) -> None:
        assert self.held is not None
        left = (self.held.share + 0.02) * self.held.lifetime
        left -= self.age(self.held.asked)
        self.clocks.tick(max(left, 1.0))

    @precondition(lambda self: self.state() == "stale")
    @rule()
    def become_expired(self) -> None:
        assert self.held is not None
        self.clocks.tick(self.held.lifetime - self.age(self.held.asked))

    @rule(seconds=steps, sign=st.sampled_from([1, -1]))
    def jump(self, seconds: float, sign: int) -> None:
        self.clocks.jump(sign * seconds)
        self.leave_the_last_look()
        REGIONS["jump forward" if sign > 0 else "jump back"] += 1

    @rule(seconds=steps)
    def suspend(self, seconds: float) -> None:
        """The machine sleeps, and its wall clock is behind when it wakes up."""
        self.clocks.steady += seconds
        self.clocks.tick(1)
        self.leave_the_last_look()

    def leave_the_last_look(self) -> None:
        """
        Keep a wall clock from ending up in the very second of the last look.

        The hot path reads one clock, and that one cannot tell such a jump.
        """
        lease = self.source._lease
        if self.clocks.wall < lease.until:
            self.clocks.wall = lease.until + 1
            REGIONS["jump into the last look"] += 1

    @precondition(lambda self: len(self.callers) < 6)
    @rule(way=ways)
    def ask(self, way: Callable[[ccflow.TokenSource], object]) -> None:
        state = self.state()
        starts = self.starts(state)
        count = len(self.fetches)
        REGIONS[f"asked while {state}"] += 1
        if starts:
            REGIONS[f"fetch started while {state}"] += 1
        elif state != "fresh":
            REGIONS[f"no fetch started while {state}"] += 1
        caller = Caller(None, None, way.__name__)  # type: ignore[arg-type]

        def run() -> None:
            try:
                caller.result = way(self.source)
            except BaseException as error:
                caller.result = error

        caller.thread = threading.Thread(target=run, daemon=True)
        waiting = self.waiting()
        caller.thread.start()
        if starts:
            wait_until(lambda: len(self.fetches) > count)
            if state in {"empty", "expired"} and self.current is not None:
                waiting = 0
            self.current = self.fetches[-1]
            self.current.is_renewal = state == "stale"
        if state in {"fresh", "stale"}:
            caller.thread.join(10)
            assert not caller.thread.is_alive(), f"a caller waits for a {state} token"
            self.check_served(caller.result)
        else:
            wait_until(lambda: self.waiting() > waiting)
            caller.fetch = self.current
            self.callers.append(caller)
            REGIONS[f"{way.__name__} waits"] += 1
        assert len(self.fetches) == count + starts, f"while {state}"

    def waiting(self) -> int:
        flight = self.source._flight
        return 0 if flight is None else len(flight._waiting) + len(flight._loops)

    def check_served(self, token: object) -> None:
        assert isinstance(token, ccflow.AccessToken), token
        assert self.held is not None
        assert token.access_token == self.held.text
        assert self.age(self.held.asked) < self.held.lifetime
        self.served = token

    def flying(self) -> list[Fetch]:
        return [fetch for fetch in self.fetches if fetch.outcome is None]

    @precondition(lambda self: self.flying())
    @rule(data=st.data(), lifetime=lifetimes)
    def succeed(self, data: st.DataObject, lifetime: float | None) -> None:
        self.bring(data.draw(st.sampled_from(self.flying())), lifetime)

    def bring(self, fetch: Fetch, lifetime: float | None) -> None:
        kept_for = DEFAULT_LIFETIME if lifetime is None else lifetime
        alive = self.age(fetch.asked) < kept_for
        newest = (
            fetch is self.current
            or self.held is None
            or self.held.asked.steady < fetch.asked.steady
        )
        self.land(fetch, a_response(fetch.text, lifetime))
        if alive and newest:
            self.held = Held(
                fetch.text, fetch.asked, kept_for, ends_alike(fetch, kept_for)
            )
        else:
            REGIONS["too old to be kept" if not alive else "late and not kept"] += 1
        if fetch is not self.current:
            REGIONS["late success"] += 1
        self.failed_in_row, self.renew_after = 0, None
        if not alive:
            now = self.clocks.moment()
            self.renew_after = Moment(now.wall + 0.75, now.steady + 0.75)

    @precondition(lambda self: self.flying())
    @rule(data=st.data(), retry_after=st.sampled_from([None, None, 7.0, 1000.0]))
    def fail(self, data: st.DataObject, retry_after: float | None) -> None:
        self.lose(data.draw(st.sampled_from(self.flying())), retry_after)

    def lose(self, fetch: Fetch, retry_after: float | None) -> None:
        REGIONS[f"failure while {self.state()}"] += 1
        if fetch is self.current:
            self.failed_in_row += 1
            pause = min(2.0 ** (self.failed_in_row - 1), 60)
            if self.held is not None and self.state() != "expired":
                left = self.held.lifetime - self.age(self.held.asked)
                pause = min(pause, max(left / 3, 0.1))
            pause = max(pause * 0.75, retry_after or 0)
            now = self.clocks.moment()
            self.renew_after = Moment(now.wall + pause, now.steady + pause)
        self.failures += 1
        error = ccflow.TokenUnavailableError(
            fetch.text, category="network", retryable=True, retry_after=retry_after
        )
        self.land(fetch, error)

    def land(self, fetch: Fetch, outcome: TokenResponse | Exception) -> None:
        waiting = [caller for caller in self.callers if caller.fetch is fetch]
        fetch.outcome = outcome
        fetch.go.set()
        fetch.thread.join(10)
        assert not fetch.thread.is_alive(), "a flight does not end"
        if fetch.is_renewal and isinstance(outcome, Exception):
            self.begin_anew(waiting)
            return
        for caller in waiting:
            caller.thread.join(10)
            assert not caller.thread.is_alive(), "a caller was forgotten"
            self.callers.remove(caller)
            if isinstance(outcome, Exception):
                assert type(caller.result) is type(outcome), caller.result
                assert caller.result.__cause__ is outcome
            else:
                assert caller.result.access_token == fetch.text

    def begin_anew(self, waiting: list[Caller]) -> None:
        """Who waited for a renewal that gave up early asks once more."""
        if not waiting:
            return
        state, old = self.state(), self.current
        REGIONS[f"asked anew while {state}"] += 1
        due = self.renew_after is None or self.age(self.renew_after) >= 0
        if state in {"empty", "expired"} or (state == "stale" and due):
            wait_until(lambda: self.fetches[-1] is not old)
            self.current = self.fetches[-1]
            self.current.is_renewal = state == "stale"
        if state in {"empty", "expired"}:
            wait_until(lambda: self.waiting() >= len(waiting))
        for caller in waiting:
            caller.fetch = self.current
            if state in {"fresh", "stale"}:
                caller.thread.join(10)
                self.callers.remove(caller)
                self.check_served(caller.result)

    @precondition(
        lambda self: (
            self.is_open()
            and all(caller.kind == "ask_thread" for caller in self.callers)
        )
    )
    @rule()
    def give_up(self) -> None:
        """The time by which the flight had to land is over."""
        fetch = self.current
        assert fetch is not None
        fetch.given_up = True
        waiting = [caller for caller in self.callers if caller.fetch is fetch]
        self.source._flight._lands_by = 0.0
        REGIONS["given up"] += 1
        if fetch.is_renewal:
            self.begin_anew(waiting)
            return
        for caller in waiting:
            caller.thread.join(10)
            assert not caller.thread.is_alive(), "a caller waits for what is over"
            self.callers.remove(caller)
            assert type(caller.result) is ccflow.TokenUnavailableError

    @precondition(lambda self: self.state() != "fresh" and not self.callers)
    @rule(finish=st.booleans())
    def second_flight(self, finish: bool) -> None:
        """A flight whose time is over, and which lands after the next one."""
        for _ in range(2):
            self.clocks.tick(1)
            self.ask(ask_thread)
            if len(self.flying()) == 1 and self.is_open():
                self.give_up()
        self.ask(ask_thread)
        if finish:
            for fetch in reversed(self.flying()):
                self.bring(fetch, 3600.0)

    @precondition(lambda self: self.state() == "stale" and not self.callers)
    @rule(retry_after=st.sampled_from([None, 7.0, 1000.0]), times=st.integers(1, 4))
    def failed_renewals(self, retry_after: float | None, times: int) -> None:
        """A server that fails for a while, and callers who do not notice."""
        for _ in range(times):
            self.ask(ask_thread)
            if self.is_open():
                self.lose(self.current, retry_after)
            elif self.state() == "stale":
                REGIONS["server left alone while stale"] += 1
            self.clocks.tick(1)

    @precondition(lambda self: self.state() == "stale" and not self.callers)
    @rule(ways=st.lists(ways, min_size=1, max_size=3))
    def renewal_that_outlives_the_token(self, ways: list[Callable]) -> None:
        """A renewal that gives up early, and callers who came since the end."""
        self.ask(ask_thread)
        if not self.is_open():
            return
        self.become_expired()
        for way in ways:
            self.ask(way)
        self.lose(self.current, None)

    @rule()
    def invalidate(self) -> None:
        self.source.invalidate()
        self.held, self.renew_after = None, None
        REGIONS["invalidate"] += 1

    @precondition(lambda self: self.served is not None)
    @rule()
    def api_refuses(self) -> None:
        """An API refuses the last token that was served, held or not any more."""
        assert self.served is not None
        is_held = self.held is not None and self.held.text == self.served.access_token
        replace = self.source.refused(self.served)

        assert replace or is_held or self.held is None
        if replace and (is_held or self.held is None):
            self.held, self.renew_after = None, None
        REGIONS[f"refused, {'replaced' if replace else 'kept'}"] += 1

    # What always holds.

    @invariant()
    def one_flight(self) -> None:
        open_ = [fetch for fetch in self.flying() if not fetch.given_up]

        assert len(open_) <= 1
        assert open_ == ([self.current] if self.is_open() else [])

    @invariant()
    def state_is_as_modelled(self) -> None:
        if not hasattr(self, "source"):
            return
        status = self.source.status()

        assert status.state == self.state()
        assert status.fetching == self.is_open()
        assert status.requests == len(self.fetches)
        assert status.failures == self.failures


TestSource = SourceMachine.TestCase
TestSource.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


def test_every_region_is_reached():
    """The machine above goes everywhere, so that its silence means something."""
    expected = {
        "ask_asyncio waits",
        "ask_thread waits",
        "ask_trio waits",
        "asked anew while expired",
        "asked while empty",
        "asked while expired",
        "asked while fresh",
        "asked while stale",
        "failure while empty",
        "failure while expired",
        "failure while stale",
        "fetch started while empty",
        "fetch started while expired",
        "fetch started while stale",
        "given up",
        "invalidate",
        "jump back",
        "jump forward",
        "late and not kept",
        "late success",
        "no fetch started while empty",
        "no fetch started while expired",
        "no fetch started while stale",
        "refused, kept",
        "refused, replaced",
        "server left alone while stale",
        "too old to be kept",
    }
    # Not the same each time, as in CI.
    drawn = settings(TestSource.settings, derandomize=False, database=None)
    REGIONS.clear()
    for _ in range(10):
        run_state_machine_as_test(SourceMachine, settings=drawn)
        if expected <= REGIONS.keys():
            return

    pytest.fail(f"never reached: {sorted(expected - REGIONS.keys())}")
