"""The command ``ccflow``, or a word on how to install it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final


_NEEDED: Final = ("click", "rich")


def main() -> int:
    """Run the command line and return its exit code."""
    missing = [name for name in _NEEDED if not _is_installed(name)]
    if missing:
        sys.stderr.write(
            f"error: the command line needs {' and '.join(missing)}; "
            'run: pip install "ccflow-oauth[cli]"\n'
        )
        return 2
    try:
        from ccflow.cli.main import main as run

        return run()
    except KeyboardInterrupt:  # while it was still being imported
        return 130


def _is_installed(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
