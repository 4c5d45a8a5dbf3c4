"""A token that must be fetched, against the same request by hand."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from collections.abc import Iterator

import httpx

from bench.figure import Figure
from bench.figure import interleave
from bench.figure import median_ratio
from bench.server import DISTANCE
from bench.server import make_profile
from bench.server import running_server
from ccflow import TokenSource


Post = Callable[..., httpx.Response]


def measure() -> Iterator[Figure]:
    """Compare a fetch with httpx: a client per request, and one that is kept."""
    with running_server() as url, httpx.Client() as client:
        distant = f"{url}/distant"
        milliseconds = f"{DISTANCE * 1000:g} ms away"
        yield _compare(url, httpx.post, "httpx.post", number=5, rounds=11)
        yield _compare(url, client.post, "httpx.Client.post", number=50, rounds=31)
        yield _compare(
            distant, client.post, f"the same, {milliseconds}", number=5, rounds=15
        )


def _compare(url: str, send: Post, name: str, *, number: int, rounds: int) -> Figure:
    source = TokenSource(make_profile(url))

    def fetch() -> str:
        source.invalidate()
        return source.token().access_token

    def post() -> str:
        answer = send(
            f"{url}/token",
            data={"grant_type": "client_credentials", "scope": "read"},
            auth=("bench", "secret"),
        )
        return str(answer.raise_for_status().json()["access_token"])

    ours, theirs = interleave(fetch, post, number=number, rounds=rounds)
    assert source.status().requests >= number * rounds  # none came from memory
    return Figure(
        what="a cold fetch",
        against=name,
        ours=statistics.median(ours),
        theirs=statistics.median(theirs),
        value=median_ratio(ours, theirs),
        aim=1.1,
    )
