"""The one place where an exception of the libraries becomes a fault."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

import httpcore
import httpx

from ccflow.wire.certificate_fault import certificate_fault
from ccflow.wire.connection_fault import address_fault
from ccflow.wire.connection_fault import connect_timeout_fault
from ccflow.wire.connection_fault import look_up_timeout_fault
from ccflow.wire.connection_fault import name_fault
from ccflow.wire.connection_fault import other_fault
from ccflow.wire.connection_fault import protocol_fault
from ccflow.wire.connection_fault import proxy_fault
from ccflow.wire.connection_fault import refused_fault
from ccflow.wire.connection_fault import request_fault
from ccflow.wire.connection_fault import reset_fault
from ccflow.wire.connection_fault import system_fault
from ccflow.wire.connection_fault import timeout_fault
from ccflow.wire.fault import Fault
from ccflow.wire.resolver import LookUpTimeout
from ccflow.wire.tls_fault import tls_fault
from ccflow.wire.way import Way


EXPLAINED: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)
"""What a request of httpx may end in."""

_Kinds = tuple[type[BaseException], ...]

# The first line of which an exception, or one of its causes, is an instance. So the
# system's own word comes before what httpx makes of it.
_LINES: Final[tuple[tuple[_Kinds, Callable[[BaseException, Way], Fault]], ...]] = (
    ((ssl.SSLCertVerificationError,), certificate_fault),
    ((ssl.SSLError,), tls_fault),
    ((httpx.ProxyError, httpcore.ProxyError), proxy_fault),
    ((LookUpTimeout,), look_up_timeout_fault),
    ((httpx.ConnectTimeout, httpcore.ConnectTimeout), connect_timeout_fault),
    ((httpx.TimeoutException, httpcore.TimeoutException), timeout_fault),
    ((socket.gaierror, socket.herror, UnicodeError), name_fault),
    ((ConnectionRefusedError,), refused_fault),
    ((ConnectionResetError, ConnectionAbortedError, BrokenPipeError), reset_fault),
    ((TimeoutError,), connect_timeout_fault),
    ((OSError,), system_fault),
    ((httpx.LocalProtocolError, httpcore.LocalProtocolError), request_fault),
    ((httpx.ProtocolError, httpcore.ProtocolError), protocol_fault),
    ((httpx.ConnectError, httpcore.ConnectError), system_fault),
    ((httpx.NetworkError, httpcore.NetworkError), reset_fault),
    (
        (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, httpx.InvalidURL),
        address_fault,
    ),
)


def diagnose(error: BaseException, way: Way) -> Fault:
    """
    Say what went wrong, and what to look at.

    Args:
        error: What was raised.

        way: Where the request was to go, and how far it came.
    """
    causes = list(_causes(error))
    for kinds, explain in _LINES:
        for cause in causes:
            if isinstance(cause, kinds):
                return explain(cause, way)
    return other_fault(error, way)


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
