"""A token as a record of a store, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from ccflow.engine.freshness import Moment
from ccflow.protocol.response import TokenResponse
from ccflow.protocol.response import read_lifetime
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

        A clock that is ahead of ours would make it younger than it can be; it
        counts from now then.
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
        members: Mapping[str, Any] = json.loads(record.value)
        scope = members["scope"]
        response = TokenResponse(
            access_token=Secret(str(members["access_token"])),
            token_type=str(members["token_type"]),
            expires_in=read_lifetime(members["expires_in"]),
            scope=None if scope is None else tuple(map(str, scope)),
            extra=dict(members["extra"]),
            refresh_in=read_lifetime(members["refresh_in"]),
        )
        return StoredToken(response, float(members["asked"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
