"""Is there a way to the server: name, connection, proxy, TLS?"""

from __future__ import annotations

import ssl
from collections.abc import Generator
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import kind_of
from ccflow.doctor.route import Route
from ccflow.doctor.route import Walk
from ccflow.wire.fault import Fault


STEPS: Final = ("dns", "tcp", "proxy", "tls")

# For a second look, after the first one has failed.
_LOOK: Final = 5.0


def fault_of(step: str, fault: Fault) -> Finding:
    """Tell why there was no answer."""
    kind = kind_of(fault.error(step))
    return Finding(step, "error", fault.cause, fault.hint, kind)


def check_connection(route: Route, now: float) -> Generator[Finding, None, bool]:
    """
    Go the way of a request, send nothing, and say whether it arrived.

    Args:
        route: Where to.

        now: Epoch seconds.
    """
    host, port = route.first_stop
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    found = route.look_up()
    if isinstance(found, Fault):
        yield fault_of("dns", found)
        return False
    yield Finding("dns", "ok", _names(route, host, found))
    walk = route.walk()
    if walk.connection is None:
        yield _told(walk)
        return False
    whose = "the proxy at " if route.trust.proxy is not None else ""
    yield Finding("tcp", "ok", f"there is a connection to {whose}{place}")
    if walk.ended == "proxy":
        yield _told(walk)
        return False
    there = urlsplit(route.url).netloc
    through = f"it lets requests through to {there}"
    none = route.trust.proxy is None
    yield Finding("proxy", "ok", "none is used" if none else through)
    if walk.fault is not None:
        yield _told(walk)
        yield from _look_at_certificate(route)
        return False
    yield from _check_tls(walk, there, now)
    return True


def _told(walk: Walk) -> Finding:
    return fault_of(walk.ended, walk.fault or Fault(cause="it ended", hint="try again"))


def _names(route: Route, host: str, found: list[str]) -> str:
    whose = f"the proxy {host}" if route.trust.proxy is not None else host
    if found == [host]:
        return f"{whose} is an address already"
    return f"{whose} is {', '.join(found)}"


def _check_tls(walk: Walk, there: str, now: float) -> Iterator[Finding]:
    if walk.tls is None:
        yield Finding("tls", "skipped", "there is none: the address is plain http")
        return
    # cryptography costs 40 ms to import; what fails earlier does not need it.
    from ccflow.doctor.server_certificate import describe_tls

    yield from describe_tls(walk.tls, there, now)


def _look_at_certificate(route: Route) -> Iterator[Finding]:
    """Tell what the server shows; no request goes over this connection."""
    if route.trust.proxy is not None:
        return
    try:
        pem = ssl.get_server_certificate(route.first_stop, timeout=_LOOK)
    except (OSError, ValueError):
        return
    from ccflow.doctor.server_certificate import describe_pem

    text = f"the certificate that it shows is {describe_pem(pem)}"
    yield Finding("tls", "note", text)
