"""``ccflow providers [NAME]``"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any

import click
from click.shell_completion import CompletionItem

from ccflow.cli.app import App
from ccflow.cli.options import json_option


if TYPE_CHECKING:
    from ccflow.protocol.provider import Provider
    from ccflow.protocol.provider import UrlRule


def complete_provider(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of the providers; nothing is imported for it."""
    from ccflow.plugin.registry import PROVIDERS

    names = {*PROVIDERS.built_in, *(point.name for point in PROVIDERS.entry_points())}
    return [CompletionItem(it) for it in sorted(names) if it.startswith(incomplete)]


@click.command("providers")
@click.argument(
    "name", metavar="[NAME]", required=False, shell_complete=complete_provider
)
@json_option
@click.pass_obj
def command(app: App, name: str | None) -> None:
    """List the providers, or explain NAME: its settings, methods, quirks and hints."""
    if name is None:
        _list(app)
        return
    from ccflow.plugin.registry import find_provider

    described = describe(find_provider(name))
    if app.as_json:
        app.output.json(described)
    else:
        _explain(app, described)


def _list(app: App) -> None:
    import attrs

    from ccflow.plugin.registry import list_providers

    listings = list_providers()
    if app.as_json:
        app.output.json([attrs.asdict(listing) for listing in listings])
        return
    app.output.table(
        ("name", "distribution", "version", "state", "reason"),
        [
            (it.name, it.distribution, it.version, it.state, it.reason or "")
            for it in listings
        ],
    )


def _url(rule: UrlRule | None, provider: Provider) -> str | None:
    """Return a template; a function is shown by what it makes of placeholders."""
    if rule is None or isinstance(rule, str):
        return rule
    try:
        return str(rule({name: f"{{{name}}}" for name in provider.settings}))
    except Exception:  # noqa: BLE001 - a plugin's function
        return "computed from the settings"


def describe(provider: Provider) -> dict[str, Any]:
    """Return what there is to know of a provider, ready for JSON."""
    import attrs

    from ccflow.cli.profile_text import shown
    from ccflow.protocol.quirks import Quirks

    usual = attrs.asdict(Quirks(), recurse=False)
    quirks = attrs.asdict(provider.quirks, recurse=False)
    return {
        "name": provider.name,
        "token_endpoint": _url(provider.token_endpoint, provider),
        "issuer": _url(provider.issuer, provider),
        "settings": [
            {
                "name": name,
                "help": setting.help,
                "default": setting.default,
                "required": setting.default is None,
            }
            for name, setting in provider.settings.items()
        ],
        "token_endpoint_auth_methods": list(provider.token_endpoint_auth_methods),
        "quirks": {
            name: shown(value) for name, value in quirks.items() if value != usual[name]
        },
        "hints": [attrs.asdict(it) for it in provider.explanations],
        "documentation": list(provider.documentation),
    }


def _explain(app: App, described: dict[str, Any]) -> None:
    from ccflow.cli.profile_text import toml_value

    line = app.output.line
    line(described["name"], "bold")
    line(f"  token_endpoint  {described['token_endpoint'] or 'from the profile'}")
    if described["issuer"]:
        line(f"  issuer          {described['issuer']}")
    _section(app, "settings", _settings(described["settings"]))
    methods = described["token_endpoint_auth_methods"]
    default = [f"{methods[0]}  (the default)", *methods[1:]]
    _section(app, "token_endpoint_auth_method", default)
    quirks = described["quirks"].items()
    _section(
        app,
        "quirks, where they are not the standards'",
        [f"{name} = {toml_value(value)}" for name, value in quirks],
    )
    _section(app, "errors and what to do", map(_hint, described["hints"]))
    _section(app, "documentation", described["documentation"])


def _section(app: App, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        app.output.line()
        app.output.line(title, "bold")
        for text in lines:
            app.output.line("  " + text)


def _settings(settings: Iterable[dict[str, Any]]) -> Iterable[str]:
    for setting in settings:
        default = setting["default"]
        note = "required" if default is None else f'"{default}" by default'
        yield f"{setting['name']}: {setting['help']}; {note}"


def _hint(hint: dict[str, Any]) -> str:
    status = f"HTTP {hint['status_code']}" if hint["status_code"] else None
    when = " ".join(filter(None, [hint["error"], status])) or "any error"
    text = f" that says /{hint['description']}/" if hint["description"] else ""
    return f"{when}{text}\n      {hint['hint']}"
