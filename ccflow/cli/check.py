"""``ccflow check NAME``"""

from __future__ import annotations

import click

from ccflow.cli import exit_codes
from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import profile_argument
from ccflow.cli.output import STYLES


@click.command("check")
@profile_argument
@config_option
@json_option
@click.pass_context
def command(context: click.Context, name: str) -> None:
    """
    Check profile NAME as far as that goes without asking the server.

    Ends with 0 when there is no error, else with 2.
    """
    import attrs

    from ccflow.doctor.check import check_profile

    app = context.ensure_object(App)
    findings = list(
        check_profile(
            name, app.config, clock=app.clock, default_cache=app.default_cache
        )
    )
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    if app.as_json:
        found = [attrs.asdict(finding) for finding in findings]
        app.output.json({"profile": name, "ok": not errors, "findings": found})
    else:
        width = max(len(finding.step) for finding in findings)
        for finding in findings:
            label = f"{finding.level:7}  {finding.step:{width}}"
            style = STYLES[finding.level] if finding.level != "ok" else None
            app.output.item(label, finding.message, style)
            if finding.hint:
                app.output.item(" " * len(label), finding.hint)
        app.output.line(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    if errors:
        context.exit(exit_codes.CONFIG)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
