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
    from ccflow.config.cache import Cache
    from ccflow.config.profile import Profile
    from ccflow.engine.source import TokenSource
    from ccflow.events import Event

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

    def read_profile(self, name: str) -> Profile:
        """
        Read a profile as it is written.

        Raises:
            ConfigError: It cannot be used.
        """
        from ccflow.config.load import load_profile

        return load_profile(name, self.config)

    def load_profile(self, name: str) -> Profile:
        """
        Load a profile to use it; one that names no store gets the file store.

        Raises:
            ConfigError: It cannot be used.
        """
        profile = self.read_profile(name)
        if profile.cache is None:
            return attrs.evolve(profile, cache=self.default_cache)
        return profile

    @property
    def default_cache(self) -> Cache:
        """Where a command shares tokens that the profile says nothing of."""
        from ccflow.config.cache import Cache

        return Cache(store="file")

    def tell_warnings(self, source: TokenSource) -> None:
        """Warn when less is granted than was asked for; the log tells of a store."""
        from ccflow.events import ScopeShortfall

        told = set()

        def tell(event: Event) -> None:
            match event:
                case ScopeShortfall():
                    missing = [it for it in event.requested if it not in event.granted]
                    text = (
                        f"{event.provider} did not grant {' '.join(missing)}; "
                        f"granted: {' '.join(event.granted) or 'nothing'}"
                    )
                case _:
                    return
            if type(event) not in told:
                told.add(type(event))
                self.output.note(text, "warning")

        source.on_event(tell)
