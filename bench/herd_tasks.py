"""Many asyncio tasks that ask at once, and how long they block their loop."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from bench.competitors import authlib_async
from bench.competitors import installed
from bench.figure import Figure
from bench.figure import seconds
from bench.herd_threads import LATENCY
from bench.herd_threads import ROUNDS
from bench.herd_threads import herd_figures
from bench.server import Server
from ccflow import TokenSource


TASKS: Final = 1_000
_TICK: Final = 0.001
_Ask = Callable[[], Awaitable[object]]


def measure(server: Server) -> Iterator[Figure]:
    """Count the requests, time the herd, and look for stalls of the loop."""
    yield from herd_figures(server, f"{TASKS:,} tasks", _ours)
    for competitor in installed():
        if competitor.distribution == "Authlib":
            endpoint = server.endpoint(latency=LATENCY)
            taken, _ = asyncio.run(_herd(authlib_async(endpoint.url)))
            yield Figure(
                what=f"{TASKS:,} tasks, at expiry",
                against=str(competitor),
                theirs=f"{endpoint.requests()} request, {seconds(taken)}",
            )
    stalls, least = [], []
    for _ in range(ROUNDS):
        source = TokenSource(server.endpoint(latency=LATENCY).profile())
        stalls.append(asyncio.run(_herd(source.atoken))[1])
        least.append(asyncio.run(_bare_herd()))
    yield Figure(
        what=f"{TASKS:,} tasks, cold: stall",
        against="tasks that wait for an event",
        ours=seconds(statistics.median(stalls)),
        theirs=seconds(statistics.median(least)),
        value=statistics.median(stalls) * 1000,
        unit=" ms",
        aim=20,
    )


def _ours(source: TokenSource) -> float:
    return asyncio.run(_herd(source.atoken))[0]


async def _herd(ask: _Ask) -> tuple[float, float]:
    """Return the seconds until all are back, and the longest stall among them."""

    async def one() -> None:
        await ask()

    stalls: list[float] = []
    watch = asyncio.create_task(_watch(stalls))
    await asyncio.sleep(10 * _TICK)
    stalls.clear()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(TASKS):
            group.create_task(one())
    taken = time.perf_counter() - started
    await asyncio.sleep(10 * _TICK)
    watch.cancel()
    return taken, max(stalls)


async def _watch(stalls: list[float]) -> None:
    """Note how much later than asked for the loop comes back."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(_TICK)
        stalls.append(time.perf_counter() - asked - _TICK)


async def _bare_herd() -> float:
    """Return the longest stall by tasks that do nothing but wait for one event."""
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(LATENCY, event.set)
    return (await _herd(event.wait))[1]
