"""What keeps the libraries from logging a token request."""

from __future__ import annotations

import logging
from typing import Final

from ccflow.wire.passage import PASSAGE


class _Hush(logging.Filter):
    """
    Lets a record pass where this thread has no token request under way.

    At DEBUG httpcore logs the headers of the answer and every line that is no
    HTTP, at INFO httpx logs its reason phrase; a server may echo anything there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not PASSAGE.is_under_way


_HUSH: Final = _Hush()
_LOGGERS: Final = (
    "httpx",
    *(
        f"httpcore.{part}"
        for part in ("connection", "http11", "http2", "proxy", "socks")
    ),
)


def hush() -> None:
    """Silence them during token requests, and only then; may be called again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_HUSH)
