"""What reading an answer costs, from its bytes to a token or an error."""

from __future__ import annotations

import json
import statistics
import timeit
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

from bench.figure import Figure
from bench.figure import take_turns
from bench.server import Server
from ccflow import Profile
from ccflow.errors import TokenError
from ccflow.protocol.answer import Answer
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret


_HEADERS: Final = {
    "content-type": "application/json",
    "date": "Fri, 15 Jan 2027 08:00:00 GMT",
}
_USUAL: Final = {
    "token_type": "Bearer",
    "expires_in": 3600,
    "access_token": "eyJraWQi." + "x" * 900,
    "scope": "invoices.read",
}
_ANSWERS: Final = (
    ("a usual answer", 200, _USUAL, 50.0),
    (
        "one with extra members (Keycloak)",
        200,
        {**_USUAL, "refresh_expires_in": 0, "not-before-policy": 0},
        50.0,
    ),
    (
        "one with extra members (Salesforce)",
        200,
        {
            **_USUAL,
            "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id/00Dxx0000001gPL/005xx000001SwiU",
            "issued_at": "1278448384422",
            "signature": "CMJ4l+CCaPQiKjoOEwEig9H4wqhpuLSk4J2urAe+fVg=",
        },
        50.0,
    ),
    (
        "a refusal",
        401,
        {"error": "invalid_client", "error_description": "The secret is wrong."},
        None,
    ),
)


def _reader(status: int, members: Mapping[str, object]) -> Callable[[], object]:
    profile = Profile.from_mapping(
        {
            "provider": "okta",
            "domain": "acme.okta.com",
            "client_id": "0oa1b2c3d4",
            "client_secret": {"env": "NOWHERE"},
            "scope": "invoices.read",
        },
        name="bench",
    )
    provider, plan = profile.plan()
    body = json.dumps(members).encode()
    secrets = [Secret("0a1b2c3d" * 8), Secret("Basic MG9hMWIyYzNk" + "MGEx" * 21)]

    def read() -> object:
        answer = Answer(status, _HEADERS, body)
        try:
            return read_response(provider, plan, answer, Scrubber(secrets), now=1.8e9)
        except TokenError as error:
            return error

    return read


def measure(server: Server) -> Iterator[Figure]:
    """Read each again and again; nothing of one is kept for the next."""
    timers = [timeit.Timer(_reader(status, it)) for _, status, it, _ in _ANSWERS]
    taken = take_turns(
        *[lambda it=timer: it.timeit(500) / 500 for timer in timers], rounds=31
    )
    for (what, _, _, aim), times in zip(_ANSWERS, taken, strict=True):
        yield Figure(
            what=f"reading {what}",
            value=statistics.median(times) * 1e6,
            unit=" us",
            aim=aim,
        )
