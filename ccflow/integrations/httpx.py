"""
The token on each request of an httpx client, and one replay when it is refused.

The client is the user's; the token request never goes through it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from collections.abc import Generator
from functools import cache
from typing import Any
from typing import Final

import httpx

from ccflow.engine.api_target import check_target
from ccflow.engine.source import TokenSource
from ccflow.engine.token import AccessToken
from ccflow.protocol.url import origin_of


# RFC 9110 section 9.2.1.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_ASK: Final = object()
"""What the flow yields when it wants a token rather than a response."""


def _is_replayable(request: httpx.Request) -> bool:
    """
    Say whether the body can be sent twice; a stream cannot.

    To be asked before the request is sent: some transports read a stream into
    memory, and then every body looks as if it could.
    """
    try:
        request.content  # noqa: B018 - raises where the body is a stream
    except Exception:  # noqa: BLE001 - httpx and httpx2 have one of their own each
        return False
    return True


def _is_about_token(
    response: httpx.Response, first: httpx.URL, authorization: str
) -> bool:
    """
    Say whether a 401 is the API's word on our token.

    Not so after a redirect to another origin, where the header was taken off, and
    not so when it says that the token is good but too weak (RFC 6750 section 3.1).
    """
    if response.status_code != 401:
        return False
    sent = response.request
    challenge = response.headers.get("WWW-Authenticate", "")
    return (
        sent.headers.get("Authorization") == authorization
        and origin_of(str(sent.url)) == origin_of(str(first))
        and "insufficient_scope" not in challenge
    )


class CcflowAuth(httpx.Auth):
    """
    Puts a source's token on each request.

    When the API answers 401, the token is dropped, another one is fetched, and the
    request is sent once more, if its body can be sent twice. Otherwise, and when
    that is refused as well, the caller gets the API's own 401.

    Errors in getting a token rise unchanged: no request goes out without one.

    Args:
        source: Where the tokens come from.

    .. versionadded:: 0.1.0
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        # Where a token may go is asked once for each place, not for each request.
        self._places: set[tuple[str, bytes, int | None]] = set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._source!r})"

    def _begin(self, request: httpx.Request) -> bool:
        """Refuse a wrong place; returns whether the body can be sent twice."""
        url = request.url
        place = (url.scheme, url.raw_host, url.port)
        if place not in self._places:
            check_target(self._source.profile, str(url))
            self._places.add(place)
        return _is_replayable(request)

    def _refused(
        self,
        request: httpx.Request,
        response: httpx.Response,
        token: AccessToken,
        *,
        url: httpx.URL,
        replayable: bool,
    ) -> Generator[Any, Any, None]:
        """Go on after a 401; yields `_ASK` for a token, and requests for responses."""
        source = self._source
        if not _is_about_token(response, url, token.authorization):
            source.accepted(token)
            return
        if not source.refused(token) or not replayable:
            return
        if response.history and request.method not in _SAFE:
            return  # The first request was taken, and only its answer led here.
        fresh: AccessToken = yield _ASK
        if fresh.access_token == token.access_token:
            # The server hands out the token that it has; nothing to replay.
            source.refused(fresh)
            return
        request.headers["Authorization"] = fresh.authorization
        again: httpx.Response = yield request
        if _is_about_token(again, url, fresh.authorization):
            source.refused(fresh)
        else:
            source.accepted(fresh)
        source.replayed(again.status_code)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Drive the flow for ``httpx.Client``."""
        # What every request passes is short, since every request pays for it.
        source, url = self._source, request.url
        replayable = self._begin(request)
        token = source.token()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if response.status_code != 401:
            source.accepted(token)
            return
        flow = self._refused(request, response, token, url=url, replayable=replayable)
        answer: Any = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration:
                return
            answer = source.token() if step is _ASK else (yield step)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Drive the flow for ``httpx.AsyncClient``."""
        source, url = self._source, request.url
        replayable = self._begin(request)
        token = await source.atoken()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if response.status_code != 401:
            source.accepted(token)
            return
        flow = self._refused(request, response, token, url=url, replayable=replayable)
        answer: Any = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration:
                return
            answer = await source.atoken() if step is _ASK else (yield step)


@cache
def _auth_class(base: type | None) -> type[CcflowAuth]:
    if base is None:
        return CcflowAuth
    return type("CcflowAuth", (CcflowAuth, base), {"__doc__": CcflowAuth.__doc__})


def make_auth(source: TokenSource) -> CcflowAuth:
    """
    Make an auth for the clients of httpx, and of httpx2 where that is imported.

    Each of the two accepts only its own ``Auth``, so the class inherits from both.
    """
    httpx2 = sys.modules.get("httpx2")
    return _auth_class(getattr(httpx2, "Auth", None))(source)
