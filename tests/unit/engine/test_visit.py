"""Steps in a store, on a thread that can be left behind."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from ccflow.engine.visit import Visit
from ccflow.store import StoreError
from ccflow.testing.forks import Child
from tests.support.scripted import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def start(world):
    """Makes visits, and ends them all."""
    visits = []

    def start(allowance=30.0, place=world, ends=1e9):
        visits.append(Visit(place, allowance, ends, lambda: world.steady))
        return visits[-1]

    yield start
    for visit in visits:
        visit.end()


class Hang:
    """A step that is not back before it is told to be."""

    def __init__(self, result=None):
        self.result = result
        self.go_on = threading.Event()
        self.came_back = threading.Event()

    def __call__(self):
        self.go_on.wait(30)
        return self.result

    def undo(self, result):
        self.undone = result, threading.get_ident()
        self.came_back.set()


@pytest.fixture
def hang():
    hang = Hang("a lock")
    yield hang
    hang.go_on.set()


def left_behind(visit, hang, **options):
    with pytest.raises(StoreError) as caught:
        visit.do(hang, **options)
    return str(caught.value)


def is_back(hang):
    """Let a step that was left behind come back, and see that it has."""
    hang.go_on.set()
    return hang.came_back.wait(30)


class TestSteps:
    def test_are_all_on_one_thread(self, start):
        """Some locks are given back only by the thread that took them."""
        visit = start()

        threads = {visit.do(threading.get_ident) for _ in range(3)}

        assert 1 == len(threads)
        assert threading.get_ident() not in threads

    @pytest.mark.parametrize("error", [StoreError("no"), KeyError("no"), SystemExit(1)])
    def test_raise_what_the_store_raises(self, start, error):
        """Nothing is made of it on the way."""

        def fail():
            raise error

        with pytest.raises(type(error)) as caught:
            start().do(fail)

        assert caught.value is error

    def test_thread_ends_with_the_visit(self, start):
        """Nothing of it stays."""
        visit = start()
        thread = visit.do(threading.current_thread)
        visit.end()
        thread.join(30)

        assert not thread.is_alive()

    def test_without_a_thread_they_are_done_here(self, start, monkeypatch):
        """At a limit, or when the interpreter ends, the store is used all the same."""

        def refuse(thread):
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", refuse)

        assert threading.get_ident() == start().do(threading.get_ident)

    def test_in_a_forked_child(self, start):
        """A child of a flight has no such thread, and gets one of its own."""
        visit = start()
        visit.do(int)

        child = Child(lambda it: visit.do(lambda: "done"))

        assert "done" == child.hear()
        child.join()


class TestLeftBehind:
    def test_is_what_takes_too_long(self, start, hang):
        """The flight goes on alone, and says why."""
        assert "whether it hangs" in left_behind(start(0.01), hang)

    def test_what_it_took_is_given_back_on_its_thread(self, start, hang):
        """A lock that comes too late is not kept."""
        visit = start(0.01)
        thread = visit.do(threading.get_ident)
        left_behind(visit, hang, undo=hang.undo)

        assert is_back(hang)
        assert ("a lock", thread) == hang.undone

    def test_nobody_waits_for_that_store_meanwhile(self, start, hang):
        """A store that hangs costs its time once, and one thread."""
        first = left_behind(start(0.01), hang)
        done = []

        again = left_behind(start(1e6), lambda: done.append(1))

        assert first == again
        assert [] == done
        assert start(place=object()).do(lambda: True)

    def test_it_is_used_again_when_it_is_back(self, start, hang):
        """Nothing is remembered against it."""
        left_behind(start(0.01), hang, undo=hang.undo)
        is_back(hang)

        visit, done = start(), threading.Event()
        end = time.monotonic() + 30
        while not done.is_set():
            assert time.monotonic() < end
            with suppress(StoreError):  # The thread is about to say so.
                visit.do(done.set)

    def test_what_must_be_done_is_done_afterwards(self, start, hang):
        """A lock that was taken is given back, however long the step after it takes."""
        visit, released = start(0.01), threading.Event()
        left_behind(visit, hang)
        left_behind(visit, released.set, late=True)
        visit.end()
        assert not released.is_set()

        hang.go_on.set()

        assert released.wait(30)

    def test_is_nothing_to_a_forked_child(self, start, hang):
        """What hangs in the parent does not hang in the child."""
        left_behind(start(0.01), hang)

        child = Child(lambda it: start().do(lambda: "done"))

        assert "done" == child.hear()
        child.join()


class TestTime:
    def test_is_for_all_steps_together(self, start, world):
        """Slow steps do not add up."""
        visit = start(10.0)
        for _ in range(2):
            visit.do(lambda: world.tick(6))

        assert "did not answer" in left_behind(visit, lambda: None)

    def test_that_a_lock_waits_is_not_counted(self, start, world):
        """Waiting for another process is no fault of the store."""
        visit = start(10.0)
        visit.do(lambda: world.tick(15), extra=15.0)

        assert visit.do(lambda: True)

    def test_does_not_go_beyond_the_end(self, start, world):
        """What is left of a fetch limits what is left for its store."""
        visit = start(10.0, ends=world.steady + 5)
        visit.do(lambda: world.tick(5))
        assert visit.do(lambda: "a token of the last moment")
        world.tick(1)

        assert "did not answer" in left_behind(visit, lambda: None)
