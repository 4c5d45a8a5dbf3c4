"""
A visit to a store, on a thread that can be left behind.

A store may hang: a plugin's, one on a disk of the network, or the command that prints
its password. So a fetch uses it on another thread, and on one for all steps, since some
locks can only be given back by the thread that took them. A step that is not back in
time is left behind: what it returns does not count, a lock that it took is given back,
and until then nobody waits for that store again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from typing import Final
from typing import Generic
from typing import TypeVar

from ccflow.process import PROCESS
from ccflow.store import StoreError


T = TypeVar("T")

# Of a fetch's time, for all steps together; waiting for a lock is not counted.
STORE_SHARE: Final = 0.25
# A token that came at the last moment is kept all the same.
_GRACE: Final = 0.25
_OVERDUE: Final = (
    "the store did not answer in the part of timeout that a fetch has for it; see "
    "whether it hangs, or a command that [cache] names"
)
_THREAD: Final = "ccflow-store"


def _nothing(_: object) -> object:
    return None


class _Step(Generic[T]):
    """
    Something to do on the other thread, and what came of it.

    Args:
        place: Where: the store, or what else is waited for.

        use: Does it.

        undo: Takes back what it returned, if that comes too late.
    """

    def __init__(
        self, place: object, use: Callable[[], T], undo: Callable[[T], object]
    ) -> None:
        self.place = place
        self._use = use
        self._undo = undo
        # Taken by whoever is first: the thread that is back, or who waits no more.
        self._claim = threading.Lock()
        self._box: queue.SimpleQueue[tuple[list[T], BaseException | None]]
        self._box = queue.SimpleQueue()

    def run(self) -> None:
        """Do it; what nobody waits for any more is undone."""
        done: list[T] = []
        failure: BaseException | None = None
        try:
            done.append(self._use())
        except BaseException as error:  # noqa: BLE001 - it is for who waits
            failure = error
        try:
            if self._claim.acquire(blocking=False):
                self._box.put((done, failure))
                return
            if done:
                with suppress(Exception):
                    self._undo(done[0])
            _OUT.discard(self)
        finally:
            del failure  # With its traceback it is a cycle.

    def result(self, seconds: float) -> T:
        """
        Return what it returned, or raise what it raised.

        Raises:
            StoreError: It takes longer, and is left behind.
        """
        try:
            done, failure = self._box.get(timeout=seconds)
        except queue.Empty:
            _OUT.add(self)  # Before it can be back.
            if self._claim.acquire(blocking=False):
                raise StoreError(_OVERDUE) from None
            _OUT.discard(self)
            done, failure = self._box.get()
        try:
            if failure is not None:
                raise failure
            return done[0]
        finally:
            del failure  # With its traceback it is a cycle.


# What was left behind, and is not back yet.
_OUT: Final[set[_Step[Any]]] = set()
PROCESS.in_child(_OUT.clear)


class Visit:
    """
    The steps of one fetch in one store.

    Args:
        place: The store, or what else is waited for.

        allowance: Seconds for all steps together.

        ends: The time by which all must be over.

        steady: The clock that says so.
    """

    def __init__(
        self, place: object, allowance: float, ends: float, steady: Callable[[], float]
    ) -> None:
        self._place = place
        self._left = allowance
        self._ends = ends
        self._steady = steady
        self._steps: queue.SimpleQueue[_Step[Any] | None] = queue.SimpleQueue()
        # How many forks there were when its thread was started; none was yet.
        self._forks = -1

    def do(
        self,
        use: Callable[[], T],
        *,
        extra: float = 0.0,
        undo: Callable[[T], object] = _nothing,
        late: bool = False,
    ) -> T:
        """
        Do something in the store.

        Args:
            use: Does it.

            extra: Seconds that it may wait, beside those for all steps.

            undo: Takes back what it returned, if that comes too late.

            late: Whether to do it however late, as giving a lock back.

        Raises:
            StoreError: It is not done in time.
        """
        if not self._has_thread():
            return use()
        began = self._steady()
        seconds = min(self._left + extra, self._ends + _GRACE - began)
        waits = seconds > 0 and all(it.place is not self._place for it in _OUT.copy())
        step = _Step(self._place, use, undo)
        if waits or late:
            self._steps.put(step)
        if not waits:
            raise StoreError(_OVERDUE)
        try:
            return step.result(seconds)
        finally:
            self._left -= max(self._steady() - began - extra, 0.0)

    def _has_thread(self) -> bool:
        """Start its thread, unless it runs; False where there is none to be had."""
        if self._forks != PROCESS.forks:
            self._steps = queue.SimpleQueue()
            run = threading.Thread(
                target=_work, args=(self._steps,), name=_THREAD, daemon=True
            )
            try:
                run.start()
            except RuntimeError:
                return False
            self._forks = PROCESS.forks
        return True

    def end(self) -> None:
        """Let the thread go, when it has done what it has to do."""
        self._steps.put(None)


def _work(steps: queue.SimpleQueue[_Step[Any] | None]) -> None:
    while (step := steps.get()) is not None:
        step.run()
        del step  # It holds a record, and the next one may never come.


@contextmanager
def visiting(visit: Visit) -> Iterator[Visit]:
    """Have what this flight does in a store be part of a visit."""
    before = VISIT.set(visit)
    try:
        yield visit
    finally:
        VISIT.reset(before)
        visit.end()


VISIT: Final[ContextVar[Visit | None]] = ContextVar("ccflow_visit", default=None)
"""The visit that the flight in this context is on."""
