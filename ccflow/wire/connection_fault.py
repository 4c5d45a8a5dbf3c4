"""Why no connection came about, or why one that was there brought no answer."""

from __future__ import annotations

import errno
import os
import re
import socket
from http.client import responses
from typing import Final

from ccflow.protocol.explanation import find_hint
from ccflow.protocol.general_explanations import GENERAL
from ccflow.wire.fault import Fault
from ccflow.wire.tls_fault import hung_up_fault
from ccflow.wire.way import Way


_NO_NAME_SERVER: Final = (
    "no name server answers: check the network and the DNS of this machine"
)
_PROXY_ADDRESS: Final = "proxy in the profile, or HTTPS_PROXY in the environment"
_PLACES: Final = {
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE),
        "this process has too many files open; close some, or raise ulimit -n",
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        "something on this machine forbids it: a firewall, a sandbox",
    ),
}
_LATER: Final = (
    "try again later; if it stays so, look at what is between: a firewall, a load "
    "balancer, a proxy"
)
_PERHAPS_TLS: Final = "if it speaks TLS, write https: for http:; if not, "
# The beginning of an alert or of a handshake of TLS.
_TLS_RECORD: Final = re.compile(rb"[\x15\x16]\x03[\x00-\x04]")
_CUT: Final = re.compile(r"received (\d+) bytes, expected (\d+)")


def name_fault(error: BaseException, way: Way) -> Fault:
    """Explain a name that has no address."""
    whose = "the name of the proxy" if way.is_at_proxy else f"the name {way.name}"
    if getattr(error, "errno", None) == socket.EAI_AGAIN:
        return Fault(
            cause=f"{whose} could not be looked up",
            hint=_NO_NAME_SERVER,
        )
    where = _PROXY_ADDRESS if way.is_at_proxy else way.named
    return Fault(
        cause=f"{whose} is not known",
        hint=f"check its spelling in {where}, and the DNS of this machine",
    )


def look_up_timeout_fault(error: BaseException, way: Way) -> Fault:
    """Explain a name server that does not answer."""
    whose = "the name of the proxy" if way.is_at_proxy else f"the name {way.name}"
    return Fault(
        cause=f"{whose} was not looked up within {way.connect:.3g} seconds",
        hint=_NO_NAME_SERVER,
    )


def connect_timeout_fault(error: BaseException, way: Way) -> Fault:
    """Explain a connection, or a handshake, that takes too long."""
    if way.greets is not None:
        return Fault(
            cause=f"no TLS handshake with {way.peer} within {way.connect:.3g} seconds",
            hint="check the port, and that what listens there speaks TLS",
        )
    return Fault(
        cause=f"no connection to {way.peer} within {way.connect:.3g} seconds",
        hint=f"check {_PROXY_ADDRESS}"
        if way.is_at_proxy
        else "a firewall may drop it; if the way out is a proxy, set proxy or "
        "HTTPS_PROXY",
    )


def timeout_fault(error: BaseException, way: Way) -> Fault:
    """Explain an answer that takes too long."""
    begun = way.heard.startswith(b"HTTP/")
    what = "no complete answer" if begun else "no answer"
    return Fault(
        cause=f"{what} from {way.there} within {way.seconds:.3g} seconds",
        hint="try again later, or raise timeout",
    )


def refused_fault(error: BaseException, way: Way) -> Fault:
    """Explain a port where nobody listens."""
    return Fault(
        cause=f"no connection to {way.peer}: connection refused",
        hint=f"check that the proxy runs, and {_PROXY_ADDRESS}"
        if way.is_at_proxy
        else "check the host and the port, and that the server runs",
    )


def reset_fault(error: BaseException, way: Way) -> Fault:
    """Explain a connection that was broken off."""
    if way.greets is not None:
        return hung_up_fault(error, way)
    begun = way.heard.startswith(b"HTTP/")
    when = "in the middle of the answer" if begun else "before it answered"
    plain = "" if way.secured or begun else _PERHAPS_TLS
    return Fault(
        cause=f"{way.there} broke off the connection {when}",
        hint=f"{plain}{_LATER}",
    )


def system_fault(error: BaseException, way: Way) -> Fault:
    """Explain an error of the operating system, in its own words."""
    code = int(getattr(error, "errno", None) or 0)
    what = f": {os.strerror(code)}" if code in errno.errorcode else ""
    return Fault(
        cause=f"no connection to {way.peer}{what}",
        hint=_PLACES.get(code, "check the network of this machine: route, VPN"),
    )


def protocol_fault(error: BaseException, way: Way) -> Fault:
    """Explain an answer that is no HTTP, or breaks off."""
    cut = _CUT.search(str(error))
    if cut is not None:
        return Fault(
            cause=f"the answer of {way.there} broke off: {cut[1]} of {cut[2]} bytes "
            "came",
            hint=_LATER,
        )
    if _TLS_RECORD.match(way.heard) and not way.secured:
        return Fault(
            cause=f"what answers at {way.peer} speaks TLS",
            hint="write https: for http: in "
            + ("the address of the proxy" if way.is_at_proxy else way.named),
            passes=False,
        )
    if not way.heard:
        return reset_fault(error, way)
    if not b"HTTP/".startswith(way.heard[:5]):
        return Fault(
            cause=f"what came from {way.there} is not HTTP",
            hint="check the host and the port",
        )
    return Fault(
        cause=f"what came from {way.there} breaks off, or breaks the rules of HTTP",
        hint=_LATER,
    )


def proxy_fault(error: BaseException, way: Way) -> Fault:
    """Explain a proxy that does not let a request through."""
    # The rest of it is the proxy's own text.
    found = re.match(r"\d{3}\b", str(error))
    status = int(found[0]) if found else None
    if status == 407 or (status is None and "password" in str(error).lower()):
        return Fault(
            cause="the proxy wants to know who asks",
            hint=find_hint(GENERAL, None, None, 407) or f"check {_PROXY_ADDRESS}",
            category="intermediary",
            passes=False,
            status_code=status,
        )
    if status is not None and status < 500 and status != 429:
        return Fault(
            cause="the proxy does not let the request through: "
            f"{responses.get(status, 'for a reason of its own')}",
            hint=f"have {way.host} allowed there, or name it in NO_PROXY",
            category="intermediary",
            passes=False,
            status_code=status,
        )
    why = f": {responses[status]}" if status in responses else ""
    return Fault(
        cause=f"the proxy did not reach {way.host}{why}",
        hint="check the spelling of the host, and try again later",
        category="intermediary",
        status_code=status,
    )


def address_fault(error: BaseException, way: Way) -> Fault:
    """Explain an address that httpx does not take."""
    return Fault(
        cause=f"the address of {way.host} cannot be used",
        hint=f"check {way.named}",
        passes=False,
    )


def request_fault(error: BaseException, way: Way) -> Fault:
    """Explain a request that cannot be sent."""
    return Fault(
        cause="the request breaks the rules of HTTP, and was not sent",
        hint="check headers in the profile",
        passes=False,
    )


def other_fault(error: BaseException, way: Way) -> Fault:
    """Explain what should not happen."""
    return Fault(
        cause=f"the exchange with {way.there} ended in {type(error).__name__}",
        hint="try again later; if it stays so, report it with the versions of ccflow "
        "and httpx",
    )
