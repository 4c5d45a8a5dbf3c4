"""What a call may say instead of the profile, in one form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ccflow.config.profile import Profile


Many = str | Iterable[str] | None


def as_scope(value: Many) -> tuple[str, ...] | None:
    """
    Return a scope as a tuple; None stays None, which keeps the profile's.

    Raises:
        TypeError: It is something else.
    """
    return _texts("scope", value.split() if isinstance(value, str) else value)


def as_resource(value: Many) -> tuple[str, ...] | None:
    """
    Return resources as a tuple; None stays None, which keeps the profile's.

    Raises:
        TypeError: It is something else.
    """
    return _texts("resource", [value] if isinstance(value, str) else value)


def as_audience(value: object) -> str | None:
    """
    Return an audience; None stays None, which keeps the profile's.

    Raises:
        TypeError: It is something else.
    """
    if value is not None and not isinstance(value, str):
        raise TypeError(f"audience is text, not {_kind(value)}")
    return value


def as_profile(value: object) -> Profile:
    """
    Return a profile.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, Profile):
        raise TypeError(
            "expected a ccflow.Profile (the functions of ccflow take its name, too), "
            f"got {_kind(value)}"
        )
    return value


def _texts(name: str, parts: object) -> tuple[str, ...] | None:
    if parts is None:
        return None
    found: tuple[Any, ...] = tuple(parts) if isinstance(parts, Iterable) else (parts,)
    for part in found:
        if not isinstance(part, str):
            raise TypeError(f"{name} is text or texts, not {_kind(part)}")
    return found


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
