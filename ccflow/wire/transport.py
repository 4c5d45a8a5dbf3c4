"""
Sends one request and brings back a complete answer, or says why not.

This is ccflow's own blocking client, never the user's: no redirects, no cookies, no
``.netrc``, a deadline for everything together, and a cap on the body.
"""

from __future__ import annotations

import re
import time
from typing import Final

import httpx

from ccflow._version import __version__
from ccflow.protocol.answer import Answer
from ccflow.protocol.metadata_request import MetadataRequest
from ccflow.protocol.request import TokenRequest
from ccflow.wire.body import BodyError
from ccflow.wire.body import read_body
from ccflow.wire.clients import open_client
from ccflow.wire.diagnosis import EXPLAINED
from ccflow.wire.diagnosis import diagnose
from ccflow.wire.fault import Fault
from ccflow.wire.fault import FaultError
from ccflow.wire.hush import hush
from ccflow.wire.passage import PASSAGE
from ccflow.wire.trust import Trust
from ccflow.wire.way import Way


Request = TokenRequest | MetadataRequest

_CONNECT_SHARE: Final = 0.5
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}\Z", re.IGNORECASE)
_OWN_HEADERS: Final = (
    (b"user-agent", f"ccflow/{__version__}".encode()),
    # An answer is a few hundred bytes; compression only adds ways to fail.
    (b"accept-encoding", b"identity"),
)

hush()


class StaleConnectionError(Exception):
    """
    A kept connection turned out to be closed by the server.

    Nobody answered the request. It has to be made anew, for some servers remember
    the ``jti`` of whatever reached them.
    """


def send(
    request: Request, trust: Trust, seconds: float, *, fresh: bool = False
) -> Answer:
    """
    Send a request and read the whole answer.

    Args:
        request: What to send.

        trust: Through which proxy, trusting whom, known by what.

        seconds: The time for everything together.

        fresh: Whether to open a connection, rather than use one that was kept.

    Raises:
        SecretError: A file, or the proxy, of the configuration cannot be used.

        StaleConnectionError: The connection had been kept too long; never when
            it is `fresh`.

        FaultError: No answer came that can be read.
    """
    fault: Fault | None = None
    connect = max(seconds * _CONNECT_SHARE, 0.001)
    with open_client(trust) as client:
        PASSAGE.begin(seconds, fresh=fresh)
        try:
            timeout = httpx.Timeout(seconds, connect=connect)
            answer = _exchange(client, request, timeout)
            if isinstance(answer, Answer):
                return answer
            fault = answer
        except EXPLAINED as error:
            if not _is_stale(error):
                fault = diagnose(error, _way(request, trust, seconds, connect))
        finally:
            PASSAGE.finish()
    # Raised out here, so that the fault does not chain to the request.
    raise StaleConnectionError if fault is None else FaultError(fault)


def _way(request: Request, trust: Trust, seconds: float, connect: float) -> Way:
    return Way(
        url=request.url,
        trust=trust,
        seconds=seconds,
        connect=connect,
        now=time.time(),
        greets=PASSAGE.greets,
        secured=PASSAGE.secured,
        heard=PASSAGE.heard,
        named=request.named,
    )


def _is_stale(error: BaseException) -> bool:
    """Say whether it failed because a kept connection was no longer good."""
    if PASSAGE.opened or PASSAGE.answered or PASSAGE.fresh:
        return False
    return isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)


def _exchange(
    client: httpx.Client, request: Request, timeout: httpx.Timeout
) -> Answer | Fault | None:
    """Return the answer, or why it cannot be read; None for one to nothing asked."""
    headers = request.wire_headers()
    given = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _OWN_HEADERS if name not in given]
    with client.stream(
        request.method,
        request.url,
        content=request.wire_body(),
        headers=headers,
        timeout=timeout,
    ) as response:
        PASSAGE.answered = PASSAGE.opened or _answers_this(response)
        if not PASSAGE.answered:
            return None
        try:
            body = read_body(response)
        except BodyError as error:
            return _unreadable(response, error, request.named)
        return Answer(
            response.status_code,
            {
                **{name.lower(): value for name, value in response.headers.items()},
                **response.extensions.get("ccflow.location", {}),
            },
            body,
        )


def _answers_this(response: httpx.Response) -> bool:
    """
    Say whether what came over a kept connection is the answer to this request.

    A server that sent more than one answer left the rest behind, and it may hold the
    token of another client. And 408 says that nothing had been asked in time.
    """
    return PASSAGE.heard.startswith(b"HTTP/") and response.status_code != 408


def _unreadable(response: httpx.Response, error: BodyError, named: str) -> Fault:
    # Of the server's words only what is a media type.
    found = _MEDIA_TYPE.match(response.headers.get("content-type", ""))
    return Fault(
        cause=str(error),
        hint=f"check that {named} is that of the server",
        category="malformed",
        passes=False,
        status_code=response.status_code,
        content_type=found[0] if found else None,
    )
