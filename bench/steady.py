"""Threads that use short tokens all the time: who waits, who gets an expired one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

import attrs

from bench.figure import Figure
from bench.figure import count
from bench.server import Server
from bench.server import read_expiry
from ccflow import TokenSource


THREADS: Final = 8
LIFETIME: Final = 2
LATENCY: Final = 0.2
_PAUSE: Final = 0.001


@attrs.define
class _Tally:
    calls: int = 0
    waited: int = 0
    expired: int = 0
    longest: float = 0.0


def measure(server: Server, seconds: float) -> Iterator[Figure]:
    """
    Ask all the time.

    Args:
        server: Whose endpoint is asked.

        seconds: How long to go on.
    """
    endpoint = server.endpoint(latency=LATENCY, lifetime=LIFETIME)
    source = TokenSource(endpoint.profile())
    source.token()  # warm from here on
    ends = time.monotonic() + seconds
    tallies = [_Tally() for _ in range(THREADS)]
    threads = [
        threading.Thread(target=_use, args=(source, tally, ends)) for tally in tallies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    what = f"{seconds:g} s of tokens of {LIFETIME} s"
    calls = sum(it.calls for it in tallies)
    waited = sum(it.waited for it in tallies)
    yield count(f"{what}: waited", waited, aim=0)
    yield count(f"{what}: got expired one", sum(it.expired for it in tallies), aim=0)
    yield Figure(
        what=what,
        ours=f"{calls:,} calls",
        against="the server",
        theirs=f"{endpoint.requests()} requests",
        value=max(it.longest for it in tallies) * 1000,
        unit=" ms at most",
    )


def _use(source: TokenSource, tally: _Tally, ends: float) -> None:
    while time.monotonic() < ends:
        began = time.perf_counter()
        token = source.token()
        taken = time.perf_counter() - began
        tally.calls += 1
        # Whoever waits for the server waits as long as it takes, most often; what is
        # below half of that was the machine's own business.
        tally.waited += taken > LATENCY / 2
        tally.longest = max(tally.longest, taken)
        tally.expired += time.time() >= read_expiry(token.access_token)
        time.sleep(_PAUSE)
