"""A request to an API that fails shows no token, although httpx has it in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest

import ccflow
from tests.leaks.collector import Collector
from tests.leaks.collector import collected
from tests.leaks.grep import Page
from tests.leaks.secrets import TOKEN
from tests.support.hostile import Answer
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.hostile import one_after_another
from tests.support.hostile import reset
from tests.support.hostile import silence
from tests.support.worlds import make_profile


WAYS: Mapping[str, Answer] = {
    "reset": reset,
    "silence": silence,
    "no http": one_after_another([b"SSH-2.0\r\n\r\n"]),
    "half": one_after_another([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]),
    "forbidden": http(403, "no"),
}
# An error of httpx has its request, and pickles with it; what it shows has no token.
_ITS_PICKLE = "error's pickle"


def call(source: ccflow.TokenSource, url: str) -> None:
    with httpx.Client(auth=source.auth(), timeout=0.3, verify=False) as client:
        client.post(url, content=b"x" * 100_000).raise_for_status()


def acall(source: ccflow.TokenSource, url: str) -> None:
    async def run() -> None:
        auth = source.auth()
        async with httpx.AsyncClient(auth=auth, timeout=0.3, verify=False) as client:
            (await client.post(url, content=b"x" * 100_000)).raise_for_status()

    asyncio.run(run(), debug=True)


def pages_of(seen: Collector) -> list[Page]:
    return [page for page in seen.pages if page.channel != _ITS_PICKLE]


@pytest.mark.parametrize("ask", [call, acall])
@pytest.mark.parametrize("way", list(WAYS))
def test_a_request_that_fails(way, ask, on_this_machine, reader):
    """Not in the error, the variables of its frames, or the log of httpx at DEBUG."""
    with HostileServer(a_token(TOKEN)) as server, HostileServer(WAYS[way]) as api:
        source = ccflow.TokenSource(
            make_profile(
                f"{server.url}/token",
                ca_file=on_this_machine.ca_file,
                client_secret={"env": "LEAKS_SECRET"},
            )
        )
        with collected() as seen:
            with pytest.raises(httpx.HTTPError) as caught:
                ask(source, api.url)
            seen.add_error(caught.value)

        assert f"Bearer {TOKEN}" == api.journal[0].header("authorization")
    assert "httpcore" in seen.logged
    assert [] == reader.find(pages_of(seen))
