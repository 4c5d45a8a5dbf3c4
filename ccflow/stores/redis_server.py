"""
A Redis server as one sees it who can do without: quick to give up, slow to ask again.

What is raised here is a `StoreError` with nothing behind it: the exceptions of redis-py
have frames that hold the password, and texts that a server wrote.
"""

from __future__ import annotations

import importlib.util
import math
import os
import time
from collections.abc import Callable
from typing import Any
from typing import Final
from typing import Protocol
from typing import TypeVar
from typing import cast
from urllib.parse import urlsplit

import attrs

from ccflow.fork_wait import fork_waits
from ccflow.process import chance
from ccflow.secret import Secret
from ccflow.store import StoreError
from ccflow.stores.redis_failure import explain


T = TypeVar("T")

_SCHEMES: Final = ("redis", "rediss", "unix")


class Client(Protocol):
    """What is used of redis-py."""

    def get(self, name: str) -> object: ...

    def set(self, name: str, value: str, *, nx: bool, px: int) -> object: ...

    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> object: ...


@attrs.frozen(kw_only=True)
class Patience:
    """
    How long things may take, in seconds; and time and chance, for tests.

    Args:
        lease: When a lock ends that nobody gave back. A fetch that takes longer may
            be joined by another; which of the two is kept, compare-and-set decides.

        timeout: For connecting, and for each answer.

        pause: In which the server is not asked again after it failed, or after an
            answer took half of the timeout: a fetch needs several answers.

        steady: A clock that nobody sets.

        sleep: Waits.

        chance: A number from 0 to 1.
    """

    lease: float = 30.0
    timeout: float = 1.0
    pause: float = 5.0
    steady: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = chance


class Server:
    """
    A server and what is known of its health.

    Args:
        url: Where it is, with the password.

        place: Where it is, without.

        patience: How long things may take.
    """

    def __init__(self, url: Secret, place: str, patience: Patience) -> None:
        self._url = url
        self._place = place
        self._patience = patience
        self._steady = patience.steady
        self._client: tuple[int, Client] | None = None
        self._down: tuple[float, str, bool] = (-math.inf, "", False)

    def do(self, use: Callable[[Client], T], *, patiently: bool = False) -> T:
        """
        Use the server.

        Args:
            use: What to do with it.

            patiently: Whether to ask although it was slow, unless it was silent.

        Raises:
            StoreError: It failed now, or a moment ago.
        """
        until, problem, silent = self._down
        if self._steady() < until and (silent or not patiently):
            raise StoreError(problem)
        try:
            self._connected()  # Importing redis-py takes a while.
            started = self._steady()
            # In no variable: its repr has the password in some versions.
            result = use(self._connected())
            if self._steady() - started > self._patience.timeout / 2:
                self._shun("is slow", silent=False)
            return result
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - nothing of redis-py gets out
            failure = explain(error, self._patience.timeout)
        # The next try looks the name up again: another server may have taken over.
        self._client = None
        if failure.costly:
            self._shun(failure.problem, silent=True)
        sentence = self._sentence(failure.problem)
        raise StoreError(sentence, reread_secrets=failure.refused)

    def _shun(self, problem: str, *, silent: bool) -> None:
        until = self._steady() + self._patience.pause
        self._down = (until, self._sentence(problem), silent)

    def _sentence(self, problem: str) -> str:
        return f"the Redis server {self._place} {problem}"

    def _connected(self) -> Client:
        """Return this process's client: a fork shares no connection."""
        pid, known = os.getpid(), self._client
        if known is None or known[0] != pid:
            known = self._client = (pid, _connect(self._url, self._patience.timeout))
        return known[1]


def read_place(url: Secret) -> str | None:
    """Return what may be told of a URL, or None; raises nothing: its frame knows."""
    try:
        parts = urlsplit(url.reveal())
        if parts.scheme not in _SCHEMES:
            return None
        if "@" in parts.path + parts.query + parts.fragment:
            return None  # A password with a slash in it ends up there.
        if parts.scheme == "unix":
            return f"unix://{parts.path}"
        return f"{parts.scheme}://{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError:
        return None


def _without_a_name() -> dict[str, None]:
    """
    Return what keeps redis-py from telling the server its name and version.

    It costs two answers that the server refuses to our user, and each connection
    would look its version up: that imports, and hangs a child that was forked while
    another thread imported the same.
    """
    if importlib.util.find_spec("redis.driver_info") is not None:
        return {"driver_info": None}
    return {"lib_name": None, "lib_version": None}  # before redis-py 7.2


def _connect(url: Secret, timeout: float) -> Client:
    try:
        with fork_waits():
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry

            from ccflow.stores import redis_connection
    except ImportError:
        raise StoreError(
            'the redis store needs redis-py; run: pip install "ccflow-oauth[redis]"'
        ) from None
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,  # The newer one asks for notices that nobody reads here.
        **_without_a_name(),
    }
    match url.reveal().partition(":")[0]:
        case "rediss":
            options["ssl_check_hostname"] = True  # not the default before redis-py 6
            options["connection_class"] = redis_connection.Tls
        case "unix":
            options["connection_class"] = redis_connection.Unix
        case _:
            options["connection_class"] = redis_connection.Tcp
    return cast("Client", Redis.from_url(url.reveal(), **options))
