"""A token as a record of a store, and back."""

from __future__ import annotations

import json
import math
from typing import Any

import attrs

from ccflow.engine.freshness import Moment
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.success import is_visible
from ccflow.protocol.success import read_lifetime
from ccflow.secret import Secret
from ccflow.store import Record


@attrs.frozen
class StoredToken:
    """
    An answer and when it was asked for, as another process left it.

    Args:
        response: What the server told.

        asked: Epoch seconds, by the clock of whoever asked.
    """

    response: TokenResponse
    asked: float

    def moment(self, now: Moment) -> Moment:
        """
        Return when it was asked for on this process's clocks.

        A clock that is a little ahead of ours would make it younger than it can
        be; it counts from now then.
        """
        age = max(now.wall - self.asked, 0.0)
        return Moment(now.wall - age, now.steady - age)


def to_record(response: TokenResponse, asked: float, kept_for: float) -> Record:
    """
    Return the record of a token.

    Args:
        response: What the server told.

        asked: When it was asked for, in epoch seconds.

        kept_for: Seconds from then until it is of no use.
    """
    members = {
        "token": 1,
        "access_token": response.access_token.reveal(),
        "token_type": response.token_type,
        "expires_in": response.expires_in,
        "scope": response.scope,
        "extra": dict(response.extra),
        "refresh_in": response.refresh_in,
        "asked": asked,
    }
    return Record(json.dumps(members).encode(), asked + kept_for)


def from_record(record: Record) -> StoredToken | None:
    """Return the token of a record, or None where it is no such record."""
    try:
        members: Any = json.loads(record.value)
        if not _is_token(members):
            return None
        scope = members["scope"]
        response = TokenResponse(
            access_token=Secret(members["access_token"]),
            token_type=members["token_type"],
            expires_in=read_lifetime(members["expires_in"]),
            scope=None if scope is None else tuple(scope),
            extra=members["extra"],
            refresh_in=read_lifetime(members["refresh_in"]),
        )
        return StoredToken(response, float(members["asked"]))
    # OverflowError: a number that no clock shows. AttributeError: no record at all.
    except (
        *(ValueError, TypeError, KeyError),
        *(AttributeError, OverflowError, RecursionError),
    ):
        return None


def _is_token(members: Any) -> bool:
    """Say whether these are the members of a token, of the format of today."""
    scope = members["scope"]
    lifetime = members["expires_in"]
    return (
        members["token"] == 1
        and is_visible(members["access_token"])
        and isinstance(members["token_type"], str)
        and isinstance(members["extra"], dict)
        and (scope is None or _are_texts(scope))
        and (lifetime is None or read_lifetime(lifetime) is not None)
        and isinstance(members["asked"], int | float)
        and math.isfinite(members["asked"])
    )


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(text, str) for text in values)
