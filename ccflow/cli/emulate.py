"""``ccflow emulate PROVIDER...``"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING
from typing import Final

import click
from click.shell_completion import CompletionItem

from ccflow.cli.app import App


if TYPE_CHECKING:
    from ccflow.emulator.fault_text import Turn


_LOOK_EVERY: Final = 0.1
"""Seconds."""


def complete_emulator(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of our own emulators."""
    from ccflow.emulator.hookspecs import FIRST_PARTY
    from ccflow.emulator.hookspecs import catalogue_names

    names = sorted({*FIRST_PARTY, *catalogue_names()})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_fault(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of the faults."""
    from ccflow.emulator.fault_text import FAULTS

    return [CompletionItem(name) for name in FAULTS if name.startswith(incomplete)]


def _read_faults(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[Turn]:
    if not values:
        return []
    from ccflow.emulator.fault_text import read_faults

    try:
        return read_faults(values)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


@click.command("emulate")
@click.argument(
    "providers",
    metavar="PROVIDER...",
    nargs=-1,
    required=True,
    shell_complete=complete_emulator,
)
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(),
    help="Write configuration, keys and secrets here and keep them.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port of the first server, the others follow; 0 for any free ones.",
)
@click.option(
    "--fault",
    "faults",
    metavar="SPEC",
    multiple=True,
    callback=_read_faults,
    shell_complete=complete_fault,
    help="What the next token request meets: status=503, html, redirect, hang, "
    "drip=1, reset, rate-limit=2, and more; may be repeated, in the order in which "
    "they come. status=503,times=3 comes three times, html,times=always for ever.",
)
@click.pass_obj
def command(
    app: App,
    providers: tuple[str, ...],
    directory: str | None,
    port: int,
    faults: list[Turn],
) -> None:
    """
    Run authorization servers that behave as PROVIDER does, until stopped.

    Prints a line of JSON for each one, and writes a ccflow.toml to use them.
    """
    from ccflow.emulator import emulate

    _check_supported(providers)
    with (
        _stop_signals() as received,
        emulate(*providers, directory=directory, port=port) as servers,
    ):
        for server in servers:
            for fault, times in faults:
                server.next(fault, times=times)
            app.output.json(server.describe(), indent=None)
        app.output.flush()
        first = servers[0]
        app.output.note(
            f"serving until stopped; try: ccflow token {first.provider} "
            f"--config {first.config}"
        )
        while not received:
            # Not for ever: a signal that comes just before does not end the sleep.
            time.sleep(_LOOK_EVERY)
    if signal.SIGINT in received:
        raise KeyboardInterrupt
    app.output.note("stopped")


def _check_supported(names: tuple[str, ...]) -> None:
    """
    Refuse a name that is there to say what to use in its place.

    Raises:
        ProviderError: What to use.
    """
    from ccflow.plugin import catalogue

    for name in catalogue.names().intersection(names):
        catalogue.find(name)


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """
    Collect the signals to end, so that all is taken down in good order.

    Also where they are ignored, as they are in what a script runs in the background.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
