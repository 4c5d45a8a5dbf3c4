"""``ccflow demo``"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Final

import click

from ccflow.cli import exit_codes
from ccflow.cli.app import App


if TYPE_CHECKING:
    from ccflow.cli.demo_step import Step
    from ccflow.cli.output import Output

PROVIDERS: Final = ("okta", "curity", "oracle-idcs")


@click.command("demo")
@click.pass_context
def command(context: click.Context) -> None:
    """
    Show what ccflow does, against emulated Okta, Curity and Oracle IDCS.

    Nothing leaves this machine. Ends with 0 only if every step did what it says.
    """
    from ccflow.cli.demonstration import COLUMNS
    from ccflow.cli.demonstration import Demonstration
    from ccflow.config.load import load_profile
    from ccflow.emulator import emulate

    app = context.ensure_object(App)
    rows, good = [], True
    with emulate(*PROVIDERS) as servers:
        for server in servers:
            app.output.line(server.provider, "bold")
            profile = load_profile(server.provider, server.config)
            cells = [server.provider]
            for step in Demonstration(server, profile).steps():
                _print_step(app.output, step)
                good = good and step.ok
                if step.cell is not None:
                    cells.append(step.cell)
            app.output.line()
            rows.append(cells)
    app.output.table(COLUMNS, rows)
    if good:
        app.output.line("every step did what it says", "green")
    else:
        app.output.line("some steps did NOT do what they say; see above", "bold red")
        context.exit(exit_codes.BUG)


def _print_step(output: Output, step: Step) -> None:
    for number, line in enumerate(step.lines):
        title = "" if number else step.title
        output.item(f"  {title:9}", line, None if step.ok else "bold red")
