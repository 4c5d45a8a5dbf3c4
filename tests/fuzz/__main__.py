"""Fuzz the readers of what others write, until the time is over."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Final

from tests.fuzz.answers import ANSWERS
from tests.fuzz.campaign import fuzz
from tests.fuzz.metadata import METADATA
from tests.fuzz.profiles import PROFILES
from tests.fuzz.target import Target


TARGETS: Final = {it.name: it for it in (ANSWERS, METADATA, PROFILES)}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="in all")
    parser.add_argument("--runs", type=int, help="inputs for each target; no time")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument(
        "--engine",
        choices=("auto", "atheris", "bytes"),
        default="auto",
        help="atheris is guided by the lines that are reached",
    )
    parser.add_argument("names", nargs="*", metavar="TARGET", help="only these")
    options = parser.parse_args()
    if unknown := set(options.names) - set(TARGETS):
        parser.error(f"expected {', '.join(TARGETS)}, got {', '.join(sorted(unknown))}")
    return options


def _with_bytes(target: Target, seconds: float, runs: int | None, seed: int) -> bool:
    if runs is None:
        report = fuzz(target, seconds=seconds, seed=seed)
    else:
        report = fuzz(target, runs=runs, seed=seed)
    rate = report.runs / max(report.seconds, 0.001)
    print(f"{target.name}: {report.runs:,} inputs, {rate:,.0f} a second")
    for region, times in report.regions.most_common():
        print(f"  {times:>9,}  {region}")
    if report.finding is None:
        return True
    data, error = report.finding
    path = Path(f"fuzz-{target.name}-{hashlib.sha256(data).hexdigest()[:12]}")
    path.write_bytes(data)
    print(f"FOUND, and kept in {path}:\n{data[:500]!r}")
    traceback.print_exception(error)
    return False


def _with_atheris(target: Target, seconds: float, seed: int) -> bool:
    """Run atheris in a process of its own, since it ends the one that it runs in."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(target.seeds()):
            (Path(corpus) / str(number)).write_bytes(data)
        limits = [f"-max_total_time={max(int(seconds), 1)}", f"-seed={seed + 1}"]
        usual = ["-max_len=20000", "-timeout=10", "-artifact_prefix=fuzz-"]
        command = [sys.executable, "-m", "tests.fuzz.guided", target.name]
        return not subprocess.call([*command, *limits, *usual, corpus])


def main() -> int:
    """Fuzz, and end with 1 when something was found."""
    options = _parse()
    names = options.names or list(TARGETS)
    has_atheris = importlib.util.find_spec("atheris") is not None
    guided = has_atheris and options.runs is None and options.engine != "bytes"
    if options.engine == "atheris" and not guided:
        print("atheris is not installed, or --runs is given", file=sys.stderr)
        return 2
    fine = True
    for name in names:
        seconds = options.seconds / len(names)
        if guided:
            fine &= _with_atheris(TARGETS[name], seconds, options.seed)
        else:
            fine &= _with_bytes(TARGETS[name], seconds, options.runs, options.seed)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
