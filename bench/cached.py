"""A token that is held, against the least that any cache can do: look at the clock."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from bench.competitors import installed
from bench.figure import Call
from bench.figure import Figure
from bench.figure import interleave
from bench.figure import ratio
from bench.figure import take_turns
from bench.server import Server
from ccflow import TokenSource


THREADS: Final = 8
_BARE: Final = "a bare attribute, clock read"


class _Bare:
    """Holds a value until a time; nothing can be both less and a cache."""

    def __init__(self) -> None:
        self.value = "abc"
        self.until = time.time() + 3600

    def get(self) -> str | None:
        if time.time() < self.until:
            return self.value
        return None

    async def aget(self) -> str | None:
        if time.time() < self.until:
            return self.value
        return None


def measure(server: Server) -> Iterator[Figure]:
    """Compare on one thread, from several, and awaited."""
    source, bare = TokenSource(server.endpoint().profile()), _Bare()
    source.token()

    calls = [_ten_times(source.token), _ten_times(bare.get)]
    ours, least = interleave(*calls, number=2_000, rounds=61)
    yield ratio("token(), cached", _BARE, _tenth(ours), _tenth(least), aim=1.5)
    yield from _competitors(server, source)

    ours, least = take_turns(
        lambda: _from_threads(source.token), lambda: _from_threads(bare.get), rounds=21
    )
    yield ratio(f"from {THREADS} threads", f"the same, {THREADS}", ours, least, aim=1.5)

    awaited, like, least = take_turns(
        lambda: _awaited(source.atoken),
        lambda: _awaited(bare.aget),
        lambda: _called(bare.get),
        rounds=61,
    )
    yield ratio("atoken(), awaited, cached", _BARE, awaited, least, aim=2)
    yield ratio("the same", "it, in a coroutine, awaited", awaited, like)


def _competitors(server: Server, source: TokenSource) -> Iterator[Figure]:
    for competitor in installed():
        theirs = competitor.make(server.endpoint().url, 10)
        theirs()
        ours, taken = interleave(source.token, theirs, number=1_000, rounds=15)
        yield ratio("token(), cached", str(competitor), ours, taken)


def _ten_times(call: Call) -> Call:
    """Hide the cost of the loop, which would flatter the ratio."""

    def ten() -> None:
        call(), call(), call(), call(), call()
        call(), call(), call(), call(), call()

    return ten


def _tenth(taken: list[float]) -> list[float]:
    return [seconds / 10 for seconds in taken]


def _from_threads(call: Call, number: int = 500) -> float:
    """Return the seconds of a call when several threads make it at once."""
    ten = _ten_times(call)
    begin = threading.Barrier(THREADS + 1)

    def work() -> None:
        begin.wait()
        for _ in range(number):
            ten()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - started) / (THREADS * number * 10)


def _awaited(ask: Callable[[], Awaitable[object]], number: int = 1_000) -> float:
    async def main() -> float:
        started = time.perf_counter()
        for _ in range(number):
            await ask(), await ask(), await ask(), await ask(), await ask()
            await ask(), await ask(), await ask(), await ask(), await ask()
        return (time.perf_counter() - started) / (number * 10)

    return asyncio.run(main())


def _called(call: Call, number: int = 1_000) -> float:
    ten = _ten_times(call)
    started = time.perf_counter()
    for _ in range(number):
        ten()
    return (time.perf_counter() - started) / (number * 10)
