"""``ccflow doctor NAME``"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ccflow.cli.api_request import check_url
from ccflow.cli.api_request import load_authorities
from ccflow.cli.app import App
from ccflow.cli.findings import members_of
from ccflow.cli.findings import print_count
from ccflow.cli.findings import print_finding
from ccflow.cli.findings import worst_of
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import profile_argument
from ccflow.cli.options import request_options


if TYPE_CHECKING:
    from ccflow.doctor.examination import Order
    from ccflow.doctor.finding import Finding


@click.command("doctor")
@profile_argument
@click.option("--url", metavar="URL", help="Try the token at this API, with one GET.")
@click.option(
    "--ca-file",
    metavar="FILE",
    type=click.Path(),
    help="Trust these authorities for the API; the profile's ca_file is not for it.",
)
@click.option(
    "--try-encodings",
    is_flag=True,
    help="If the secret is refused in a Basic header, send it once more, written the "
    "other way. That is a second login: some servers lock clients that fail.",
)
@request_options
@config_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    name: str,
    url: str | None,
    ca_file: str | None,
    try_encodings: bool,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> None:
    """
    Find out what is wrong with profile NAME, step by step.

    Checks the profile as `check` does, goes to its server, and asks for one token.
    Ends with the exit code of the worst step; warnings are no errors.
    """
    from ccflow.doctor.api import Api
    from ccflow.doctor.examination import Order
    from ccflow.doctor.registration import Asked

    app = context.ensure_object(App)
    _check_api(url, ca_file)
    order = Order(
        asked=Asked(scope=scope, audience=audience, resource=resource),
        api=None if url is None else Api(url=url, ca_file=ca_file),
        try_encodings=try_encodings,
    )
    found = _examine(app, name, order)
    code = worst_of(found)
    if app.as_json:
        app.output.json(
            {
                "profile": name,
                "ok": not code,
                "exit_code": code,
                "findings": [members_of(finding) for finding in found],
            }
        )
    else:
        print_count(app.output, found)
    context.exit(code)


def _examine(app: App, name: str, order: Order) -> list[Finding]:
    """Print each finding as it comes, for a person; return them all."""
    import attrs

    from ccflow.doctor.examination import examine
    from ccflow.engine.runtime import SYSTEM

    found = []
    for finding in examine(
        name,
        app.config,
        order=order,
        default_cache=app.default_cache,
        runtime=attrs.evolve(SYSTEM, wall=app.clock),
    ):
        found.append(finding)
        if not app.as_json:
            print_finding(app.output, finding)
            app.output.flush()
        elif finding.step == "encoding" and finding.level == "note":
            # Before it happens, whoever reads the result.
            app.output.note(finding.message)
    return found


def _check_api(url: str | None, ca_file: str | None) -> None:
    """Refuse what cannot be an API before anything is done."""
    if url is None:
        if ca_file is not None:
            raise click.UsageError("--ca-file is for the API: name it with --url")
        return
    check_url(url)
    if "@" in urlsplit(url).netloc:
        what = "holds a user name: it is the token that says who asks"
        raise click.BadParameter(what, param_hint="--url")
    load_authorities(ca_file)
