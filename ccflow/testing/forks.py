"""Forked children for tests: they say something, and end without a trace."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
import unittest
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any
from typing import NoReturn


class Child:
    """
    A forked process that runs a function, and says what it returns.

    Args:
        run: What it does; it is given the child, to `say` things before.

    Raises:
        unittest.SkipTest: This system does not fork.
    """

    def __init__(self, run: Callable[[Child], Any]) -> None:
        if not hasattr(os, "fork"):
            raise unittest.SkipTest("this system does not fork")
        reads, self._writes = os.pipe()
        with warnings.catch_warnings():
            # Python warns of forks beside threads, which are the point here.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid: int = os.fork()
        if self.pid == 0:
            self._live(run)
        os.close(self._writes)
        self._ear = os.fdopen(reads, "rb", buffering=0)

    def _live(self, run: Callable[[Child], Any]) -> NoReturn:
        status = 1
        try:
            self.say(run(self))
            status = 0
        except BaseException:  # noqa: BLE001 - it must not get into pytest
            traceback.print_exc()
        finally:
            os._exit(status)

    def say(self, what: Any) -> None:
        """Tell the parent something that JSON can say; for the child."""
        os.write(self._writes, json.dumps(what).encode() + b"\n")

    def hear(self, timeout: float = 30.0) -> Any:
        """Return what the child says next."""
        if not select.select([self._ear], [], [], timeout)[0]:
            self.kill()
            raise AssertionError(f"a child said nothing for {timeout} s")
        line = self._ear.readline()
        if not line:
            raise AssertionError("a child failed; what it printed says why")
        return json.loads(line)

    def kill(self) -> list[Any]:
        """Kill it, unless it has ended; return what it said and nobody heard."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with self._ear:
            # Its own children may live on, so that this has no end.
            os.set_blocking(self._ear.fileno(), False)
            said = self._ear.read() or b""
        return [json.loads(line) for line in said.splitlines()]

    def join(self) -> None:
        """Wait until it has ended."""
        os.waitpid(self.pid, 0)
        self._ear.close()


def in_children(run: Callable[[int], Any], count: int) -> list[Any]:
    """Run a function in several children at about the same time."""
    start = time.time() + 0.05

    def wait_and_run(number: int, _: Child) -> Any:
        time.sleep(max(start - time.time(), 0))
        return run(number)

    children = [Child(partial(wait_and_run, number)) for number in range(count)]
    said = [child.hear() for child in children]
    for child in children:
        child.join()
    return said
