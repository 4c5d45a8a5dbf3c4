"""
Sends one token request and brings back a complete answer, or says why not.

This is ccflow's own blocking client, never the user's: no redirects, no cookies, no
``.netrc``, a deadline for everything together, and a cap on the body.
"""

from __future__ import annotations

import atexit
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import attrs
import httpcore
import httpx

from ccflow._version import __version__
from ccflow.engine.process import PROCESS
from ccflow.errors import SecretError
from ccflow.protocol.answer import Answer
from ccflow.protocol.request import TokenRequest
from ccflow.secret import Secret


BODY_CAP: Final = 1024 * 1024
_CONNECT_SHARE: Final = 0.5
_USER_AGENT: Final = f"ccflow/{__version__}"


class NoAnswerError(Exception):
    """No complete HTTP answer came; the message says why, in plain words."""


class UnreadableAnswerError(Exception):
    """An answer came that cannot be taken in: too large, or not decodable."""

    def __init__(
        self, message: str, status_code: int, content_type: str | None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.content_type = content_type


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
        return _Stream(
            self._backend.connect_tcp(
                host, port, _deadline.left(timeout), local_address, socket_options
            )
        )


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
    return httpx.Client(transport=transport, trust_env=False, follow_redirects=False)


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
    """Return the proxy that the environment names for a URL, or None."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")


def send(client: httpx.Client, request: TokenRequest, seconds: float) -> Answer:
    """
    Send a request and read the whole answer.

    Args:
        client: One of `client_for`.

        request: What to send.

        seconds: The time for everything together.

    Raises:
        NoAnswerError: No complete answer came.

        UnreadableAnswerError: One came that cannot be taken in.
    """
    fault: Exception | None = None
    _deadline.at = time.monotonic() + seconds
    try:
        return _exchange(client, request, seconds)
    except httpx.ProxyError as error:
        fault = _proxy_fault(error)
    except httpx.TransportError as error:
        fault = NoAnswerError(_plain_words(error, request.url, seconds))
    except httpx.InvalidURL as error:
        fault = NoAnswerError(f"the address cannot be used: {error}")
    finally:
        _deadline.at = float("inf")
    # Raised out here, so that the fault does not chain to the request.
    raise fault


def _exchange(client: httpx.Client, request: TokenRequest, seconds: float) -> Answer:
    with client.stream(
        "POST",
        request.url,
        content=request.wire_body(),
        headers=[
            (b"User-Agent", _USER_AGENT.encode()),
            # An answer is a few hundred bytes; compression only adds ways to fail.
            (b"Accept-Encoding", b"identity"),
            *request.wire_headers(),
        ],
        timeout=httpx.Timeout(seconds, connect=max(seconds * _CONNECT_SHARE, 0.001)),
    ) as response:
        content_type = response.headers.get("content-type")
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > BODY_CAP:
                    raise UnreadableAnswerError(
                        f"answered with more than {BODY_CAP // 1024} KiB",
                        response.status_code,
                        content_type,
                    )
        except httpx.DecodingError:
            raise UnreadableAnswerError(
                "answered with a body that its Content-Encoding does not fit",
                response.status_code,
                content_type,
            ) from None
        return Answer(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            bytes(body),
        )


def _proxy_fault(error: httpx.ProxyError) -> Exception:
    text = str(error)
    if text.startswith("407"):
        return UnreadableAnswerError("was not reached: the proxy answered", 407, None)
    return NoAnswerError(f"the proxy did not let the request through: {text}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _plain_words(error: httpx.TransportError, url: str, seconds: float) -> str:
    """Say what went wrong on the way, and what to look at."""
    host = urlsplit(url).netloc
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_words(cause, host)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return (
                f"no TLS connection to {host}: {cause.reason or cause}; check the "
                "port, and that the server speaks TLS 1.2 or later there"
            )
    text = str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"no answer from {host} within {seconds:.3g} seconds"
    if any(getattr(cause, "errno", None) is not None for cause in causes) and (
        "Name or service" in text or "getaddrinfo" in text or "nodename" in text
    ):
        return f"the name {host} is not known; check its spelling and the DNS"
    if isinstance(error, httpx.ConnectError):
        return f"no connection to {host}: {text}"
    return f"the connection to {host} broke off: {text}"


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    reason = error.verify_message or str(error)
    text = f"the certificate of {host} is not trusted: {reason}"
    if error.verify_code in {18, 19, 20, 21}:
        address = host if ":" in host else f"{host}:443"
        return (
            f"{text}; if the authority is your own, name its certificate in ca_file. "
            "A self-signed one is fetched, looked at and pinned so: "
            f"openssl s_client -connect {address} -showcerts </dev/null "
            "| openssl x509 -out ca.pem"
        )
    return text
