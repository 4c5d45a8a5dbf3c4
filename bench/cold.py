"""A token that must be fetched, against the same request by hand."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator

import httpx

from bench.figure import Figure
from bench.figure import interleave
from bench.figure import ratio
from bench.server import DISTANCE
from bench.server import Endpoint
from bench.server import Server
from ccflow import TokenSource


Post = Callable[..., httpx.Response]


def measure(server: Server) -> Iterator[Figure]:
    """Compare a fetch with httpx: a client per request, and one that is kept."""
    near, distant = server.endpoint(), server.endpoint(latency=DISTANCE)
    away = f"the same, {DISTANCE * 1000:g} ms away"
    with httpx.Client() as client:
        yield _compare(near, httpx.post, "httpx.post", number=5, rounds=11)
        yield _compare(near, client.post, "httpx.Client.post", number=50, rounds=31)
        yield _compare(distant, client.post, away, number=5, rounds=15)


def _compare(
    endpoint: Endpoint, send: Post, name: str, *, number: int, rounds: int
) -> Figure:
    source = TokenSource(endpoint.profile())
    url = endpoint.url

    def fetch() -> str:
        source.invalidate()
        return source.token().access_token

    def post() -> str:
        answer = send(
            url,
            data={"grant_type": "client_credentials", "scope": "read"},
            auth=("bench", "secret"),
        )
        return str(answer.raise_for_status().json()["access_token"])

    ours, theirs = interleave(fetch, post, number=number, rounds=rounds)
    assert source.status().requests >= number * rounds  # none came from memory
    return ratio("a cold fetch", name, ours, theirs, aim=1.1)
