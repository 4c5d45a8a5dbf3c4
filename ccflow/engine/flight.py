"""
One fetch, on a thread of its own, for any number of callers who wait.

Callers only wait: in threads, in asyncio and in trio. Nobody's cancellation reaches
the flight, because nobody shares anything with it but the news that it landed.
"""

from __future__ import annotations

import contextvars
import copy
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any
from typing import Final
from typing import Protocol

from ccflow.engine.token import AccessToken
from ccflow.errors import ConfigError
from ccflow.errors import TokenUnavailableError
from ccflow.process import PROCESS


_SLICE: Final = 1.0
_current = threading.local()


class _LoopEvent(Protocol):
    """What the tasks of one event loop wait for."""

    def notify(self) -> None:
        """Wake them all, from another thread."""

    async def wait(self) -> None:
        """Wait until then, or until the time is over that it was made with."""


class _AsyncioEvent:
    def __init__(self, seconds: float) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        # One timer for all: one for each of a thousand tasks would stall their loop.
        self._timer = self._loop.call_later(seconds, self._event.set)

    def _set(self) -> None:
        self._timer.cancel()
        self._event.set()

    def notify(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._set)
        except RuntimeError:
            pass  # The loop was closed meanwhile, so nobody waits there.

    async def wait(self) -> None:
        await self._event.wait()


class _TrioEvent:
    def __init__(self, seconds: float) -> None:
        import trio

        self._ends = trio.current_time() + seconds

        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()
        self._finished = trio.RunFinishedError

    def notify(self) -> None:
        try:
            self._token.run_sync_soon(self._event.set)
        except self._finished:
            pass  # The run is over, so nobody waits there.

    async def wait(self) -> None:
        import trio

        with trio.move_on_at(self._ends):
            await self._event.wait()


def _loop_key_and_event() -> tuple[object, Callable[[float], _LoopEvent]]:
    """Return what identifies the running loop, and what makes its event."""
    # First trio: in its guest mode an asyncio loop runs on the same thread. Another
    # thread may be in the middle of importing it.
    trio = getattr(sys.modules.get("trio"), "lowlevel", None)
    if trio is not None and trio.in_trio_task():
        return trio.current_trio_token(), _TrioEvent
    import asyncio

    return asyncio.get_running_loop(), _AsyncioEvent


