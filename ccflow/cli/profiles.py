"""``ccflow profiles``"""

from __future__ import annotations

import click

from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option


@click.command("profiles")
@config_option
@json_option
@click.pass_obj
def command(app: App) -> None:
    """List the profiles, and where each one stands."""
    from ccflow.config.load import list_profiles
    from ccflow.errors import CcflowError

    rows: list[dict[str, str | None]] = []
    for name in list_profiles(app.config):
        row: dict[str, str | None] = {"name": name, "provider": None, "origin": None}
        try:
            profile = app.read_profile(name)
        except CcflowError:
            row["state"] = "broken"
        else:
            row["provider"] = profile.provider
            row["origin"] = profile.origin("").file
            row["state"] = "ready"
        rows.append(row)
    if app.as_json:
        app.output.json(rows)
    elif rows:
        shown = [
            [row["name"] or "", row["provider"] or "", row["state"] or "", place(row)]
            for row in rows
        ]
        app.output.table(("name", "provider", "state", "origin"), shown)
    else:
        app.output.note(
            "there are no profiles; write one to ccflow.toml, or name a file with "
            "--config or CCFLOW_CONFIG"
        )


def place(row: dict[str, str | None]) -> str:
    """Say where a profile stands, or how to learn what is wrong with it."""
    return row["origin"] or f"run: ccflow check {row['name']}"
