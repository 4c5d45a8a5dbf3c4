"""Measure all figures and print them. Misses are told, not failed: it is no test."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator

import httpx

import ccflow
from bench import cached
from bench import cold
from bench import imports
from bench import request
from bench.figure import Figure


def seconds(value: float) -> str:
    """Write a time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def rows() -> Iterator[tuple[str, ...]]:
    """Give the lines of the table, as they are measured."""
    yield "figure", "ours", "against", "theirs", "value", "aim", "verdict"
    for module in (cached, imports, cold, request):
        for figure in module.measure():
            yield row(figure)


def row(figure: Figure) -> tuple[str, ...]:
    """Write one figure."""
    return (
        figure.what,
        seconds(figure.ours),
        figure.against,
        seconds(figure.theirs),
        f"{figure.value:.2f}{figure.unit}",
        f"< {figure.aim:g}{figure.unit}" if figure.aim is not None else "",
        figure.verdict,
    )


def main() -> int:
    """Print the table."""
    print(
        f"ccflow {ccflow.__version__}, httpx {httpx.__version__}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores\n"
    )
    widths = (28, 8, 30, 8, 13, 13, 0)
    for cells in rows():
        line = "  ".join(
            f"{it:<{width}}" for it, width in zip(cells, widths, strict=True)
        )
        print(line.rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
