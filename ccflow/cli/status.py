"""``ccflow status [NAME]``"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

import click

from ccflow.cli import exit_codes
from ccflow.cli.app import App
from ccflow.cli.options import complete_profile
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import request_options


if TYPE_CHECKING:
    from ccflow.doctor.standing import Standing

_COLUMNS: Final = ("profile", "store", "state", "expires", "renewal", "gate")
_BAD: Final = frozenset({"broken", "unknown"})
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


@click.command("status")
@click.argument(
    "name", metavar="[NAME]", required=False, shell_complete=complete_profile
)
@request_options
@config_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    name: str | None,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> None:
    """
    Show what the store holds for profile NAME, or for all; nothing is fetched.

    Tells whether there is a token, when it expires and when it is renewed, and
    until when a refusal is remembered. Ends with 2 if a profile or its store cannot
    be used.
    """
    from ccflow.config.load import draft_profile
    from ccflow.config.load import list_profiles

    app = context.ensure_object(App)
    if name is not None:
        draft_profile(name, app.config)  # raises where there is none
    names = list_profiles(app.config) if name is None else [name]
    rows = [_standing(app, each, scope, audience, resource) for each in names]
    if app.as_json:
        told = [_members(row) for row in rows]
        app.output.json(told if name is None else told[0])
    else:
        _print(app, rows)
    if any(row.state in _BAD for row in rows):
        context.exit(exit_codes.CONFIG)


def _standing(
    app: App,
    name: str,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> Standing:
    from ccflow.doctor.standing import Standing
    from ccflow.doctor.standing import standing_of
    from ccflow.errors import CcflowError

    try:
        profile = app.load_profile(name)
    except CcflowError as error:
        return Standing(profile=name, state="broken", problem=str(error))
    return standing_of(profile, scope=scope, audience=audience, resource=resource)


def _members(row: Standing) -> dict[str, Any]:
    import attrs

    return {
        name: math.floor(value) if isinstance(value, float) else value
        for name, value in attrs.asdict(row).items()
    }


def _print(app: App, rows: list[Standing]) -> None:
    if not rows:
        app.output.note("there are no profiles; write one to ccflow.toml")
        return
    now = app.clock()
    app.output.table(_COLUMNS, [_cells(row, now) for row in rows])
    for row in rows:
        for text in (row.problem, row.refusal, row.note):
            if text is not None:
                app.output.line()
                app.output.item(row.profile, text)


def _cells(row: Standing, now: float) -> list[str]:
    looked = row.state not in _BAD and row.state != "memory"
    closed = "closed" if looked else ""
    return [
        row.profile,
        row.store or "",
        row.state,
        _when(row.expires_at, now),
        _when(row.refresh_at, now),
        closed if row.retry_at is None else f"open, ends {_when(row.retry_at, now)}",
    ]


def _when(at: float | None, now: float) -> str:
    """Say how far away a time is, in its largest unit."""
    if at is None:
        return ""
    away = abs(at - now)
    size, unit = next((it for it in _UNITS if away >= 2 * it[0]), (1, "s"))
    told = f"{away / size:.0f} {unit}"
    return f"in {told}" if at > now else f"{told} ago"
