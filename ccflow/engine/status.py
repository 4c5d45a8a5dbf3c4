"""How a source stands, as a value."""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Status:
    """
    How a source stands.

    Args:
        profile: The name of the profile.

        state: ``empty``, ``fresh``, ``stale`` or ``expired``.

        expires_at: Epoch seconds, as the server said; None where unknown.

        refresh_at: Epoch seconds from which it is renewed; None without a token.

        retry_at: Epoch seconds until which a failed renewal, or a refusal, is not
            tried again; None where nothing failed.

        fetching: Whether a token request is under way.

        requests: How many token requests were sent, those that were tried again
            included.

        failures: How many fetches brought no token, from memory or from the server.

        adopted: How many tokens came from a store, fetched by another process.

        joined: How many callers waited for a request that another one started.

        replays: How many requests were sent again after an API's 401.

    .. versionadded:: 0.1.0
    """

    profile: str
    state: Literal["empty", "fresh", "stale", "expired"]
    expires_at: float | None
    refresh_at: float | None
    retry_at: float | None
    fetching: bool
    requests: int
    failures: int
    adopted: int
    joined: int
    replays: int
