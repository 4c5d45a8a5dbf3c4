"""
The HTTP clients: one for each TLS configuration, made when it is first needed.

A file of it may be replaced while the process runs. Then the next request gets a
new client, and the old one is closed by the last request that uses it.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any
from typing import Final

import attrs
import httpx

from ccflow.errors import SecretError
from ccflow.fork_wait import fork_waits
from ccflow.process import PROCESS
from ccflow.wire.authorities import authorities
from ccflow.wire.network import Network
from ccflow.wire.proxy import make_proxy
from ccflow.wire.trust import Stamp
from ccflow.wire.trust import Trust


_LOG: Final = logging.getLogger("ccflow")

# A proxy's password that changes makes another configuration each time.
MOST_CLIENTS: Final = 64


class _NoCookies(CookieJar):
    """Clients are shared, and what one profile was given is not the other's."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take none."""


def make_client(trust: Trust) -> httpx.Client:
    """
    Build the client of a TLS configuration.

    Raises:
        SecretError: A file of it, or the proxy, cannot be used.
    """
    proxy = make_proxy(trust.proxy, trust.ca_file)
    context = authorities(trust.ca_file)
    if trust.certificate is not None:
        trust.certificate.load_into(context)
    transport = httpx.HTTPTransport(verify=context, proxy=proxy)
    # The one way to reach every read of httpx; a test watches that it still is one.
    transport._pool._network_backend = Network()  # noqa: SLF001
    return httpx.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [_keep_location]},
        cookies=_NoCookies(),
    )


def _keep_location(response: httpx.Response) -> None:
    """
    Put the header of a redirect aside, before httpx makes a request of it.

    It does so even when it is not to follow, and its error quotes what it cannot
    parse.
    """
    if (location := response.headers.pop("location", None)) is not None:
        response.extensions["ccflow.location"] = {"location": location}


@attrs.define(eq=False)
class _Pooled:
    """A client, the files that it was made of, and how many requests use it."""

    client: httpx.Client
    stamp: Stamp
    users: int = 0
    retired: bool = False


# The one that was used last comes last.
_pool: OrderedDict[Trust, _Pooled] = OrderedDict()
_building = threading.Lock()


@contextmanager
def open_client(trust: Trust) -> Iterator[httpx.Client]:
    """
    Lend the one client of a TLS configuration.

    Raises:
        SecretError: It cannot be built.
    """
    pooled = _borrow(trust)
    try:
        yield pooled.client
    finally:
        _give_back(pooled)


def _borrow(trust: Trust) -> _Pooled:
    pooled = _find(trust, trust.stamp())
    if pooled is not None:
        return pooled
    # A fork in the midst of it would leave the child a lock of OpenSSL's, held.
    with _building, fork_waits():
        stamp = trust.stamp()
        pooled = _find(trust, stamp)
        return pooled if pooled is not None else _add(trust, stamp)


def _find(trust: Trust, stamp: Stamp) -> _Pooled | None:
    """Return the client of a configuration, if it was made of these files."""
    with PROCESS.lock:
        pooled = _pool.get(trust)
        if pooled is None or pooled.stamp != stamp:
            return None
        _pool.move_to_end(trust)
        pooled.users += 1
        return pooled


def _add(trust: Trust, stamp: Stamp) -> _Pooled:
    try:
        made = _Pooled(make_client(trust), stamp, users=1)
    except SecretError:
        again = trust.stamp()
        if again == stamp:
            raise
        # The files were being replaced, one after the other.
        made = _Pooled(make_client(trust), again, users=1)
    if trust.certificate is not None and (warning := trust.certificate.warning()):
        _LOG.warning("%s", warning)
    with PROCESS.lock:
        surplus = [_pool.pop(trust, None)]
        _pool[trust] = made
        while len(_pool) > MOST_CLIENTS:
            surplus.append(_pool.popitem(last=False)[1])
    for pooled in surplus:
        if pooled is not None:
            _retire(pooled)
    return made


def _retire(pooled: _Pooled) -> None:
    with PROCESS.lock:
        pooled.retired = True
        idle = not pooled.users
    if idle:
        pooled.client.close()


def _give_back(pooled: _Pooled) -> None:
    with PROCESS.lock:
        pooled.users -= 1
        last = pooled.retired and not pooled.users
    if last:
        pooled.client.close()


def _forget() -> None:
    global _building  # noqa: PLW0603 - the parent's may be held for ever in a child
    _building = threading.Lock()
    # Not closed: the sockets are the parent's as well.
    _pool.clear()


PROCESS.in_child(_forget)


@atexit.register
def close_clients() -> None:
    """Close the connections; what is still under way there fails."""
    while _pool:
        _, pooled = _pool.popitem()
        pooled.client.close()
