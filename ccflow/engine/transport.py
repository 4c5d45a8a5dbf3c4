"""
Sends one token request and brings back a complete answer, or says why not.

This is ccflow's own blocking client, never the user's: no redirects, no cookies, no
``.netrc``, a deadline for everything together, and a cap on the body.
"""

from __future__ import annotations

import atexit
import logging
import re
import socket
import ssl
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterable
from http.client import responses
from http.cookiejar import CookieJar
from http.cookiejar import DefaultCookiePolicy
from typing import Final
from urllib.parse import urlsplit

import attrs
import httpcore
import httpx

from ccflow._version import __version__
from ccflow.engine.fault import plain_words
from ccflow.engine.process import PROCESS
from ccflow.errors import SecretError
from ccflow.protocol.answer import Answer
from ccflow.protocol.request import TokenRequest
from ccflow.protocol.url import is_loopback
from ccflow.secret import Secret


BODY_CAP: Final = 1024 * 1024
_TOO_LONG: Final = f"answered with more than {BODY_CAP // 1024} KiB"
_CONNECT_SHARE: Final = 0.5
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}\Z", re.IGNORECASE)
_OWN_HEADERS: Final = (
    (b"user-agent", f"ccflow/{__version__}".encode()),
    # An answer is a few hundred bytes; compression only adds ways to fail.
    (b"accept-encoding", b"identity"),
)


class NoAnswerError(Exception):
    """No complete HTTP answer came; the message says why, in plain words."""


