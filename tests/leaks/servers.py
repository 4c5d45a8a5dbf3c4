"""The servers that everything goes wrong at: one of a kind for the whole run."""

from __future__ import annotations

import contextlib
import re
import socket
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from tests.leaks.echoes import ENCODINGS
from tests.leaks.failure import Say
from tests.stores.servers import RedisServer
from tests.support.certificates import server_context
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import http


_PLACE = re.compile(r"/([a-z0-9-]+)/([a-zA-Z0-9-]+)/(\d+)")


def _speak_http(line: Line) -> None:
    line.stream.recv(10)
    line.send(http(400, "this is plain http"))
    line.stream.close()


def _refuse_version(line: Line) -> None:
    line.stream.recv(65536)
    line.send(bytes.fromhex("15 0301 0002 02 46"))  # an alert: protocol_version
    line.stream.close()


def _say_nothing(line: Line) -> None:
    line.hold()


class Servers:
    """
    All of them, while it is entered.

    Args:
        says: What is answered to a request, by the name of the failure.

        directory: For the files of one that needs some; empty.
    """

    def __init__(self, says: Mapping[str, Say], directory: Path) -> None:
        self._says = says
        self._directory = directory
        # What came, and what was repeated of it, by the number of the cell.
        self.heard: defaultdict[int, list[Received]] = defaultdict(list)
        self.told: defaultdict[int, list[str]] = defaultdict(list)

    @contextlib.contextmanager
    def running(self) -> Iterator[Servers]:
        """Run them."""
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            ours = server_context(clients="ours", optional=True)
            self.main = enter(HostileServer(self._answer, context=ours))
            elsewhere = server_context("other.example")
            self.other_host = enter(HostileServer(self._answer, context=elsewhere))
            old = server_context(expired=True)
            self.expired = enter(HostileServer(self._answer, context=old))
            self.no_tls = enter(HostileServer(b"", greet=_speak_http))
            self.old_tls = enter(HostileServer(b"", greet=_refuse_version))
            self.silent = enter(HostileServer(b"", greet=_say_nothing))
            self.proxy = enter(HostileServer(self._proxy_answer, host="127.0.0.1"))
            self.redis = RedisServer(self._directory)
            stack.callback(self.redis.stop)
            # Taken, so that nobody else listens there.
            taken = enter(socket.socket())
            taken.bind(("127.0.0.1", 0))
            self.nobody: int = taken.getsockname()[1]
            yield self

    def _answer(self, line: Line, request: Received) -> bytes | None:
        place = _PLACE.search(request.target)
        if place is None:
            return http(404, f"there is no {request.target}")
        name, encoding, number = place[1], place[2], int(place[3])
        return self._say(line, request, name, encoding, number)

    def _proxy_answer(self, line: Line, request: Received) -> bytes | None:
        """Answer at a proxy, whose user names the cell."""
        encoded = (request.header("proxy-authorization") or "").partition(" ")[2]
        user = b64decode(encoded).decode().partition(":")[0]
        name, encoding, number = user.split(".")
        return self._say(line, request, name, encoding, int(number))

    def _say(
        self, line: Line, request: Received, name: str, encoding: str, number: int
    ) -> bytes | None:
        told = ENCODINGS[encoding](request)
        self.heard[number].append(request)
        self.told[number].append(told)
        answer = self._says[name](told)
        return answer(line, request) if callable(answer) else answer
