"""Callers at an endpoint that takes the connection and never answers."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from typing import Final

from bench.competitors import Competitor
from bench.competitors import installed
from bench.figure import Figure
from bench.figure import count
from bench.figure import seconds
from bench.herd_threads import stampede
from bench.server import Server
from ccflow import TokenSource


CALLERS: Final = 16
TIMEOUT: Final = 0.5
ROUNDS: Final = 3


def measure(server: Server) -> Iterator[Figure]:
    """Count the requests, and time the callers."""
    requests, taken = [], []
    for _ in range(ROUNDS):
        endpoint = server.endpoint(manner="silence")
        source = TokenSource(endpoint.profile(timeout=TIMEOUT))
        taken.append(stampede(source.token, CALLERS))
        requests.append(endpoint.requests())
    what = f"dead endpoint, {CALLERS} callers"
    median = statistics.median(taken)
    yield count(f"{what}: requests", max(requests), aim=1)
    yield Figure(
        what=f"{what}: time",
        against="the timeout",
        ours=seconds(median),
        theirs=seconds(TIMEOUT),
        value=median / TIMEOUT,
        aim=1.1,
    )
    # All at the same time, since they only wait, one of them for eight seconds.
    found: dict[str, Figure] = {}

    def one(competitor: Competitor) -> None:
        endpoint = server.endpoint(manner="silence")
        taken = stampede(competitor.make(endpoint.url, TIMEOUT), CALLERS)
        found[competitor.distribution] = Figure(
            what=what,
            against=str(competitor),
            theirs=f"{endpoint.requests()} requests, {seconds(taken)}",
        )

    threads = [threading.Thread(target=one, args=(it,)) for it in installed()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from found.values()
