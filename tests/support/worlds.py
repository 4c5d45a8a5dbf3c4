"""What sources need around them: profiles, clocks that stand still, servers."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from ccflow.config.profile import Profile
from ccflow.engine.freshness import Moment
from ccflow.engine.runtime import Runtime
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret


SECRET = "s3cr3t-Value+of/this:run"


def make_profile(
    token_endpoint: str = "https://id.example/token", **keys: Any
) -> Profile:
    """Make a profile that works; a key that is None is left out."""
    values = {
        "token_endpoint": token_endpoint,
        "client_id": "me",
        "client_secret": SECRET,
        **keys,
    }
    kept = {key: value for key, value in values.items() if value is not None}
    return Profile.from_mapping(kept, name="billing")


def a_response(
    token: str = "tok-1",
    expires_in: float | None = 100.0,
    scope: tuple[str, ...] | None = None,
) -> TokenResponse:
    """Make what the exchange brings."""
    return TokenResponse(
        access_token=Secret(token),
        token_type="Bearer",
        expires_in=expires_in,
        scope=scope,
        extra={},
    )


@attrs.define
class Clocks:
    """
    Two clocks that move when they are told to, and a chance that is no chance.

    Args:
        wall: Epoch seconds.

        steady: What nobody sets.

        luck: From 0 to 1.
    """

    wall: float = 1_800_000_000.0
    steady: float = 5_000.0
    luck: float = 0.5

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.steady += seconds

    def jump(self, seconds: float) -> None:
        """Have somebody set the wall clock."""
        self.wall += seconds

    def moment(self) -> Moment:
        return Moment(self.wall, self.steady)

    def runtime(self) -> Runtime:
        return Runtime(
            wall=lambda: self.wall,
            steady=lambda: self.steady,
            chance=lambda: self.luck,
        )


class Server:
    """
    A server in memory, which counts and answers what it is told.

    Each fetch takes the next of `answers`; the last one is repeated. A string is a
    token of `lifetime` seconds, an exception is raised, a function is called. While
    `gate` is clear, fetches wait.
    """

    def __init__(self, *answers: Any, lifetime: float | None = 100.0) -> None:
        self.answers: list[Any] = list(answers)
        self.lifetime = lifetime
        self.fetches = 0
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __call__(self) -> TokenResponse:
        with self._lock:
            self.fetches += 1
            number = self.fetches
        self.arrived.release()
        if not self.gate.wait(20):
            raise AssertionError("the test forgot to open the gate")
        if not self.answers:
            return a_response(f"tok-{number}", self.lifetime)
        answer = self.answers[min(number, len(self.answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, str):
            return a_response(answer, self.lifetime)
        return answer() if callable(answer) else answer

    def wait_for_request(self) -> None:
        """Return when one more fetch has arrived."""
        assert self.arrived.acquire(timeout=10), "no fetch came"


def landed(source: Any, seconds: float = 10.0) -> None:
    """Return when the flight of a source that is under way, if any, has landed."""
    flight = source._flight
    for thread in threading.enumerate():
        if thread.name == "ccflow-flight":
            thread.join(seconds)
    assert flight is None or not flight.is_open


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Collect each line that anybody logs at any level, as a handler would write it."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Collector()
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    names = ("", "ccflow", "httpx", "httpcore", "asyncio")
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(1)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error, its causes, its contexts and what it groups, each once."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        current = todo.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo += [current.__cause__, current.__context__]
        todo += getattr(current, "exceptions", ())


def own_frames_of(error: BaseException) -> Iterator[Any]:
    """Give the frames of one error alone."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield frame


def frames_of(error: BaseException | None) -> Iterator[Any]:
    """Give every frame that an error, its causes and its contexts hold."""
    for each in chain_of(error):
        yield from own_frames_of(each)
