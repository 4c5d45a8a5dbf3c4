"""Measure all figures and print them. Misses are told, not failed: it is no test."""

from __future__ import annotations

import argparse
import functools
import logging
import os
import platform
import sys
import traceback
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

import httpx

import ccflow
from bench import cached
from bench import cold
from bench import competitors
from bench import dead
from bench import herd_tasks
from bench import herd_threads
from bench import imports
from bench import keys
from bench import lockout
from bench import processes
from bench import provider
from bench import reading
from bench import request
from bench import steady
from bench.figure import Figure
from bench.figure import Note
from bench.server import Server
from bench.server import running_server


_HEAD: Final = ("figure", "ours", "against", "theirs", "value", "aim", "verdict")
_WIDTHS: Final = (40, 12, 30, 22, 18, 12, 0)
_Measure = Callable[[Server], Iterator[Figure | Note]]


def measures(steady_seconds: float) -> dict[str, _Measure]:
    """Return what can be measured, by name, in the order in which it is."""
    return {
        "request": request.measure,  # before the others import httpx2
        "imports": imports.measure,
        "provider": provider.measure,
        "cached": cached.measure,
        "cold": cold.measure,
        "reading": reading.measure,
        "herd-threads": herd_threads.measure,
        "herd-tasks": herd_tasks.measure,
        "steady": functools.partial(steady.measure, seconds=steady_seconds),
        "processes": processes.measure,
        "keys": keys.measure,
        "dead": dead.measure,
        "lockout": lockout.measure,
    }


def show(cells: tuple[str, ...]) -> None:
    """Print one row of the table."""
    padded = [f"{it:<{width}}" for it, width in zip(cells, _WIDTHS, strict=True)]
    print("  ".join(padded).rstrip(), flush=True)


def run(name: str, measure: _Measure) -> None:
    """Measure one thing; if that fails, say so and let the others be measured."""
    try:
        with running_server() as server:
            for found in measure(server):
                if isinstance(found, Note):
                    print(found.text, flush=True)
                else:
                    show(found.cells)
    except Exception:
        print(f"{name} could not be measured:\n{traceback.format_exc()}", flush=True)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of steady calls")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    logging.getLogger("ccflow").addHandler(logging.NullHandler())
    options = parser.parse_args()
    known = measures(options.seconds)
    if unknown := set(options.names) - set(known):
        parser.error(f"expected {', '.join(known)}, got {', '.join(sorted(unknown))}")
    print(
        f"ccflow {ccflow.__version__}, httpx {httpx.__version__}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores"
    )
    for note in competitors.missing():
        print(note.text)
    print()
    show(_HEAD)
    for name in options.names or known:
        run(name, known[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
