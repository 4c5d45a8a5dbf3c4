"""What a source remembers of an API that refuses its tokens."""

from __future__ import annotations

from ccflow.engine.freshness import Moment
from ccflow.engine.freshness import renewal_pause


class ApiRefusals:
    """
    Tells a token that has gone bad from an API that refuses good ones too.

    The first is healed by another token. The second would cost a fetch for each
    call, so a replacement that is refused as well starts a pause that grows, in
    which the API's own 401 is the answer.
    """

    __slots__ = ("_after", "_in_vain", "_pending", "_probation")

    def __init__(self) -> None:
        self._pending = False
        self._probation: str | None = None
        self._in_vain = 0
        self._after: Moment | None = None

    def may_replace(self, access_token: str, now: Moment, chance: float) -> bool:
        """
        Take in that a held token was refused, and say whether to replace it.

        Args:
            access_token: The token.

            now: The time.

            chance: From 0 to 1, for the length of a pause.
        """
        if access_token == self._probation:
            self._probation = None
            self._in_vain += 1
            pause = renewal_pause(self._in_vain, None, chance)
            self._after = Moment(now.wall + pause, now.steady + pause)
            return False
        if self._after is not None and now.seconds_since(self._after) < 0:
            return False
        self._pending = True
        return True

    def kept(self, access_token: str) -> None:
        """Take in a new token; one that replaces a refused one is on probation."""
        if self._pending:
            self._pending, self._probation = False, access_token

    def accepted(self, access_token: str) -> None:
        """Take in that a token was accepted: what was wrong is healed."""
        if self._probation is not None and access_token == self._probation:
            self._probation = None
            self._in_vain = 0
            self._after = None
