"""What a call may say instead of the profile, in one form."""

from __future__ import annotations

from collections.abc import Iterable


Many = str | Iterable[str] | None


def as_scope(value: Many) -> tuple[str, ...] | None:
    """Return a scope as a tuple; None stays None, which keeps the profile's."""
    parts = value.split() if isinstance(value, str) else value
    return None if parts is None else tuple(parts)


def as_resource(value: Many) -> tuple[str, ...] | None:
    """Return resources as a tuple; None stays None, which keeps the profile's."""
    parts = [value] if isinstance(value, str) else value
    return None if parts is None else tuple(parts)
