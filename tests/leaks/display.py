"""Every way in which people and tools show an object, an error, or a frame."""

from __future__ import annotations

import copy
import json
import pickle
import pprint
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from rich import pretty
from rich.console import Console
from rich.traceback import Frame
from rich.traceback import Traceback

from tests.support.worlds import chain_of
from tests.support.worlds import own_frames_of


HERE = Path(__file__).parents[1]
_WIDE = 100_000


def is_ours(file: str) -> bool:
    """Say whether a frame is the tests' own, which know the secrets."""
    runners = ("pytest", "pluggy", "xdist", "execnet")
    return Path(file).is_relative_to(HERE) or any(it in file for it in runners)


def displayed(thing: object) -> Iterator[str]:
    """Show a thing in every way that a log, a debugger or a report may."""
    yield repr(thing)
    yield str(thing)
    yield f"{thing}"
    yield pprint.pformat({"it": [thing]})
    yield json.dumps([thing], default=str)
    # As rich's traceback and structlog do: into fields that a repr leaves out, too.
    yield pretty.pretty_repr([thing], max_width=_WIDE)
    yield repr(vars(thing)) if hasattr(thing, "__dict__") else ""
    for copied in copies(thing):
        yield repr(copied)


def copies(thing: object) -> Iterator[object]:
    """Give copies of a thing, where it can be copied."""
    for make in (copy.copy, copy.deepcopy):
        try:
            yield make(thing)
        except Exception as error:
            yield error


def pickled(thing: object) -> Iterator[str]:
    """Give what a thing pickles to, or the error that says why it does not."""
    for protocol in (0, 2, pickle.HIGHEST_PROTOCOL):
        try:
            data = pickle.dumps(thing, protocol)
            shown = repr(pickle.loads(data))
        except Exception as error:
            yield f"{type(error).__name__}: {error}"
            return
        yield data.decode("latin-1")
        yield data.decode("utf-8", "replace")
        yield shown


def as_python_shows(error: BaseException) -> str:
    """Render an error as ``TracebackException`` does, with the locals of its frames."""
    rendered = traceback.TracebackException.from_exception(error, capture_locals=True)
    todo = [rendered]
    while todo:
        each = todo.pop()
        each.stack = traceback.StackSummary.from_list(
            frame for frame in each.stack if not is_ours(frame.filename)
        )
        todo += [it for it in (each.__cause__, each.__context__) if it is not None]
    return "".join(rendered.format())


def as_rich_shows(error: BaseException) -> Iterator[str]:
    """Give what rich extracts of an error, locals and all; none of it shortened."""
    trace = Traceback.extract(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=10,
        locals_max_string=_WIDE,
        locals_hide_dunder=False,
    )
    for stack in trace.stacks:
        yield f"{stack.exc_type}: {stack.exc_value} {stack.notes}"
        for frame in stack.frames:
            yield from _locals_of(frame)


def _locals_of(frame: Frame) -> Iterator[str]:
    if frame.locals is None or is_ours(frame.filename):
        return
    for name, node in frame.locals.items():
        yield f"{name} = {node.render(max_width=_WIDE)}"


def as_rich_renders(error: BaseException) -> str:
    """Return what rich's traceback handler writes, which costs much more."""
    made = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        width=400,
        show_locals=True,
        suppress=[str(HERE)],
    )
    console = Console(width=400, color_system=None)
    with console.capture() as written:
        console.print(made)
    return written.get()


def as_sentry_shows(error: BaseException | None) -> Iterator[str]:
    """Give the locals of each frame that an error, its causes and contexts have."""
    for each in chain_of(error):
        yield f"{type(each).__name__}: {each} {getattr(each, '__notes__', '')}"
        for frame in own_frames_of(each):
            yield from variables_of(frame)


def variables_of(frame: FrameType) -> Iterator[str]:
    """Give the local variables of a frame as a crash report has them."""
    if not is_ours(frame.f_code.co_filename):
        for name, value in frame.f_locals.items():
            yield f"{name} = {value!r}"


def stack_of(frame: FrameType | None) -> Iterator[str]:
    """Give the variables of a frame and of all that called it, for one that runs."""
    while frame is not None:
        yield from variables_of(frame)
        frame = frame.f_back


def shown_error(
    error: BaseException, *, rich: bool = True
) -> Iterator[tuple[str, str]]:
    """Show an error in every way, each with its channel; that of rich is slow."""
    for text in displayed(error):
        yield "error", text
    for text in pickled(error):
        yield "error's pickle", text
    yield "error's arguments", repr(error.args)
    yield "traceback", "".join(traceback.format_exception(error))
    yield "traceback with locals", as_python_shows(error)
    for text in as_sentry_shows(error):
        yield "sentry", text
    if rich:
        for text in as_rich_shows(error):
            yield "rich", text
