"""The last token that an API refused, and which tokens of a store are no better."""

from __future__ import annotations

from typing import Final

import attrs

from ccflow.engine.freshness import Moment
from ccflow.secret import Secret


# The clocks of two processes tell one moment up to this.
_SPREAD: Final = 0.01


@attrs.frozen(weakref_slot=False)
class RefusedToken:
    """
    A token that will not do any more.

    Args:
        text: The token.

        asked: When it was asked for; None where that is not known.
    """

    text: Secret
    asked: Moment | None

    def bars(self, text: Secret, asked: Moment) -> bool:
        """
        Say whether another token will not do either.

        An older one may be what was refused the time before: a store that cannot be
        written keeps it.

        Args:
            text: The other token.

            asked: When it was asked for, by the clocks of this process.
        """
        if text == self.text:
            return True
        return self.asked is not None and self.asked.steady - asked.steady > _SPREAD
