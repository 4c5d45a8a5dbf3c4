"""Those who asked for the events of a source, and the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from ccflow.events import Callback
from ccflow.events import Event
from ccflow.events import GateOpened
from ccflow.events import StoreDegraded
from ccflow.process import PROCESS


_LOG: Final = logging.getLogger("ccflow")
_telling: Final = threading.local()


class Listeners:
    """Tells the events of one source, also to the logger ``ccflow``."""

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: tuple[Callback, ...] = ()

    def add(self, callback: Callback) -> Callable[[], None]:
        """
        Have a function called with each event; returns what removes it again.

        Raises:
            TypeError: It is no function.
        """
        if not callable(callback):
            text = f"expected a function of an event, got {type(callback).__name__}"
            raise TypeError(text)

        def tell(event: Event) -> None:  # one of its own for each time it is added
            callback(event)

        with PROCESS.lock:
            self._callbacks = (*self._callbacks, tell)

        def remove() -> None:
            with PROCESS.lock:
                self._callbacks = tuple(
                    kept for kept in self._callbacks if kept is not tell
                )

        return remove

    @property
    def hear_all(self) -> bool:
        """Whether anyone hears of what a quiet event tells; making one costs."""
        return bool(self._callbacks) or _LOG.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Tell an event; what a callback raises is logged and harms nothing."""
        if isinstance(event, StoreDegraded):
            _LOG.warning("%s: tokens are not shared: %s", event.profile, event.reason)
        elif isinstance(event, GateOpened):
            _LOG.warning(event)
        else:
            _LOG.debug("%s", event)
        if getattr(_telling, "busy", False):
            return  # A callback that asks for a token would hear of that for ever.
        _telling.busy = True
        try:
            for callback in self._callbacks:
                try:
                    callback(event)
                except Exception:  # noqa: BLE001 - a callback must not fail a fetch
                    _LOG.exception("a callback for events of %r failed", event.profile)
        finally:
            _telling.busy = False
