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

from ccflow.engine.process import PROCESS
from ccflow.engine.token import AccessToken
from ccflow.errors import ConfigError
from ccflow.errors import TokenUnavailableError


_SLICE: Final = 1.0
_current = threading.local()


class _LoopEvent(Protocol):
    """What the tasks of one event loop wait for."""

    def notify(self) -> None:
        """Wake them all, from another thread."""

    async def wait(self, seconds: float) -> None:
        """Wait at most so long."""


class _AsyncioEvent:
    def __init__(self) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def notify(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:
            pass  # The loop was closed meanwhile, so nobody waits there.

    async def wait(self, seconds: float) -> None:
        import asyncio

        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass


class _TrioEvent:
    def __init__(self) -> None:
        import trio

        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()
        self._finished = trio.RunFinishedError

    def notify(self) -> None:
        try:
            self._token.run_sync_soon(self._event.set)
        except self._finished:
            pass  # The run is over, so nobody waits there.

    async def wait(self, seconds: float) -> None:
        import trio

        with trio.move_on_after(seconds):
            await self._event.wait()


def _loop_key_and_event() -> tuple[object, Callable[[], _LoopEvent]]:
    """Return what identifies the running loop, and what makes its event."""
    trio = sys.modules.get("trio")
    # First trio: in its guest mode an asyncio loop runs on the same thread.
    if trio is not None and trio.lowlevel.in_trio_task():
        return trio.lowlevel.current_trio_token(), _TrioEvent
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

        who: What to call it in messages.
    """

    __slots__ = (
        "__weakref__",
        "_failure",
        "_fly",
        "_forks",
        "_landed",
        "_lands_by",
        "_loops",
        "_seconds",
        "_thread",
        "_token",
        "_waits_for",
        "_who",
    )

    def __init__(
        self, fly: Callable[[], AccessToken], seconds: float, who: str
    ) -> None:
        self._fly: Callable[[], AccessToken] | None = fly
        self._seconds = seconds
        self._lands_by = time.monotonic() + seconds
        self._who = who
        self._forks = PROCESS.forks
        self._landed = threading.Event()
        self._thread: int | None = None
        self._waits_for: Flight | None = None
        self._loops: dict[object, _LoopEvent] = {}
        self._token: AccessToken | None = None
        self._failure: BaseException | None = None

    @property
    def is_open(self) -> bool:
        """Whether a caller may still wait for it."""
        return (
            not self._landed.is_set()
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
            if inline:
                self._run()
            else:
                self._land(None, self._unavailable("no thread can be started for it"))
            return inline
        return True

    def _run(self) -> None:
        outer = getattr(_current, "flight", None)
        _current.flight = self
        self._thread = threading.get_ident()
        token: AccessToken | None = None
        failure: BaseException | None = None
        fly, self._fly = self._fly, None
        try:
            # An empty context: nothing of whoever started it gets into a token
            # that others will use.
            token = contextvars.Context().run(fly) if fly is not None else None
        except BaseException as error:  # noqa: BLE001 - it is for those who wait
            failure = error
        finally:
            _current.flight = outer
            del fly
        if failure is not None:
            forget_locals(failure)
        self._land(token, failure)

    def _land(self, token: AccessToken | None, failure: BaseException | None) -> None:
        with PROCESS.lock:
            self._token, self._failure = token, failure
            self._landed.set()
            loops, self._loops = self._loops, {}
        for event in loops.values():
            event.notify()

    def result(self) -> AccessToken:
        """Wait on this thread, and return the token or raise the failure."""
        with _Waiting(self):
            while not self._landed.is_set() and not sys.is_finalizing():
                left = self._lands_by - time.monotonic()
                if left <= 0:
                    break
                # In slices, since a thread cannot be woken when the interpreter
                # ends, and must not outstay it.
                self._landed.wait(min(left, _SLICE))
        return self._outcome()

    async def wait(self) -> AccessToken:
        """Wait in a task of asyncio or trio, and return the token or raise."""
        with _Waiting(self):
            left = self._lands_by - time.monotonic()
            event = self._event_of_this_loop()
            if event is not None and left > 0:
                await event.wait(left)
        return self._outcome()

    def _event_of_this_loop(self) -> _LoopEvent | None:
        key, make = _loop_key_and_event()
        made = make()
        with PROCESS.lock:
            if self._landed.is_set():
                return None
            return self._loops.setdefault(key, made)

    def _outcome(self) -> AccessToken:
        if self._token is not None:
            return self._token
        if self._failure is not None:
            raise copy_of(self._failure) from self._failure
        reason = (
            "the interpreter is shutting down"
            if sys.is_finalizing()
            else f"no answer within {self._seconds:.3g} seconds"
        )
        raise self._unavailable(reason)

    def _unavailable(self, reason: str) -> TokenUnavailableError:
        return TokenUnavailableError(
            f"{self._who}: {reason}; try again later, or raise timeout",
            category="network",
            retryable=True,
        )


class _Waiting:
    """Refuses a wait that can never end, and marks who waits for whom."""

    __slots__ = ("_flight", "_mine")

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._mine: Flight | None = getattr(_current, "flight", None)

    def __enter__(self) -> None:
        if self._mine is None:
            return
        ahead: Flight | None = self._flight
        while ahead is not None:
            if ahead is self._mine:
                raise ConfigError(
                    f"{ahead._who}: its token is needed to fetch itself; a secret "  # noqa: SLF001
                    "reader or callback asks for the token that it serves"
                )
            ahead = ahead._waits_for  # noqa: SLF001
        self._mine._waits_for = self._flight  # noqa: SLF001

    def __exit__(self, *error: object) -> None:
        if self._mine is not None:
            self._mine._waits_for = None  # noqa: SLF001


def copy_of(failure: BaseException) -> BaseException:
    """Return an equal failure for one of those who wait."""
    try:
        return copy.copy(failure)
    except Exception:  # noqa: BLE001 - an exception of others that does not copy
        return failure


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
