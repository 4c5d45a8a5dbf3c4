"""``ccflow check NAME``"""

from __future__ import annotations

import click

from ccflow.cli.app import App
from ccflow.cli.findings import members_of
from ccflow.cli.findings import print_count
from ccflow.cli.findings import print_finding
from ccflow.cli.findings import worst_of
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import profile_argument


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
    from ccflow.doctor.check import check_profile

    app = context.ensure_object(App)
    findings = list(
        check_profile(
            name, app.config, clock=app.clock, default_cache=app.default_cache
        )
    )
    code = worst_of(findings)
    if app.as_json:
        found = [members_of(finding) for finding in findings]
        app.output.json({"profile": name, "ok": not code, "findings": found})
    else:
        for finding in findings:
            print_finding(app.output, finding)
        print_count(app.output, findings)
    context.exit(code)
