"""The held token, and until when nobody has to look closer."""

from __future__ import annotations

from typing import Final

from ccflow.engine.freshness import Freshness
from ccflow.engine.token import AccessToken


class Lease:
    """
    The held token with the bounds within which no closer look is needed.

    Never changed, only replaced as a whole, so that readers take no lock.
    """

    __slots__ = ("freshness", "looked", "token", "until")

    def __init__(
        self,
        token: AccessToken | None,
        freshness: Freshness | None,
        looked: float,
        until: float,
    ) -> None:
        self.token: AccessToken | None = token
        self.freshness: Freshness | None = freshness
        self.looked: float = looked
        self.until: float = until

    def to_look_at(self) -> Lease:
        """Return it without bounds, so that the next caller looks closer."""
        return Lease(self.token, self.freshness, 0.0, 0.0)


NOTHING: Final = Lease(None, None, 0.0, 0.0)
