"""
How the servers of the catalogue answer, as data: one ``NAME.toml`` for each.

`find` makes an emulator dialect of a file; nobody pays for the others. How to write
one: providers/README.md. This package shares nothing with what it tests: it knows
``ccflow.emulator`` alone, and not the entries beside it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Final


if TYPE_CHECKING:
    from ccflow.emulator.dialect import Dialect

FOLDER: Final = Path(__file__).parent
_SUFFIX: Final = ".toml"


@cache
def names() -> frozenset[str]:
    """Return what there is a file for; none of them is read."""
    return frozenset(path.stem for path in FOLDER.glob(f"*{_SUFFIX}"))


def find(name: str) -> Dialect:
    """
    Return the dialect of one file.

    Raises:
        ValueError: The file cannot be read, or describes what there is not.
    """
    from ccflow_catalog.dialects.behaviour import make_dialect
    from ccflow_catalog.dialects.reading import read_description

    path = FOLDER / f"{name}{_SUFFIX}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return make_dialect(name, read_description(name, table))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
