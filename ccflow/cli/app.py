"""The world of a command: where profiles come from, where results go, the time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from io import TextIOWrapper
from typing import TYPE_CHECKING
from typing import Final
from typing import TextIO

import attrs

from ccflow.cli.output import Output


if TYPE_CHECKING:
    from ccflow.config.profile import Profile
    from ccflow.engine.source import TokenSource

NAME: Final = "ccflow"


@attrs.define
class App:
    """
    What a command gets.

    Args:
        output: Where results and notes go.

        clock: Epoch seconds.

        config: The only file to read profiles from; None searches.

        as_json: Whether results are for a program.

        debug: Whether a bug shows its traceback, and the log its details.
    """

    output: Output
    clock: Callable[[], float] = time.time
    config: str | None = None
    as_json: bool = False
    debug: bool = False

    @classmethod
    def of_process(cls) -> App:
        """Make the one of this process; closed streams swallow what they get."""

        def nowhere() -> TextIO:
            return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123

        stdout = sys.stdout or nowhere()
        if isinstance(stdout, TextIOWrapper):
            # A name or a value may hold what this terminal's encoding has not.
            stdout.reconfigure(errors="backslashreplace")
        return cls(Output(stdout, sys.stderr or nowhere()))

    def load_profile(self, name: str) -> Profile:
        """
        Load a profile.

        Raises:
            ConfigError: It cannot be used.
        """
        from ccflow.config.load import load_profile

        return load_profile(name, self.config)

    def tell_shortfalls(self, source: TokenSource) -> None:
        """Warn when the server grants less than was asked for."""
        from ccflow.events import Event
        from ccflow.events import ScopeShortfall

        def tell(event: Event) -> None:
            if isinstance(event, ScopeShortfall):
                missing = [it for it in event.requested if it not in event.granted]
                self.output.note(
                    f"{event.provider} did not grant {' '.join(missing)}; "
                    f"granted: {' '.join(event.granted) or 'nothing'}",
                    "warning",
                )

        source.on_event(tell)
