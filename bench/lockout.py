"""A bad secret, tried again and again: how often the server hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bench.competitors import installed
from bench.figure import Call
from bench.figure import Figure
from bench.figure import count
from bench.server import Server
from ccflow import TokenSource


CALLS: Final = 10


def measure(server: Server) -> Iterator[Figure]:
    """Count the bad logins."""
    endpoint = server.endpoint(manner="refusal")
    _call(TokenSource(endpoint.profile()).token)
    what = f"{CALLS} calls, bad secret"
    yield count(f"{what}: bad logins", endpoint.requests(), aim=1)
    for competitor in installed():
        endpoint = server.endpoint(manner="refusal")
        _call(competitor.make(endpoint.url, 10))
        yield Figure(
            what=what,
            against=str(competitor),
            theirs=f"{endpoint.requests()} bad logins",
        )


def _call(call: Call) -> None:
    for _ in range(CALLS):
        try:
            call()
        except Exception:
            continue
