"""The members of a success: the token, its type, its lifetime, its scope."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.protocol.member import find_member
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.wait import read_date


_TOKEN_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._~+/:-]{0,59}")
_BOUND_TYPES: Final = frozenset({"pop", "mac"})
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
# Thirty years. Beyond it a number is a way to write "never", or no lifetime at all:
# an epoch second, or milliseconds of a token that lives for some weeks.
_LONGEST_LIFETIME: Final = 1e9
# As a second it would lie three thousand years ahead, as a millisecond in 1973.
_EARLIEST_MILLISECOND: Final = 1e11
_ISO_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,][0-9]{1,9})? ?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_ZONE: Final = re.compile(r" (?:GMT|UTC|[+-][0-9]{4})\Z")


def is_visible(access_token: object) -> bool:
    """Say whether it can be a token: visible ASCII (RFC 6749 appendix A.12)."""
    return isinstance(access_token, str) and bool(_VISIBLE.fullmatch(access_token))


def find_token(members: Mapping[str, Any], quirks: Quirks) -> object:
    """Return what stands where the token should, or None where nothing does."""
    found = (find_member(members, path) for path in quirks.access_token_members)
    return next((value for value in found if value), None)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    # Python reads more than what is written so elsewhere: 1_000, and other scripts.
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _moment(value: object) -> float | None:
    """Return a time as epoch seconds; a date tells none without its zone."""
    number = _number(value)
    if number is not None:
        return number if abs(number) < _EARLIEST_MILLISECOND else number / 1000
    if not isinstance(value, str):
        return None
    text = value.strip()
    if found := _ISO_DATE.fullmatch(text):
        year, month, day, time, zone = found.groups()
        name = _MONTHS[3 * int(month) - 3 : 3 * int(month)]
        text = f"{day} {name} {year} {time} {zone.upper().replace(':', '')}"
        text = text.replace(" Z", " GMT")
    return read_date(text) if _ZONE.search(text) else None


def read_lifetime(value: object, *, unit: float = 1.0) -> float | None:
    """
    Return a lifetime in seconds, or None where it is unknown.

    It comes as an integer, a float or text; absent, zero, negative and absurd ones
    say nothing that can be relied on.

    Args:
        value: What the answer has.

        unit: How many seconds one of it is.
    """
    number = _number(value)
    seconds = 0.0 if number is None else number * unit
    return seconds if 0 < seconds <= _LONGEST_LIFETIME else None


def find_lifetime(
    members: Mapping[str, Any], quirks: Quirks, server_now: Callable[[], float]
) -> float | None:
    """
    Return the lifetime that an answer tells, in seconds, or None.

    Args:
        members: Those of the answer.

        quirks: Which members tell it, and how.

        server_now: Gives the server's own epoch seconds, for a time of expiry.
    """
    unit = 0.001 if quirks.expires_in_unit == "milliseconds" else 1.0
    for path in quirks.expires_in_members:
        seconds = read_lifetime(find_member(members, path), unit=unit)
        if seconds is not None:
            return seconds
    for path in quirks.expires_at_members:
        at = _moment(find_member(members, path))
        seconds = None if at is None else read_lifetime(at - server_now())
        if seconds is not None:
            return seconds
    return None


def read_scope(value: object) -> tuple[str, ...] | None:
    """Return the granted scopes; None where they are absent, null or empty."""
    if isinstance(value, list):
        value = " ".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return None
    parts = value.split()
    if "," in value and (len(parts) == 1 or any(map(_has_loose_comma, parts))):
        parts = value.replace(",", " ").split()
    return tuple(parts) or None


def _has_loose_comma(part: str) -> bool:
    """Say whether a comma stands beside a blank; one between letters is theirs."""
    return part.startswith(",") or part.endswith(",")


def find_scope(members: Mapping[str, Any], quirks: Quirks) -> tuple[str, ...] | None:
    """Return the granted scopes; None where the answer does not tell them."""
    found = (read_scope(find_member(members, path)) for path in quirks.scope_members)
    return next((scope for scope in found if scope), None)


def needs_proof(token_type: str) -> bool:
    """Say whether a token of this type is of no use without a key of ours."""
    return token_type.strip().casefold() in _BOUND_TYPES


def read_token_type(value: object, quirks: Quirks) -> str | None:
    """
    Return the type as it came, or None where the token cannot be used.

    RFC 6749 section 7.1: a client must not use a token whose type it does not
    understand. One that is missing is Bearer, as it nearly always is.
    """
    if not isinstance(value, str) or not (told := value.strip()):
        return "Bearer"
    plain = told.casefold()
    if "bearer" not in plain and plain != "dpop":
        if plain not in {name.casefold() for name in quirks.bearer_token_types}:
            return None
    return told if _TOKEN_TYPE.fullmatch(told) else "Bearer"
