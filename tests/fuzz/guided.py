"""Runs one target under atheris: ``python -m tests.fuzz.guided answers``."""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["ccflow"], enable_loader_override=False):
        from tests.fuzz.__main__ import TARGETS

    run = TARGETS[name].run

    def once(data: bytes) -> None:
        run(data)

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


main()
