"""Which error ends in which exit code; docs/reference/command-line.md has the table."""

from __future__ import annotations

from typing import Final

from ccflow.errors import CcflowError
from ccflow.errors import ConfigError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError


BUG: Final = 1
CONFIG: Final = 2
REFUSED: Final = 3
UNAVAILABLE: Final = 4
RESPONSE: Final = 5
HTTP_ERROR: Final = 22
"""``call --fail`` and a status of 400 or more; curl's own code for it."""
INTERRUPTED: Final = 130

_CODES: Final[tuple[tuple[type[CcflowError], int], ...]] = (
    (ConfigError, CONFIG),
    (TokenRefusedError, REFUSED),
    (TokenUnavailableError, UNAVAILABLE),
    (TokenResponseError, RESPONSE),
)


def exit_code_of(error: CcflowError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), BUG)
