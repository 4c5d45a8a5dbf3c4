"""``ccflow completion SHELL``"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ccflow.cli.app import NAME
from ccflow.cli.app import App


@click.command("completion")
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "fish", "zsh"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """
    Print the script that completes ccflow's words in SHELL: bash, fish or zsh.

    For bash: eval "$(ccflow completion bash)"
    """
    from ccflow.cli.main import COMPLETE_VARIABLE

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    root = context.find_root().command
    script = found(root, {}, NAME, COMPLETE_VARIABLE).source()
    context.ensure_object(App).output.line(script)
