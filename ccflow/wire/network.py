"""Opens the connections of httpx, so that all of them know the deadline."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - the first host name would import it, in mid-flight
import time
from collections.abc import Iterable

import httpcore

from ccflow.wire.passage import PASSAGE
from ccflow.wire.resolver import addresses_of
from ccflow.wire.stream import PlainStream


class Network(httpcore.NetworkBackend):
    """What httpcore connects with."""

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
        PASSAGE.opened, PASSAGE.sought = True, host
        seconds = PASSAGE.left(timeout)
        ends = time.monotonic() + seconds
        addresses = addresses_of(host, port, seconds)
        failure: Exception = httpcore.ConnectError("it has no address")
        for tried, address in enumerate(addresses):
            share = (ends - time.monotonic()) / (len(addresses) - tried)
            try:
                return PlainStream(
                    self._backend.connect_tcp(
                        address, port, max(share, 0.001), local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
