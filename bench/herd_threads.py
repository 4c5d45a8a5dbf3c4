"""Many threads that ask at once when there is no token, and when it has ended."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from bench.competitors import installed
from bench.figure import Call
from bench.figure import Figure
from bench.figure import count
from bench.figure import seconds
from bench.server import Server
from ccflow import TokenSource


THREADS: Final = 200
FEW: Final = 20
LATENCY: Final = 0.1
ROUNDS: Final = 5


def measure(server: Server) -> Iterator[Figure]:
    """Count the requests, and time the herd."""
    yield from herd_figures(server, f"{THREADS} threads", _ours)
    for competitor in installed():
        number = FEW if competitor.serial else THREADS
        endpoint = server.endpoint(latency=LATENCY)
        taken = stampede(competitor.make(endpoint.url, 30), number)
        yield Figure(
            what=f"{number} threads, cold",
            against=str(competitor),
            theirs=f"{endpoint.requests()} requests, {seconds(taken)}",
        )


def herd_figures(
    server: Server, who: str, herd: Callable[[TokenSource], float]
) -> Iterator[Figure]:
    """
    Measure our own, cold and at expiry.

    Args:
        server: Whose endpoints are asked.

        who: Who asks.

        herd: Has them ask, and returns the seconds until the last had its token.
    """
    for when in ("cold", "at expiry"):
        requests, taken = [], []
        for _ in range(ROUNDS):
            endpoint = server.endpoint(latency=LATENCY, lifetime=1)
            source = TokenSource(endpoint.profile())
            if when == "at expiry":
                source.token()
                time.sleep(1.01)
            before = endpoint.requests()
            taken.append(herd(source))
            requests.append(endpoint.requests() - before)
        yield count(f"{who}, {when}: requests", max(requests), aim=1)
        median = statistics.median(taken)
        yield Figure(
            what=f"{who}, {when}: time",
            against="the server's latency",
            ours=seconds(median),
            theirs=seconds(LATENCY),
            value=median / LATENCY,
            aim=1.5,
        )


def _ours(source: TokenSource) -> float:
    return stampede(source.token, THREADS)


def stampede(call: Call, number: int) -> float:
    """Have so many threads call at once; returns the seconds until all are back."""
    begin = threading.Barrier(number + 1)

    def work() -> None:
        begin.wait()
        try:
            call()
        except Exception:
            pass  # what counts is the requests and the time

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    started = time.perf_counter()
    begin.wait()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started
