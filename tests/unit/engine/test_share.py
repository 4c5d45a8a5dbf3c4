"""Tokens through a store: what is adopted, and what a broken store costs."""

from __future__ import annotations

import contextlib
import threading

import attrs
import pytest

import ccflow
from ccflow.engine.deadline import Deadline
from ccflow.engine.record import to_record
from ccflow.engine.refused_token import RefusedToken
from ccflow.engine.share import Fetched
from ccflow.engine.share import Share
from ccflow.events import StoreDegraded
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.memory import MemoryStore
from tests.support.scripted import NAMES
from tests.support.scripted import World
from tests.support.scripted import down
from tests.support.worlds import a_response


KEY = "a" * 64


@pytest.fixture
def world() -> World:
    return World()


ENDS = Deadline(1e9)


@attrs.define
class Asking:
    """Asks, and remembers no refusal."""

    ask: object

    def check(self):
        pass

    def has_news(self):
        return False

    def __call__(self, deadline):
        return self.ask()


@attrs.define
class Worker:
    """One process's view of a store."""

    world: World
    store: object
    asked: int = 0
    events: list = attrs.field(factory=list)
    answer: object = None
    share: Share = None

    def __attrs_post_init__(self):
        runtime, tell = self.world.runtime(), self.events.append
        self.share = Share(self.store, KEY, NAMES, 30.0, 300.0, runtime, tell)

    def ask(self) -> Fetched:
        self.asked += 1
        moment = self.world.moment()
        if isinstance(self.answer, Exception):
            raise self.answer
        return Fetched(self.answer or a_response(f"own-{self.asked}"), moment)

    def fetch(self, held=None, refused=None) -> str:
        fetched = self.share.fetch(Asking(self.ask), ENDS, held, refused)
        assert fetched.adopted == (self.asked == 0)
        return fetched.response.access_token.reveal()

    @property
    def degraded(self) -> int:
        assert all(isinstance(event, StoreDegraded) for event in self.events)
        return len(self.events)


def a_store(world) -> MemoryStore:
    return MemoryStore(clock=lambda: world.wall)


def stored(world, token="theirs", age=0.0, **keys):
    """Make a store in which another process left a token."""
    store = a_store(world)
    response = a_response(token, **keys)
    # The store keeps it longer than it lives, as one without a clock might.
    record = to_record(response, world.wall - age, 1e6)
    assert store.put(KEY, record, None)
    return store


