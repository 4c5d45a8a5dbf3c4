"""What went wrong on the way to a server, in words for the person who looks at it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import httpx


# Where the libraries begin to quote what the server sent, and it may send back
# what it got: "illegal header line: bytearray(b'Basic ...')".
_QUOTED: Final = re.compile(r":?\s*(?:bytearray\()?b['\"].*", re.DOTALL)
# The codes of OpenSSL for a chain that ends in no authority that is trusted.
_UNKNOWN_AUTHORITY: Final = {18, 19, 20, 21}


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def plain_words(
    error: httpx.TransportError,
    url: str,
    seconds: float,
    connect: float,
    *,
    proxied: bool,
) -> str:
    """
    Say what went wrong, and what to look at.

    Nothing of it is the server's text.

    Args:
        error: What httpx raised.

        url: Where the request was to go.

        seconds: The time for everything together.

        connect: The part of it that was for the connection.

        proxied: Whether it was to go through a proxy, which may be what failed.
    """
    host = urlsplit(url).netloc
    there = f"{host} through the proxy" if proxied else host
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
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection to {there} within {connect:.3g} seconds"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer from {there} within {seconds:.3g} seconds"
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        name = "the name of the proxy" if proxied else f"the name {host}"
        return f"{name} is not known; check its spelling and the DNS"
    if isinstance(error, httpx.RemoteProtocolError):
        # Its text may quote the server.
        return f"what came from {there} is not HTTP, or broke off in the middle"
    text = _QUOTED.sub("", str(error))
    if isinstance(error, httpx.ConnectError):
        return f"no connection to {there}: {text}"
    return f"the connection to {there} broke off: {text}"


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    reason = error.verify_message or str(error)
    text = f"the certificate of {host} is not trusted: {reason}"
    if error.verify_code in _UNKNOWN_AUTHORITY:
        address = host if ":" in host else f"{host}:443"
        return (
            f"{text}; if the authority is your own, name its certificate in ca_file. "
            "A self-signed one is fetched, looked at and pinned so: "
            f"openssl s_client -connect {address} -showcerts </dev/null "
            "| openssl x509 -out ca.pem"
        )
    return text
