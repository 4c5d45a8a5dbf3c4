"""``ccflow show NAME``"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any

import click

from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.options import profile_argument


if TYPE_CHECKING:
    from ccflow.config.profile import Profile


@click.command("show")
@profile_argument
@config_option
@json_option
@click.pass_obj
def command(app: App, name: str) -> None:
    """
    Show profile NAME as it is in effect, and what it would send.

    Each value tells where it came from. Secrets are shown as their references, and
    literal ones are masked.
    """
    from ccflow.cli.profile_text import profile_lines
    from ccflow.cli.profile_text import profile_values
    from ccflow.cli.profile_text import value_origins

    profile = app.read_profile(name)
    plan, problems = _plan(profile)
    if app.as_json:
        app.output.json(
            {
                "name": profile.name,
                "values": profile_values(profile),
                "origins": value_origins(profile),
                "plan": plan,
                "problems": problems,
            }
        )
        return
    for line in profile_lines(profile):
        app.output.line(line)
    app.output.line()
    for line in _plan_lines(plan, problems):
        app.output.line(line, "dim")


def _plan(profile: Profile) -> tuple[dict[str, Any] | None, list[str]]:
    """Return what would be sent, or why nothing can be."""
    import attrs

    from ccflow.cli.profile_text import shown
    from ccflow.errors import ConfigError

    try:
        provider, plan = profile.plan()
    except ConfigError as error:
        return None, [str(problem) for problem in error.problems]
    usual = attrs.asdict(provider.quirks, recurse=False)
    quirks = attrs.asdict(plan.quirks, recurse=False)
    return {
        "provider": plan.provider,
        "provider_origin": str(profile.provider_origin or "") or None,
        "token_endpoint": plan.token_endpoint or None,
        "metadata_urls": list(plan.metadata_urls),
        "token_endpoint_auth_method": plan.auth_method,
        "client_id": plan.client_id,
        "credential": plan.credential,
        "scope": list(plan.scope),
        "audience": plan.audience,
        "resource": list(plan.resource),
        "quirks": {
            name: shown(value) for name, value in quirks.items() if value != usual[name]
        },
    }, []


def _plan_lines(plan: dict[str, Any] | None, problems: list[str]) -> Iterator[str]:
    """Write the plan as comments, so that the whole stays a profile."""
    from ccflow.cli.profile_text import toml_key
    from ccflow.cli.profile_text import toml_value

    if plan is None:
        yield "# nothing can be sent as it is:"
        yield from (f"#   {problem}" for problem in problems)
        return
    yield "# what it sends:"
    for key, value in plan.items():
        if key != "quirks" and value:
            yield f"#   {key} = {toml_value(value)}"
    for name, value in plan["quirks"].items():
        usual = f"# not what {plan['provider']} usually needs"
        yield f"#   quirks.{toml_key(name)} = {toml_value(value)}  {usual}"