class TestAdoption:
    def test_of_a_token_that_another_process_left(self, world):
        """It is used without asking, and lives from when it was asked for."""
        worker = Worker(world, stored(world, age=30))

        fetched = worker.share.fetch(Asking(worker.ask), ENDS, None, None)

        assert fetched.adopted
        assert 30 == world.moment().seconds_since(fetched.asked)
        assert 0 == worker.asked

    def test_second_process_adopts_what_the_first_one_stored(self, world):
        """Two workers, one request."""
        store = a_store(world)
        first, second = Worker(world, store), Worker(world, store)

        assert "own-1" == first.fetch()
        assert "own-1" == second.fetch()
        assert 0 == second.asked

    @pytest.mark.parametrize("age", [100.0, 101.0, 1e5])
    def test_not_of_an_expired_one(self, world, age):
        """Whatever the store says, a token that is over is not used."""
        assert "own-1" == Worker(world, stored(world, age=age)).fetch()

    def test_unknown_lifetime(self, world):
        """It is kept as long as one's own would be."""
        keys = {"expires_in": None}

        assert "theirs" == Worker(world, stored(world, age=299, **keys)).fetch()
        assert "own-1" == Worker(world, stored(world, age=300, **keys)).fetch()

    def test_not_of_one_that_an_api_refused(self, world):
        """The store does not bring back what was just thrown away."""
        store = stored(world)

        refused = RefusedToken(Secret("theirs"), None)

        assert "own-1" == Worker(world, store).fetch(refused=refused)
        assert "own-1" == Worker(world, store).fetch(refused=refused)[:5]

    @pytest.mark.parametrize(
        ("later", "got"),
        [(-30.0, "own-1"), (-0.1, "own-1"), (0.0, "theirs"), (5.0, "theirs")],
    )
    def test_not_of_one_older_than_a_refused_one(self, world, later, got):
        """
        A store that cannot be written keeps what was refused the time before.

        It stays so when the clock is set meanwhile.
        """
        refused = RefusedToken(Secret("ours"), world.moment())
        world.tick(40)
        store = stored(world, age=40.0 - later)

        assert got == Worker(world, store).fetch(refused=refused)
        world.jump(-3600)
        again = Worker(world, stored(world, age=40.0 - later))
        assert got == again.fetch(refused=refused)

    def test_not_of_the_held_one_for_a_renewal(self, world):
        """What is held already is no renewal of itself."""
        store = a_store(world)
        first, second = Worker(world, store), Worker(world, store)
        first.fetch()
        held = second.share.fetch(Asking(second.ask), ENDS, None, None)
        world.tick(80)

        assert "own-1" == second.fetch(held=held.asked)
        assert 1 == second.asked

    def test_of_a_renewal(self, world):
        """When one has renewed, the other one need not ask."""
        store = a_store(world)
        first, second = Worker(world, store), Worker(world, store)
        held = first.share.fetch(Asking(first.ask), ENDS, None, None)
        world.tick(76)
        assert "own-2" == first.fetch(held=held.asked)
        world.tick(4)

        assert "own-2" == second.fetch(held=held.asked)

    @pytest.mark.parametrize("later", [-50.0, 0.0, 0.9, 3.0])
    def test_not_of_one_that_is_as_old(self, world, later):
        """One that was asked for at nearly the same time ends as soon."""
        held = world.moment()
        world.tick(80)
        store = stored(world, age=80 - later)

        assert "own-1" == Worker(world, store).fetch(held=held)

    @pytest.mark.parametrize("ahead", [6.0, 3600.0])
    def test_not_of_one_from_the_future(self, world, ahead):
        """After a clock was set back nobody knows how old a stored token is."""
        assert "own-1" == Worker(world, stored(world, age=-ahead)).fetch()

    def test_clocks_that_differ_a_little(self, world):
        """Machines whose clocks are a second apart share their tokens."""
        worker = Worker(world, stored(world, age=-1))

        fetched = worker.share.fetch(Asking(worker.ask), ENDS, None, None)

        assert fetched.adopted
        assert 0 == world.moment().seconds_since(fetched.asked)

    def test_that_came_while_waiting_for_the_lock(self, world):
        """Whoever gets the lock second finds what the first one brought."""
        store = a_store(world)
        theirs = to_record(a_response("theirs"), world.wall, 100)

        class Busy(MemoryStore):
            @contextlib.contextmanager
            def lock(self, key, timeout):
                store.put(key, theirs, None)
                yield True

            get = store.get

        assert "theirs" == Worker(world, Busy()).fetch()

    def test_nothing_is_stored_of_a_failure(self, world):
        """A failed request leaves the store as it was, and the lock free."""
        store = a_store(world)
        worker = Worker(world, store, answer=down())
        with pytest.raises(type(down())):
            worker.fetch()

        assert store.get(KEY) is None
        with store.lock(KEY, 0) as held:
            assert held

    def test_late_answer_does_not_overwrite_a_newer_one(self, world):
        """What was stored meanwhile, in spite of the lock, stays."""
        store = a_store(world)
        worker = Worker(world, store)

        def slow():
            newer = to_record(a_response("newer"), world.wall, 100)
            assert store.put(KEY, newer, None)
            return worker.ask()

        worker.share.fetch(Asking(slow), ENDS, None, None)

        assert b"newer" in store.get(KEY).value
        assert 0 == worker.degraded

    @pytest.mark.parametrize(("ends", "held_until"), [(0.02, -1), (1e9, 0.03)])
    def test_lock_that_is_busy_until_the_timeout(self, world, ends, held_until):
        """Whoever waited long enough asks for himself, and nothing is broken."""
        worker, now = Worker(world, a_store(world)), world.steady
        deadline = Deadline(now + ends, now + held_until)

        with worker.store.lock(KEY, 0):
            fetched = worker.share.fetch(Asking(worker.ask), deadline, None, None)
        assert not fetched.adopted
        assert 0 == worker.degraded

    def test_lock_is_held_while_asking(self, world):
        """Nobody else asks meanwhile."""
        store = a_store(world)
        worker = Worker(world, store)
        seen = []

        def ask():
            with store.lock(KEY, 0) as held:
                seen.append(held)
            return worker.ask()

        worker.share.fetch(Asking(ask), ENDS, None, None)

        assert [False] == seen


