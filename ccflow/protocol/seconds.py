"""How many seconds somebody may name."""

from __future__ import annotations

from typing import Final


DAY: Final = 86_400
YEAR: Final = 366 * DAY


def seconds_problem(value: float, most: int = YEAR) -> str | None:
    """Say why a number of seconds cannot be, or None; sockets take no larger ones."""
    if not value > 0:  # nor NaN
        return f"expected seconds above zero, got {value}"
    return (
        None if value <= most else f"expected seconds between 0 and {most}, got {value}"
    )
