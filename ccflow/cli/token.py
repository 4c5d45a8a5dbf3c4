"""``ccflow token NAME``"""

from __future__ import annotations

import math

import click

from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import profile_argument
from ccflow.cli.options import request_options


@click.command("token")
@profile_argument
@click.option(
    "--header",
    is_flag=True,
    help="Print the whole header line, for curl -H @-",
)
@click.option("--refresh", is_flag=True, help="Get a new token, whatever is stored.")
@request_options
@config_option
@json_option
@click.pass_obj
def command(
    app: App,
    name: str,
    header: bool,
    refresh: bool,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> None:
    """Print an access token of profile NAME."""
    from ccflow.engine.source import TokenSource

    if header and app.as_json:
        raise click.UsageError("--header and --json exclude each other")
    profile = app.load_profile(name)
    source = TokenSource(profile, scope=scope, audience=audience, resource=resource)
    app.tell_warnings(source)
    token = source.token()
    if refresh and source.status().adopted:
        # Another process fetched it: neither it nor the stored copy will do.
        source.invalidate(token)
        token = source.token()
    if app.as_json:
        at, left = token.expires_at, token.expires_in
        app.output.json(
            {
                "access_token": token.access_token,
                "token_type": token.token_type,
                "expires_at": None if at is None else math.floor(at),
                "expires_in": None if left is None else math.floor(left),
                "scope": None if token.scope is None else list(token.scope),
            }
        )
    elif header:
        app.output.line(f"Authorization: {token.authorization}")
    else:
        app.output.line(token.access_token)
