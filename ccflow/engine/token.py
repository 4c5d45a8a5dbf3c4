"""The token that callers get."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any

import attrs


if TYPE_CHECKING:
    from ccflow.engine.share import Fetched


@attrs.frozen(kw_only=True)
class AccessToken:
    """
    An access token and what is known of it.

    Args:
        access_token: The token itself; never printed.

        token_type: As the server wrote it, for example ``Bearer`` or ``bearer``.

        expires_at: Epoch seconds at which it expires, counted from before the
            request was sent; None where the server did not say.

        scope: What was granted; None where the server did not say.

        extra: The other members of the answer; never printed.

    .. versionadded:: 0.1.0
    """

    access_token: str = attrs.field(repr=False)
    token_type: str = "Bearer"
    expires_at: float | None = None
    scope: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)

    @property
    def expires_in(self) -> float | None:
        """Seconds left now, below zero when it is past; None where unknown."""
        return None if self.expires_at is None else self.expires_at - time.time()

    @property
    def is_expired(self) -> bool:
        """Whether its time is over; False where that is unknown."""
        left = self.expires_in
        return left is not None and left <= 0

    @property
    def authorization(self) -> str:
        """The value of the Authorization header, scheme and all."""
        scheme = "DPoP" if self.token_type.lower() == "dpop" else "Bearer"
        return f"{scheme} {self.access_token}"


def make_token(fetched: Fetched) -> AccessToken:
    """Return the token of an answer, with the times that an answer does not have."""
    response, asked = fetched.response, fetched.asked
    lifetime = response.expires_in
    scope = response.scope
    return AccessToken(
        access_token=response.access_token.reveal(),
        # Ten thousand tokens share these few words.
        token_type=sys.intern(response.token_type),
        expires_at=None if lifetime is None else asked.wall + lifetime,
        scope=None if scope is None else tuple(map(sys.intern, scope)),
        extra=response.extra,
    )
