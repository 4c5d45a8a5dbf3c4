"""Wheels, built as their authors would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def build_wheel(project: Path, directory: Path, *options: str) -> Path:
    """Build a project with the backend that is installed here; nothing is fetched."""
    command = [sys.executable, "-m", "build", "--no-isolation", *options]
    made = subprocess.run(
        [*command, "--outdir", directory, project], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (wheel,) = directory.glob("*.whl")
    return wheel
