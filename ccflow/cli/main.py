"""
The entry of the command line.

Here, and nowhere else, exceptions become messages and exit codes.
"""

from __future__ import annotations

import difflib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import Final

import click
from click.shell_completion import shell_complete

from ccflow import __version__
from ccflow.cli import exit_codes
from ccflow.cli.app import NAME
from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.output import OutputError
from ccflow.cli.output import with_results_apart
from ccflow.errors import CcflowError


COMMANDS: Final = (
    "call",
    "check",
    "completion",
    "conformance",
    "demo",
    "doctor",
    "emulate",
    "explain",
    "new-provider",
    "profiles",
    "providers",
    "show",
    "status",
    "token",
)
LATER: Final = ("add", "credential", "exec", "inspect", "introspect", "revoke")
"""Commands that are to come."""

COMPLETE_VARIABLE: Final = "_CCFLOW_COMPLETE"


class Commands(click.Group):
    """The commands, each imported when it is first asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one of them."""
        if cmd_name in LATER:
            ctx.fail(f"No such command {cmd_name!r}. It is not in this version.")
        if cmd_name not in COMMANDS:
            if near := difflib.get_close_matches(cmd_name, COMMANDS, n=1):
                ctx.fail(f"there is no command {cmd_name!r}; did you mean {near[0]!r}?")
            return None
        module = import_module(f"ccflow.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = copy(module.command)
        command.callback = with_results_apart(module.command.callback)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.option("--debug", is_flag=True, help="Log details; show where a bug is.")
@click.version_option(__version__, prog_name=NAME)
@click.pass_obj
def cli(app: App, debug: bool) -> None:
    """
    Get and use OAuth 2.0 access tokens by the client credentials grant.

    Exit codes: 0 done, 2 the configuration or the command line is wrong, 3 the
    server refused, 4 it did not answer or cannot now, 5 it did not answer with a
    token, 130 interrupted. 1 is a bug of ccflow.
    """
    app.debug = debug
    if debug:
        logging.getLogger(NAME).setLevel(logging.DEBUG)


class _Log(logging.Handler):
    """Tells log records as notes."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def emit(self, record: logging.LogRecord) -> None:
        from ccflow.events import Event

        # What a person has to know of an event, a command tells in words.
        if isinstance(record.msg, Event) and not self._app.debug:
            return
        self._app.output.note(record.getMessage(), record.levelname.lower())


def main(args: Sequence[str] | None = None) -> int:
    """
    Run a command.

    Args:
        args: What stands after ``ccflow``; None takes it from the process.

    Returns:
        The exit code.
    """
    app = App.of_process()
    logger = logging.getLogger(NAME)
    level, handler = logger.level, _Log(app)
    logger.addHandler(handler)
    try:
        return _close(app, _run(app, sys.argv[1:] if args is None else list(args)))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _dispatch(app: App, args: list[str]) -> int:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        extra = {"obj": app}
        return shell_complete(cli, extra, NAME, COMPLETE_VARIABLE, instruction)
    if not args:
        with cli.make_context(NAME, args, resilient_parsing=True) as context:
            app.output.note(context.get_help())
        return exit_codes.CONFIG
    with cli.make_context(NAME, args, obj=app) as context:
        cli.invoke(context)
    return 0


def _run(app: App, args: list[str]) -> int:
    note = app.output.note
    try:
        return _dispatch(app, args)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        error.show(app.output.stderr)
        return error.exit_code
    except click.ClickException as error:
        note(error.format_message(), "error")
        return error.exit_code
    except CcflowError as error:
        note(str(error), "error")
        return exit_codes.exit_code_of(error)
    except OutputError as error:
        note(f"the result cannot be written: {error}", "error")
        return exit_codes.CONFIG
    except BrokenPipeError:
        return 0
    except (KeyboardInterrupt, click.Abort):
        note("interrupted")
        return exit_codes.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug of ours
        _report(app, error)
        return exit_codes.BUG


def _report(app: App, error: Exception) -> None:
    """
    Tell of a bug.

    Not the text of the exception, and no local variables: they can hold anything.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [it for it in frames if f"{os.sep}ccflow{os.sep}" in it.filename] or frames
    place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}"
    app.output.note(
        f"this is a bug of ccflow {__version__}: {type(error).__name__} in {place}; "
        "please report it, with what --debug shows before the command",
        "error",
    )
    if app.debug:
        app.output.note("".join(traceback.format_exception(error)).rstrip())


def _close(app: App, code: int) -> int:
    """Bring out what was printed; a reader who went away is no error."""
    try:
        app.output.flush()
    except BrokenPipeError:
        # What the interpreter flushes at its end goes nowhere as well.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, app.output.stdout.fileno())
        os.close(nowhere)
    except OutputError as error:
        app.output.note(f"the result cannot be written: {error}", "error")
        return code or exit_codes.CONFIG
    return code
