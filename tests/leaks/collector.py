"""All that leaves ccflow while something happens: one place that sees each channel."""

from __future__ import annotations

import asyncio
import contextlib
import io
import linecache
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import attrs

from ccflow.events import Event
from tests.leaks.display import displayed
from tests.leaks.display import pickled
from tests.leaks.display import shown_error
from tests.leaks.display import stack_of
from tests.leaks.grep import Page


LOGGERS = ("", "ccflow", "httpx", "httpcore", "asyncio", "redis", "keyring", "h11")
_FORMAT = "%(asctime)s %(name)s %(levelname)s %(threadName)s %(message)s"


class CallbackError(Exception):
    """What a careless callback raises."""


class Collector(logging.Handler):
    """
    Takes pages.

    It listens to everybody who logs, to warnings, to what is raised where nobody
    catches, to both streams; and it is given the events, the errors and the objects
    that a caller gets.

    Args:
        hasty: Whether to leave out what takes as long as all the rest.
    """

    def __init__(self, *, hasty: bool = False) -> None:
        super().__init__()
        self.hasty = hasty
        self.pages: list[Page] = []
        self.logged: set[str] = set()
        self.setFormatter(logging.Formatter(_FORMAT))

    def add(self, channel: str, text: str) -> None:
        """Take something that left."""
        self.pages.append(Page(channel, text))

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record: its line, its members, and the stack that it came from."""
        self.logged.add(record.name.partition(".")[0])
        self.add("log", self.format(record))
        if not self.hasty:
            self.add("log's members", repr(vars(record)))
        if record.exc_info and record.exc_info[1] is not None:
            self.add_error(record.exc_info[1])
        elif record.name == "ccflow" and record.levelno > logging.DEBUG:
            # As crash reporters attach it to a log line; `hear` does it for events.
            for text in stack_of(sys._getframe()):
                self.add("log's stack", text)

    def add_error(self, error: BaseException) -> None:
        """Take an error in every way in which it is shown, or in the cheap ones."""
        for channel, text in shown_error(error, rich=not self.hasty):
            self.add(channel, text)

    def add_object(self, thing: object, name: str = "object") -> None:
        """Take an object in every way in which it is shown."""
        for text in displayed(thing):
            self.add(name, text)

    def add_pickle(self, thing: object) -> None:
        """Take what an object pickles to."""
        for text in pickled(thing):
            self.add("pickle", text)

    def hear(self, event: Event) -> None:
        """Take an event, and what a handler of it can see; fail where that is told."""
        self.add_object(event, "event")
        self.add("event", repr(attrs.asdict(event)))
        for text in pickled(event):
            self.add("event", text)
        if self.hasty:
            return
        for text in stack_of(sys._getframe()):
            self.add("event's stack", text)
        if sys.exception() is not None:
            # It is logged, with what is being handled behind it.
            raise CallbackError("this callback is careless")

    def hook(self, *found: Any) -> None:
        """Take what was raised where nobody catches."""
        for it in found:
            for value in (it, *getattr(it, "_fields", ()), *_values(it)):
                self.add("hook", f"{value!r}")
                if isinstance(value, BaseException):
                    self.add_error(value)

    def asyncio_handler(self, loop: asyncio.AbstractEventLoop, said: Any) -> None:
        """Take what an event loop complains of."""
        for value in said.values():
            self.hook(value)
        loop.default_exception_handler(said)


def _values(found: Any) -> list[Any]:
    names = ("exc_value", "object", "err_msg", "thread")
    return [getattr(found, name) for name in names if hasattr(found, name)]


@contextlib.contextmanager
def collected(*, hasty: bool = False) -> Iterator[Collector]:
    """Collect all that leaves on the way of logs, warnings, hooks and streams."""
    made = Collector(hasty=hasty)
    warned: list[warnings.WarningMessage] = []
    handlers: list[logging.Handler] = [made]
    streams = io.StringIO(), io.StringIO()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    # Instead of pytest's, which keep every record with all that hangs on it.
    others, logging.root.handlers = logging.root.handlers, handlers
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    sys.excepthook = threading.excepthook = sys.unraisablehook = made.hook
    check, linecache.checkcache = linecache.checkcache, lambda filename=None: None
    try:
        with (
            contextlib.redirect_stdout(streams[0]),
            contextlib.redirect_stderr(streams[1]),
            warnings.catch_warnings(record=True) as warned,
        ):
            warnings.simplefilter("always")
            yield made
    finally:
        # No file changes meanwhile, and a thousand tracebacks would ask.
        linecache.checkcache = check
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        logging.root.handlers = others
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            made.add(name, stream.getvalue())
        for it in warned:
            made.add("warning", str(it))
            made.add("warning", repr(it.message.args))  # type: ignore[union-attr]
