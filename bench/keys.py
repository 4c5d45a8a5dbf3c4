"""Ten thousand keys: what one more source costs, in time and in memory."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from typing import Final

import ccflow
from bench.figure import Figure
from bench.server import Server
from ccflow.engine.runtime import SYSTEM
from ccflow.engine.share import Fetched
from ccflow.engine.token import make_token
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret


KEYS: Final = 10_000
USED: Final = 1_000
"""Of how many a token is fetched: enough, and they cost a request each."""


def measure(server: Server) -> Iterator[Figure]:
    """Make as many, and use some."""
    profile = server.endpoint().profile()
    ccflow.source(profile).token()
    ccflow.reload()
    started = time.perf_counter()
    made = [ccflow.source(profile, audience=f"a{it}") for it in range(KEYS)]
    taken = (time.perf_counter() - started) / KEYS
    yield Figure(
        what=f"{KEYS:,} keys: a new source",
        value=taken * 1000,
        unit=" ms",
        aim=1,
    )
    del made
    ccflow.reload()

    gc.collect()
    tracemalloc.start()
    before = _memory()
    tokens = [make_token(_fetched(f"{time.time():.3f}-{it}")) for it in range(USED)]
    token = (_memory() - before) / USED
    before = _memory()
    unused = [ccflow.source(profile, audience=f"a{it}") for it in range(KEYS)]
    fresh = (_memory() - before) / KEYS
    before = _memory()
    for source in unused[:USED]:
        source.token()
    used = fresh + (_memory() - before) / USED - token
    tracemalloc.stop()
    del tokens, unused
    ccflow.reload()
    for what, value in (("a source", fresh), ("one in use, less token", used)):
        yield Figure(
            what=f"{KEYS:,} keys: {what}",
            value=value,
            unit=" bytes",
            aim=1024,
        )


def _memory() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _fetched(access_token: str) -> Fetched:
    response = TokenResponse(
        access_token=Secret(access_token),
        token_type="Bearer",
        expires_in=3600.0,
        scope=None,
        extra={},
    )
    return Fetched(response, SYSTEM.moment())
