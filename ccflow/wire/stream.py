"""
A connection whose every wait ends by the deadline of the whole request.

httpx has a time limit for each read; a server that sends a byte a second meets it
for ever.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any
from typing import Final
from typing import TypeVar

import httpcore

from ccflow.wire.passage import PASSAGE


T = TypeVar("T")

_CHUNK: Final = 65536


class Stream(httpcore.NetworkStream):
    """What httpx reads and writes; notes how an answer begins."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self.receive(max_bytes, timeout)
        PASSAGE.hear(data)
        return data

    @abstractmethod
    def receive(self, max_bytes: int, timeout: float | None) -> bytes:
        """Read without a note."""

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Speak TLS from here on, over plain TCP and over TLS to a proxy alike."""
        try:
            return TlsStream(self, ssl_context, server_hostname or "", timeout)
        except BaseException:
            self.close()
            raise


class PlainStream(Stream):
    """
    A TCP connection.

    Args:
        stream: What httpcore opened.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def receive(self, max_bytes: int, timeout: float | None) -> bytes:
        return self._stream.read(max_bytes, PASSAGE.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, PASSAGE.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        # The pool asks before it uses a kept connection: one to be read from was
        # closed by the server, and this request may want none that was kept.
        if info == "is_readable" and PASSAGE.fresh:
            return True
        return self._stream.get_extra_info(info)


class TlsStream(Stream):
    """
    TLS over another stream, in memory.

    Not by the socket of ssl: it knows no deadline where one TLS runs in another,
    and that of truststore holds a lock for the whole handshake, so that one slow
    server stops all others.

    Args:
        below: What carries it.

        context: Whom to trust.

        host: Whose certificate it must be.

        timeout: Seconds for the handshake.

    Raises:
        ConnectError: There is no TLS with that host.

        ConnectTimeout: There is none in time.
    """

    def __init__(
        self, below: Stream, context: ssl.SSLContext, host: str, timeout: float | None
    ) -> None:
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        ends = time.monotonic() + PASSAGE.left(timeout)
        PASSAGE.greets = host
        PASSAGE.secured += (host,)
        PASSAGE.heard = b""
        try:
            self._tls = context.wrap_bio(
                self._incoming, self._outgoing, server_hostname=host
            )
            self._perform(self._tls.do_handshake, lambda: ends - time.monotonic())
        except (ssl.SSLError, ValueError) as error:  # the latter for an odd name
            raise httpcore.ConnectError(str(error)) from error
        except httpcore.TimeoutException as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except httpcore.NetworkError as error:
            raise httpcore.ConnectError(str(error)) from error
        PASSAGE.greets = None

    def _perform(
        self, step: Callable[[], T], time_left: Callable[[], float | None]
    ) -> T:
        """Repeat a step of TLS until it has what it needs from the other side."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                self._say_why(time_left())
                raise
            else:
                self._flush(time_left())
                return result
            # Out here, so that a failure of the network is not one of TLS.
            self._flush(time_left())
            self._fetch(time_left())

    def _say_why(self, timeout: float | None) -> None:
        """Send the alert of a failure; the other side may have hung up already."""
        with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        if self._outgoing.pending:
            self._below.write(self._outgoing.read(), timeout)

    def _fetch(self, timeout: float | None) -> None:
        data = self._below.receive(_CHUNK, timeout)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def receive(self, max_bytes: int, timeout: float | None) -> bytes:
        try:
            return self._perform(lambda: self._tls.read(max_bytes), lambda: timeout)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # Many servers hang up without a word; HTTP knows the length.
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            while buffer:
                step = partial(self._tls.write, buffer)
                buffer = buffer[self._perform(step, lambda: timeout) :]
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._below.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        if info == "is_readable" and self._incoming.pending:
            return True
        return self._below.get_extra_info(info)
