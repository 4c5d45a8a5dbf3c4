"""Results on standard output, everything else on standard error."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import wraps
from typing import TYPE_CHECKING
from typing import Any
from typing import Final
from typing import TextIO

import attrs


if TYPE_CHECKING:
    from rich.console import Console


STYLES: Final = {"ok": "green", "warning": "yellow", "error": "bold red"}


class OutputError(Exception):
    """Standard output does not take the result: the disk is full, and the like."""


def printable(text: str) -> str:
    """Return a text whose control characters cannot steer a terminal."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else repr(char)[1:-1]
        for char in text
    )


def with_results_apart(callback: Callable[..., object]) -> Callable[..., object]:
    """
    Keep standard output for results, which commands write to `Output`.

    A plugin may print when it is imported or called, and what it prints is none.
    """

    @wraps(callback)
    def call(*args: object, **kwargs: object) -> object:
        with redirect_stdout(sys.stderr):
            return callback(*args, **kwargs)

    return call


@attrs.define
class Output:
    """
    The two streams of a command.

    Args:
        stdout: For results.

        stderr: For progress, warnings and errors.
    """

    stdout: TextIO
    stderr: TextIO
    _rich: Console | None = attrs.field(default=None, init=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees the results, rather than a program."""
        return self.stdout.isatty()

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print a line; the style is for terminals."""
        if self.is_terminal and style is not None:
            from rich.text import Text

            line = Text(printable(text), style=style)
            self._write(lambda: self._console().print(line, soft_wrap=True))
        else:
            self._write(lambda: self.stdout.write(f"{printable(text)}\n"))

    def item(
        self,
        label: str,
        text: str,
        style: str | None = None,
        *,
        label_style: str = "dim",
    ) -> None:
        """Print a text behind a label; on a terminal it wraps beside it."""
        if not self.is_terminal:
            gap = "\n" + " " * (len(label) + 2)
            self.line(f"{label}  {text.replace(chr(10), gap)}")
            return
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=len(label), no_wrap=True, style=label_style)
        grid.add_column(overflow="fold")
        grid.add_row(Text(printable(label)), Text(printable(text), style=style or ""))
        self._write(lambda: self._console().print(grid))

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        """Print a value as JSON."""
        text = json.dumps(value, indent=indent)
        self._write(lambda: self.stdout.write(f"{text}\n"))

    def raw(self, content: bytes) -> None:
        """Print bytes as they are."""

        def write() -> None:
            self.stdout.flush()
            self.stdout.buffer.write(content)
            self.stdout.buffer.flush()

        self._write(write)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table: aligned text, or a nicer one on a terminal."""
        cells = [[printable(cell) for cell in row] for row in rows]
        if self.is_terminal:
            self._write(lambda: self._rich_table(columns, cells))
            return
        everything = [list(columns), *cells]
        widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
        for row in everything:
            padded = map(str.ljust, row, widths)
            self.line("  ".join(padded).rstrip())

    def note(self, text: str, label: str | None = None) -> None:
        """Tell a person something, on standard error; never fails."""
        shown = printable(f"{label}: {text}" if label else text)
        try:
            self.stderr.write(f"{shown}\n")
            self.stderr.flush()
        except (OSError, ValueError):
            pass

    def flush(self) -> None:
        """Bring out what was printed."""
        self._write(self.stdout.flush)

    def _write(self, write: Callable[[], object]) -> None:
        try:
            write()
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EINVAL and sys.platform == "win32":
                raise BrokenPipeError from error  # what a closed pipe is there
            raise OutputError(error.strerror or str(error)) from error

    def _console(self) -> Console:
        if self._rich is None:
            from rich.console import Console

            self._rich = Console(file=self.stdout, highlight=False, markup=False)
        return self._rich

    def _rich_table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]]
    ) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        self._console().print(table)