class Breaking(MemoryStore):
    """A store in which some steps go wrong."""

    def __init__(self, world, *broken, fault=None):
        super().__init__(clock=lambda: world.wall)
        self.broken = set(broken)
        self.fault = fault or StoreError("no space left")

    def check(self, step):
        if step in self.broken:
            raise self.fault

    def get(self, key):
        self.check("get")
        return super().get(key)

    def put(self, key, record, expected):
        self.check("put")
        return super().put(key, record, expected)

    def lock(self, key, timeout):
        self.check("lock")
        store, inner = self, super().lock(key, timeout)

        class Manager:
            def __enter__(self):
                store.check("enter")
                return inner.__enter__()

            def __exit__(self, *error):
                inner.__exit__(*error)
                store.check("exit")

        return Manager()


STEPS = ("get", "put", "lock", "enter", "exit")
FAULTS = (StoreError("no space left"), OSError(28, "x"), KeyError(), RecursionError())


class TestBrokenStore:
    @pytest.mark.parametrize("fault", FAULTS, ids=lambda it: type(it).__name__)
    @pytest.mark.parametrize("step", STEPS)
    def test_costs_the_sharing_only(self, world, step, fault):
        """Whatever fails where, the token comes."""
        worker = Worker(world, Breaking(world, step, fault=fault))

        assert "own-1" == worker.fetch()
        assert 1 == worker.degraded

    @pytest.mark.parametrize("step", STEPS)
    def test_is_told_once(self, world, step):
        """A store that stays broken is not told again with each token."""
        worker = Worker(world, Breaking(world, step))
        for _ in range(5):
            worker.fetch()
            world.tick(200)

        assert 5 == worker.asked
        assert 1 == worker.degraded

    @pytest.mark.parametrize("step", STEPS)
    def test_is_told_again_after_it_worked(self, world, step):
        """The next outage is another one."""
        store = Breaking(world, step)
        worker = Worker(world, store)
        for broken in (step, None, step, None):
            store.broken = {broken}
            worker.fetch()
            world.tick(200)

        assert 2 == worker.degraded

    def test_everything_at_once(self, world):
        """One event, not one for each step."""
        worker = Worker(world, Breaking(world, *STEPS))
        worker.fetch()

        assert 1 == worker.degraded

    def test_reason(self, world):
        """The store's own words are told, those of anything else are not."""
        for fault, reason in (
            (StoreError("chmod 700 it"), "chmod 700 it"),
            (ValueError("token tok-1"), "ValueError in the store"),
        ):
            worker = Worker(world, Breaking(world, "get", fault=fault))
            worker.fetch()
            assert reason == worker.events[0].reason

    def test_failure_of_the_server_is_not_the_stores(self, world):
        """What asking raises comes through as it is."""
        worker = Worker(world, Breaking(world, "exit"), answer=down())

        with pytest.raises(type(down())):
            worker.fetch()

    @pytest.mark.parametrize("step", STEPS)
    def test_gates(self, world, step):
        """The guard's own records never raise either."""
        gates = Worker(world, Breaking(world, step)).share.gates()
        gates.write(b"gate", world.wall + 5)
        found = gates.read()

        assert found == (None if step in ("get", "put") else b"gate")

    def test_gate_and_token_stand_apart(self, world):
        """A gate does not overwrite the token."""
        worker = Worker(world, a_store(world))
        worker.fetch()
        gates = worker.share.gates()
        gates.write(b"gate", world.wall + 5)

        assert b"gate" == gates.read()
        assert b"own-1" in worker.store.get(KEY).value
        gates.write(None, 0.0)
        assert gates.read() is None
        assert worker.store.get(KEY)

    def test_answer_that_cannot_be_written(self, world):
        """What a provider's reader puts into a token need not be JSON."""
        odd = attrs.evolve(a_response("odd"), extra={"at": object()})
        worker = Worker(world, a_store(world), answer=odd)

        assert "odd" == worker.fetch()
        assert 1 == worker.degraded


