"""A request with `ccflow.auth`, against one with a constant header."""

from __future__ import annotations

import statistics
from collections.abc import Generator
from collections.abc import Iterator
from typing import Final

import httpx

from bench.figure import Figure
from bench.figure import interleave
from bench.figure import median_difference
from bench.figure import seconds
from bench.server import Server
from ccflow import TokenSource


API: Final = "https://api.example.com/invoices"


class _Nowhere(httpx.BaseTransport):
    """Answers without a network, so that little but the client's own work is left."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, request=request)


class _Constant(httpx.Auth):
    """The least that an auth class can do."""

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = "Bearer abc"
        yield request


def measure(server: Server) -> Iterator[Figure]:
    """Compare the two, and with the least auth class that httpx allows."""
    source = TokenSource(server.endpoint().profile())
    source.token()
    header = {"Authorization": "Bearer abc"}
    with (
        httpx.Client(transport=_Nowhere(), auth=source.auth()) as ours,
        httpx.Client(transport=_Nowhere(), headers=header) as constant,
        httpx.Client(transport=_Nowhere(), auth=_Constant()) as least,
    ):
        taken = interleave(
            lambda: ours.get(API),
            lambda: constant.get(API),
            lambda: least.get(API),
            number=200,
            rounds=61,
        )
    for name, theirs, aim in (
        ("a constant header", taken[1], 2.0),
        ("the least httpx.Auth", taken[2], None),
    ):
        yield Figure(
            what="a request with ccflow.auth",
            against=name,
            ours=seconds(statistics.median(taken[0])),
            theirs=seconds(statistics.median(theirs)),
            value=median_difference(taken[0], theirs) * 1e6,
            unit=" us more",
            aim=aim,
        )