class UnreadableAnswerError(Exception):
    """An answer came that cannot be taken in: too large, or not decodable."""

    def __init__(
        self, message: str, status_code: int, content_type: str | None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        # Of the server's words only what is a media type.
        found = _MEDIA_TYPE.match(content_type or "")
        self.content_type: str | None = found[0] if found else None


@attrs.frozen
class Trust:
    """
    What decides which client serves a request.

    Args:
        ca_file: The only authorities to trust; None for the usual ones.

        proxy: The proxy to go through; None for none.
    """

    ca_file: str | None = None
    proxy: Secret | None = None


class _Deadline(threading.local):
    """The time by which the request of this thread must be over."""

    at: float = float("inf")

    def left(self, seconds: float | None) -> float:
        """Return the time that is left, at most so many seconds."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline for the whole request is over")
        return left if seconds is None else min(left, seconds)


_deadline = _Deadline()


class _Hush(logging.Filter):
    """
    Keeps the libraries from logging what a server sends back of a token request.

    At DEBUG httpcore logs the headers of the answer and every line that is no
    HTTP, at INFO httpx logs its reason phrase; a server may echo anything there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass where this thread has no token request under way."""
        return _deadline.at == float("inf")


_HUSH: Final = _Hush()
for _name in ("connection", "http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore.{_name}").addFilter(_HUSH)
logging.getLogger("httpx").addFilter(_HUSH)


class _Stream(httpcore.NetworkStream):
    """
    A connection whose every read and write ends by the deadline.

    httpx has a time limit for each read; a server that sends a byte a second
    meets it for ever.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._stream.start_tls(
                ssl_context, server_hostname, _deadline.left(timeout)
            )
        )

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections that know the deadline."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the addresses of a host in turn, each with a share of the time."""
        ends = time.monotonic() + _deadline.left(timeout)
        addresses = _addresses_of(host, port)
        failure: Exception = httpcore.ConnectError("it has no address")
        for tried, address in enumerate(addresses):
            share = (ends - time.monotonic()) / (len(addresses) - tried)
            try:
                return _Stream(
                    self._backend.connect_tcp(
                        address, port, max(share, 0.001), local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses_of(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for a label that is too long
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or "it holds no PEM certificates"
        raise SecretError(f"ca_file {ca_file} cannot be used: {reason}") from error


def make_client(trust: Trust) -> httpx.Client:
    """
    Build the client of a trust configuration.

    Raises:
        SecretError: The CA file or the proxy cannot be used.
    """
    context = _tls_context(trust.ca_file)
    try:
        transport = httpx.HTTPTransport(
            verify=context,
            proxy=trust.proxy.reveal() if trust.proxy is not None else None,
        )
    except Exception:  # noqa: BLE001 - its text may hold the password
        transport = None
    if transport is None:
        raise SecretError("proxy is not the address of a proxy that can be used")
    # The one way to reach every read of httpx; a test watches that it still is one.
    transport._pool._network_backend = _Backend()  # noqa: SLF001
    return httpx.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [_keep_location]},
        # The client is shared, and what one profile was given is not the other's.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


def _keep_location(response: httpx.Response) -> None:
    """
    Put the header of a redirect aside, before httpx makes a request of it.

    It does so even when it is not to follow, and its error quotes what it cannot
    parse.
    """
    if (location := response.headers.pop("location", None)) is not None:
        response.extensions["ccflow.location"] = {"location": location}


_clients: dict[Trust, httpx.Client] = {}
_building = threading.Lock()


def _forget_clients() -> None:
    global _building  # noqa: PLW0603 - the parent's may be held for ever in a child
    _building = threading.Lock()
    # Not closed: the sockets are the parent's as well.
    _clients.clear()


PROCESS.in_child(_forget_clients)


@atexit.register
def close_clients() -> None:
    """Close the connections; what is still under way there fails."""
    while _clients:
        _, client = _clients.popitem()
        client.close()


def client_for(trust: Trust) -> httpx.Client:
    """Return the one client of a trust configuration; building it costs 16 ms."""
    client = _clients.get(trust)
    if client is None:
        with _building:
            client = _clients.get(trust)
            if client is None:
                client = _clients[trust] = make_client(trust)
    return client


def environment_proxy(url: str) -> Secret | None:
    """
    Return the proxy that the environment names for a URL, or None.

    There is none for this machine itself: plain http is allowed there because it
    does not leave it, and a proxy elsewhere cannot come back to it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    # NO_PROXY may name a host alone, or with its port.
    if urllib.request.proxy_bypass(host) or urllib.request.proxy_bypass(parts.netloc):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")


def send(
    client: httpx.Client,
    request: TokenRequest,
    seconds: float,
    *,
    proxied: bool = False,
) -> Answer:
    """
    Send a request and read the whole answer.

    Args:
        client: One of `client_for`.

        request: What to send.

        seconds: The time for everything together.

        proxied: Whether the client goes through a proxy, for messages.

    Raises:
        NoAnswerError: No complete answer came.

        UnreadableAnswerError: One came that cannot be taken in.
    """
    fault: Exception | None = None
    connect = max(seconds * _CONNECT_SHARE, 0.001)
    _deadline.at = time.monotonic() + seconds
    try:
        return _exchange(client, request, httpx.Timeout(seconds, connect=connect))
    except httpx.ProxyError as error:
        fault = _proxy_fault(error)
    except httpx.TransportError as error:
        fault = NoAnswerError(
            plain_words(error, request.url, seconds, connect, proxied=proxied)
        )
    except httpx.InvalidURL as error:
        fault = NoAnswerError(f"the address cannot be used: {error}")
    finally:
        _deadline.at = float("inf")
    # Raised out here, so that the fault does not chain to the request.
    raise fault


def _exchange(
    client: httpx.Client, request: TokenRequest, timeout: httpx.Timeout
) -> Answer:
    headers = request.wire_headers()
    given = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _OWN_HEADERS if name not in given]
    with client.stream(
        "POST",
        request.url,
        content=request.wire_body(),
        headers=headers,
        timeout=timeout,
    ) as response:
        return Answer(
            response.status_code,
            {
                **{name.lower(): value for name, value in response.headers.items()},
                **response.extensions.get("ccflow.location", {}),
            },
            _read_body(response),
        )


def _read_body(response: httpx.Response) -> bytes:
    """Read a body up to the cap, before and after it is decompressed."""
    status, content_type = response.status_code, response.headers.get("content-type")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > BODY_CAP:
            raise UnreadableAnswerError(_TOO_LONG, status, content_type)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"gzip", "x-gzip", "deflate"} or not body:
        # One that was not asked for and is none of these is told by its content.
        return bytes(body)
    # Not by httpx, which knows no limit: a kilobyte may become a gigabyte.
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        clear = unpack.decompress(bytes(body), BODY_CAP + 1)
    except zlib.error:
        clear = None
    if clear is not None and len(clear) > BODY_CAP:
        raise UnreadableAnswerError(_TOO_LONG, status, content_type)
    if clear is None or not unpack.eof:
        raise UnreadableAnswerError(
            "answered with a body that its Content-Encoding does not fit",
            status,
            content_type,
        )
    return clear


def _proxy_fault(error: httpx.ProxyError) -> Exception:
    status = str(error)[:3]
    if status == "407":
        return UnreadableAnswerError("was not reached: the proxy answered", 407, None)
    # The rest of it is the proxy's own text.
    phrase = responses.get(int(status), "") if status.isdecimal() else ""
    return NoAnswerError(
        f"the proxy did not let the request through: {status} {phrase}".rstrip()
    )