class Flight:
    """
    One fetch under way.

    Args:
        fly: Does the work: returns the token or raises, and keeps the token in
            the source before it returns.

        seconds: How long it may take. Past that, those who wait are told so, and
            it is no longer open: the next caller starts another one.

        profile: Whose token it brings.

        provider: From what kind of server.

        landed: Called when it has, under the process's lock.

        is_renewal: Whether it began while the old token was good, and so gives up
            early: who waits for it in the end is not told of that, and begins anew.
    """

    __slots__ = (
        "__weakref__",
        "_failure",
        "_fly",
        "_forks",
        "_is_renewal",
        "_landed",
        "_landing",
        "_lands_by",
        "_loops",
        "_profile",
        "_provider",
        "_seconds",
        "_starting",
        "_token",
        "_waiting",
        "_waits_for",
    )

    def __init__(
        self,
        fly: Callable[[], AccessToken],
        seconds: float,
        profile: str,
        provider: str,
        landed: Callable[[Flight], None] = lambda flight: None,
        *,
        is_renewal: bool = False,
    ) -> None:
        self._landing: Callable[[Flight], None] = landed
        self._fly: Callable[[], AccessToken] | None = fly
        self._is_renewal = is_renewal
        self._seconds = seconds
        self._lands_by = time.monotonic() + seconds
        self._profile = profile
        self._provider = provider
        self._forks = PROCESS.forks
        self._landed = False
        self._starting: int | None = threading.get_ident()
        # A lock for each thread that waits, and no threading.Event: what a finaliser
        # or signal handler waits for must not have a lock that its thread holds.
        self._waiting: list[threading.Lock] = []
        self._waits_for: Flight | None = None
        self._loops: dict[object, _LoopEvent] = {}
        self._token: AccessToken | None = None
        self._failure: BaseException | None = None

    @property
    def is_open(self) -> bool:
        """Whether a caller may still wait for it."""
        return (
            not self._landed
            and self._forks == PROCESS.forks
            and time.monotonic() < self._lands_by
        )

    def take_off(self, *, inline: bool) -> bool:
        """
        Start the thread.

        Args:
            inline: Whether to fly on this thread where no other can be had.

        Returns:
            Whether it flies, or has flown.
        """
        try:
            threading.Thread(
                target=self._run, name="ccflow-flight", daemon=True
            ).start()
        except RuntimeError:
            # No thread to be had: a limit, a subinterpreter, or shutdown.
            if not inline:
                self._land(
                    None, self._unavailable("no thread can be started; try again later")
                )
                return False
            self._starting = None
            try:
                with _Waiting(self):  # Where it is for another flight of this thread.
                    self._run()
            finally:
                self._land(None, None)  # Unless it has.
            if isinstance(self._failure, KeyboardInterrupt):
                raise self._failure from None  # It was meant for this thread.
        finally:
            self._starting = None
        return True

    def call_off(self) -> None:
        """
        Land it without a token, unless its thread flies it.

        Whoever was to start it was interrupted; those who wait begin anew.
        """
        self._starting = None
        if self._take_over() is not None:
            self._land(None, None)

    def _take_over(self) -> Callable[[], AccessToken] | None:
        """Return the work, to the first who asks for it."""
        with PROCESS.lock:
            fly, self._fly = self._fly, None
        return fly

    def _run(self) -> None:
        fly = self._take_over()
        if fly is not None:
            self._land(*self._attempt(fly))

    def _attempt(
        self, fly: Callable[[], AccessToken]
    ) -> tuple[AccessToken | None, BaseException | None]:
        outer = getattr(_current, "flight", None)
        _current.flight = self
        try:
            # An empty context: nothing of whoever started it gets into a token
            # that others will use.
            return contextvars.Context().run(fly), None
        except BaseException as error:  # noqa: BLE001 - it is for those who wait
            forget_locals(error)
            return None, error
        finally:
            _current.flight = outer
            del fly

    def _land(self, token: AccessToken | None, failure: BaseException | None) -> None:
        with PROCESS.lock:
            if self._landed:
                return
            self._token, self._failure = token, failure
            self._landed = True
            waiting, self._waiting = self._waiting, []
            loops, self._loops = self._loops, {}
            self._landing(self)
        for lock in waiting:
            lock.release()
        for event in loops.values():
            event.notify()

    def result(self) -> AccessToken | None:
        """
        Wait on this thread, and return the token or raise the failure.

        Returns:
            The token, or None where it is too early to give up: another flight has
            to begin.
        """
        with _Waiting(self):
            lock = self._lock_of_this_wait()
            while not self._landed and not sys.is_finalizing():
                left = self._lands_by - time.monotonic()
                # In slices, since a thread cannot be woken when the interpreter
                # ends, and must not outstay it.
                if left <= 0 or lock.acquire(timeout=min(left, _SLICE)):
                    break
        return self._outcome()

    def _lock_of_this_wait(self) -> threading.Lock:
        """Return a lock that is held until the flight has landed."""
        lock = threading.Lock()
        lock.acquire()
        with PROCESS.lock:
            self._waiting.append(lock)
        return lock

    async def wait(self) -> AccessToken | None:
        """Wait in a task of asyncio or trio, and return what `result` returns."""
        with _Waiting(self):
            event = self._event_of_this_loop()
            if event is not None:
                await event.wait()
        return self._outcome()

    def _event_of_this_loop(self) -> _LoopEvent | None:
        """Return what its tasks wait for; None where there is nothing to wait for."""
        key, make = _loop_key_and_event()
        # Only this thread puts one there for this loop, and landing takes them out.
        event = self._loops.get(key)
        if event is not None:
            return event
        left = self._lands_by - time.monotonic()
        if left <= 0 or self._landed:
            return None
        made = make(left)
        with PROCESS.lock:
            if not self._landed:
                return self._loops.setdefault(key, made)
        made.notify()
        return None

    def _outcome(self) -> AccessToken | None:
        if self._token is not None or self._gave_up_early():
            return self._token
        if isinstance(self._failure, Exception):
            raise copy_of(self._failure) from self._failure
        if self._failure is not None:
            # Not for those who wait: it would look as if they had been cancelled.
            reason = f"the fetch was ended by {type(self._failure).__name__}"
            raise self._unavailable(reason) from self._failure
        reason = (
            "the interpreter is shutting down"
            if sys.is_finalizing()
            else f"no answer within {self._seconds:.3g} seconds; "
            "try again later, or raise timeout"
        )
        raise self._unavailable(reason)

    def _gave_up_early(self) -> bool:
        """Say whether it ended without a word of the server, before all its time."""
        failure = self._failure
        if failure is None:  # It was called off, or its time is over.
            return (self._landed or self._is_renewal) and not sys.is_finalizing()
        if not isinstance(failure, TokenUnavailableError):
            return False
        return self._is_renewal and failure.retryable

    def _unavailable(self, reason: str) -> TokenUnavailableError:
        return TokenUnavailableError(
            f"{self._profile} ({self._provider}): {reason}",
            category="network",
            retryable=True,
            profile=self._profile,
            provider=self._provider,
        )

    def _circular(self) -> ConfigError:
        return ConfigError(
            f"{self._profile} ({self._provider}): its token is needed to fetch itself; "
            "a secret reader or callback asks for the token that it serves",
            profile=self._profile,
            provider=self._provider,
        )


class _Waiting:
    """Refuses a wait that can never end, and marks who waits for whom."""

    __slots__ = ("_flight", "_mine")

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._mine: Flight | None = getattr(_current, "flight", None)

    def __enter__(self) -> None:
        # A finaliser or signal handler came in between, on the thread that holds the
        # lock which the flight needs to land, or that was about to start it.
        starting = self._flight._starting == threading.get_ident()  # noqa: SLF001
        if starting or PROCESS.is_locked_here():
            raise self._flight._unavailable(  # noqa: SLF001
                "a finaliser or signal handler asks in the middle of the work of its "
                "own thread; ask later"
            )
        if self._mine is None:
            return
        # Two flights that are about to wait for each other see it one after the other.
        with PROCESS.lock:
            ahead: Flight | None = self._flight
            while ahead is not None:
                if ahead is self._mine:
                    raise ahead._circular()  # noqa: SLF001
                ahead = ahead._waits_for  # noqa: SLF001
            self._mine._waits_for = self._flight  # noqa: SLF001

    def __exit__(self, *error: object) -> None:
        if self._mine is not None:
            self._mine._waits_for = None  # noqa: SLF001


def copy_of(failure: Exception) -> Exception:
    """Return an equal failure for one of those who wait."""
    try:
        return copy.copy(failure)
    except Exception:  # noqa: BLE001 - most often keyword arguments of its class
        made = type(failure).__new__(type(failure), *failure.args)
        made.__dict__.update(failure.__dict__)
        return made


def forget_locals(failure: BaseException) -> None:
    """
    Clear the locals of every frame that led to a failure.

    They hold secrets, and they make cycles. The lines of the traceback stay.
    """
    seen: set[int] = set()
    open_: list[Any] = [failure]
    while open_:
        error = open_.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        open_ += [error.__cause__, error.__context__]
        open_ += getattr(error, "exceptions", ())  # of a group
