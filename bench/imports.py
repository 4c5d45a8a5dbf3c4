"""`import ccflow` against `import httpx`, each in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from bench.figure import Figure
from bench.figure import ratio
from bench.server import Server


ROUNDS: Final = 15

_PROGRAM: Final = """
from time import perf_counter
start = perf_counter()
import {module}
print(perf_counter() - start)
"""


def measure(_: Server) -> Iterator[Figure]:
    """Compare the two."""
    taken: dict[str, list[float]] = {"ccflow": [], "httpx": []}
    for module in taken:  # reads the files once, and compiles them if need be
        _seconds_of(module)
    for _ in range(ROUNDS):
        for module, seconds in taken.items():
            seconds.append(_seconds_of(module))
    yield ratio("import ccflow", "import httpx", *taken.values(), aim=0.5)


def _seconds_of(module: str) -> float:
    program = _PROGRAM.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return float(done.stdout)
