"""The way to a server, gone by what a token request goes by, and where it ends."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from typing import Final

import attrs
import httpx

from ccflow.protocol.request import Text
from ccflow.protocol.request import wire_headers
from ccflow.wire.clients import make_client
from ccflow.wire.diagnosis import EXPLAINED
from ccflow.wire.diagnosis import diagnose
from ccflow.wire.fault import Fault
from ccflow.wire.fault import FaultError
from ccflow.wire.passage import PASSAGE
from ccflow.wire.proxy import make_proxy
from ccflow.wire.resolver import addresses_of
from ccflow.wire.trust import Trust
from ccflow.wire.way import Way


_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class _Arrived(Exception):  # noqa: N818 - nothing went wrong
    """The connection is there, and nothing of the request was sent."""


@attrs.define
class Walk:
    """
    How far it went on a route.

    Args:
        connection: The last connection, or the last TLS over one; None where there
            was none.

        ended: The step that it ended in: ``tcp``, ``proxy`` or ``tls``.

        fault: Why it ended there; None where it arrived.
    """

    connection: Any = None
    ended: str = "tcp"
    fault: Fault | None = None

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS with whoever is at the other end; None where there is none."""
        found = self.connection and self.connection.get_extra_info("ssl_object")
        return found or None


@attrs.frozen(kw_only=True)
class Route:
    """
    The way to a server.

    Args:
        url: Where to.

        trust: Through which proxy, trusting whom, known by what.

        seconds: The time for each thing that is tried.

        named: What names the address: a profile key, or an option.
    """

    url: str
    trust: Trust
    seconds: float
    named: str

    @property
    def first_stop(self) -> tuple[str, int]:
        """Host and port to connect to: the proxy's where there is one."""
        proxy = make_proxy(self.trust.proxy, None)
        url = httpx.URL(self.url) if proxy is None else proxy.url
        return url.host, url.port or _PORTS[url.scheme]

    def look_up(self) -> list[str] | Fault:
        """Return the addresses of the first stop."""
        host, port = self.first_stop
        try:
            return addresses_of(host, port, self.seconds)
        except EXPLAINED as error:
            return diagnose(error, self._way())

    def walk(self) -> Walk:
        """Connect, through TLS where it is https, and send nothing."""
        walk = Walk()

        def watch(event: str, info: Mapping[str, Any]) -> None:
            _, _, step = event.partition(".")
            if step in {"connect_tcp.complete", "start_tls.complete"}:
                walk.connection = info["return_value"]
            # What a proxy is told is not the request.
            if step == "send_request_headers.started":
                if info["request"].method != b"CONNECT":
                    raise _Arrived

        try:
            with self.get({}, {"trace": watch}):
                pass
        except _Arrived:
            pass
        except FaultError as error:
            walk.fault = error.fault
            if walk.connection is not None:
                walk.ended = "proxy" if self._way().is_at_proxy else "tls"
        return walk

    @contextmanager
    def get(
        self, headers: Mapping[str, Text], extensions: dict[str, Any] | None = None
    ) -> Iterator[httpx.Response]:
        """
        Send a GET over a new connection, and give the answer without its content.

        Args:
            headers: What to send; what is secret is a `Secret`.

            extensions: Those of httpx.

        Raises:
            SecretError: A file, or the proxy, of the configuration cannot be used.

            FaultError: No answer came.
        """
        fault = None
        with make_client(self.trust) as client:
            PASSAGE.begin(self.seconds, fresh=True)
            try:
                with client.stream(
                    "GET",
                    self.url,
                    headers=wire_headers(headers),
                    timeout=self.seconds,
                    extensions=extensions,
                ) as response:
                    yield response
            except EXPLAINED as error:
                fault = diagnose(error, self._way())
            finally:
                PASSAGE.finish()
        if fault is not None:
            # Out here, so that it does not chain to the request.
            raise FaultError(fault)

    def _way(self) -> Way:
        return Way(
            url=self.url,
            trust=self.trust,
            seconds=self.seconds,
            connect=self.seconds,
            now=time.time(),
            greets=PASSAGE.greets,
            secured=PASSAGE.secured,
            heard=PASSAGE.heard,
            named=self.named,
        )
