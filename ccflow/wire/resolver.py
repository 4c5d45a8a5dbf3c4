"""
The addresses of a name, within a time.

The system's look-up knows no limit: a name server that does not answer holds it up
for half a minute. So it runs on a thread of its own, which is left behind.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from typing import Final

import httpcore


_THREAD: Final = "ccflow-resolver"
_Found = list[str] | OSError | UnicodeError


class LookUpTimeout(httpcore.ConnectTimeout):
    """Nobody said in time which addresses a name has."""


def addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """
    Return the addresses of a host, the best first.

    Raises:
        ConnectError: It has none, or nobody knows.

        LookUpTimeout: Nobody says so in time.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    answers: queue.SimpleQueue[_Found] = queue.SimpleQueue()
    look_up = threading.Thread(
        target=lambda: answers.put(_look_up(host, port)), name=_THREAD, daemon=True
    )
    try:
        look_up.start()
    except RuntimeError:  # no thread to be had
        answers.put(_look_up(host, port))
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise LookUpTimeout("no name server answered") from None
    if isinstance(found, list):
        return found
    try:
        raise found
    except (OSError, UnicodeError) as error:
        # While it is handled: httpcore takes the cause away, and leaves the context.
        raise httpcore.ConnectError("the name has no address") from error


def _look_up(host: str, port: int) -> _Found:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for a label that is too long
        return error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
