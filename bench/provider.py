"""What naming a provider of the catalogue costs, once profiles can be read at all."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

from bench.figure import Figure
from bench.figure import seconds
from bench.server import Server


ROUNDS: Final = 15

_PROGRAM: Final = """
import ccflow.config.load
from ccflow.plugin.registry import find_provider
from time import process_time
start = process_time()
find_provider({name!r})
print(process_time() - start)
"""


def measure(_: Server) -> Iterator[Figure]:
    """Look at the longest file, and at one of our packages."""
    taken: dict[str, list[float]] = {"entra": [], "okta": []}
    with tempfile.TemporaryDirectory() as directory:
        # Compiled once, as an installation is, whatever the environment says.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": directory}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in taken:
            _seconds_of(name, environment)
        for _turn in range(ROUNDS):
            for name, found in taken.items():
                found.append(_seconds_of(name, environment))
    ours, theirs = (statistics.median(found) for found in taken.values())
    yield Figure(
        what="a provider of the catalogue (entra)",
        against="one in Python (okta)",
        ours=seconds(ours),
        theirs=seconds(theirs),
        value=ours * 1e3,
        unit=" ms",
        aim=5,
    )


def _seconds_of(name: str, environment: Mapping[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(name=name)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