NONSENSE = (None, 0, "text", b"bytes", [], {}, object, 1.5, True)


class Nonsense:
    """A store of somebody who did not read the protocol."""

    def __init__(self, value):
        self.value = value

    def get(self, key):
        return self.value

    def put(self, key, record, expected):
        return self.value

    def lock(self, key, timeout):
        return self.value


class TestNonsenseStore:
    @pytest.mark.parametrize("value", NONSENSE, ids=repr)
    def test_types(self, world, value):
        """Whatever the methods return, the token comes."""
        worker = Worker(world, Nonsense(value))

        assert "own-1" == worker.fetch()
        worker.share.gates().write(b"gate", 1.0)
        worker.share.gates().read()

    @pytest.mark.parametrize("value", NONSENSE, ids=repr)
    def test_values(self, world, value):
        """A record that holds anything at all counts as none."""
        worker = Worker(world, Nonsense(Record(value, world.wall + 9)))

        assert "own-1" == worker.fetch()

    def test_lock_that_gives_nothing(self, world):
        """A lock without a value is still given back."""
        lock = threading.Lock()

        class Silent(MemoryStore):
            @contextlib.contextmanager
            def lock(self, key, timeout):
                with lock:
                    yield

        worker = Worker(world, Silent(clock=lambda: world.wall))
        worker.fetch()

        assert not lock.locked()

    def test_no_store_at_all(self, world):
        """Not even the methods need be there."""
        worker = Worker(world, object())

        assert "own-1" == worker.fetch()
        assert 1 == worker.degraded


class Guarded(Asking):
    """Is told of a refusal while it waits for the lock, so many times."""

    def __init__(self, ask, store, news=1):
        super().__init__(ask)
        self.store, self.news, self.checks = store, news, 0

    def check(self):
        assert not self.store.locked
        self.checks += 1

    def has_news(self):
        assert self.store.locked
        self.news -= 1
        return self.news >= 0


class Watching(MemoryStore):
    """Knows whether its lock is held."""

    locked = False

    @contextlib.contextmanager
    def lock(self, key, timeout):
        self.locked = True
        yield True
        self.locked = False


class TestRememberedRefusals:
    @pytest.mark.parametrize(("news", "checks"), [(0, 1), (1, 2), (3, 4), (99, 4)])
    def test_are_judged_without_the_lock(self, world, news, checks):
        """It is slow, and fifty workers may wait for their turn."""
        worker = Worker(world, Watching(clock=lambda: world.wall))
        asker = Guarded(worker.ask, worker.store, news)

        worker.share.fetch(asker, ENDS, None, None)

        assert (checks, 1) == (asker.checks, worker.asked)

    def test_end_the_fetch_before_the_lock(self, world):
        """Who is known to be refused waits for nobody."""

        class Known(Asking):
            def check(self):
                raise down()

        store = Watching(clock=lambda: world.wall)
        store.lock = None

        with pytest.raises(ccflow.TokenUnavailableError):
            Worker(world, store).share.fetch(Known(None), ENDS, None, None)
