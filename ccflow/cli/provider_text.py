"""A provider as the value says it: for JSON, and for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

import attrs

from ccflow import __version__
from ccflow.cli.output import Output
from ccflow.cli.profile_text import shown
from ccflow.cli.profile_text import toml_value
from ccflow.entry_point import distribution_of
from ccflow.plugin.definition_check import NAMED
from ccflow.plugin.registry import PROVIDERS
from ccflow.protocol.quirks import Quirks


if TYPE_CHECKING:
    from ccflow.protocol.provider import Provider
    from ccflow.protocol.provider import UrlRule

_NAMES: Final = {pattern: name for name, pattern in NAMED.items()}
"""The patterns of settings that have a name."""


def _url(rule: UrlRule | None, provider: Provider) -> str | None:
    """Return a template; a function is shown by what it makes of placeholders."""
    if rule is None or isinstance(rule, str):
        return rule
    try:
        return str(rule({name: f"{{{name}}}" for name in provider.settings}))
    except Exception:  # noqa: BLE001 - a plugin's function
        return "computed from the settings"


def describe(provider: Provider, origin: str | None = None) -> dict[str, Any]:
    """
    Return what there is to know of a provider, ready for JSON.

    Args:
        provider: The provider.

        origin: The place in a file that describes it.
    """
    usual = attrs.asdict(Quirks(), recurse=False)
    quirks = attrs.asdict(provider.quirks, recurse=False)
    return {
        "name": provider.name,
        "origin": origin,
        "distribution": None if origin else _distribution(provider.name),
        "token_endpoint": _url(provider.token_endpoint, provider),
        "issuer": _url(provider.issuer, provider),
        "metadata_base": _url(provider.metadata_base, provider),
        "settings": [
            {
                "name": name,
                "help": setting.help,
                "default": setting.default,
                "pattern": _NAMES.get(setting.pattern, setting.pattern),
                "corrections": dict(setting.corrections),
                "choices": dict(setting.choices),
                "required": setting.default is None,
            }
            for name, setting in provider.settings.items()
        ],
        "token_endpoint_auth_methods": list(provider.token_endpoint_auth_methods),
        "extra_parameters": dict(provider.extra_parameters),
        "functions": [
            name
            for name, value in attrs.asdict(provider, recurse=False).items()
            if callable(value)
        ],
        "quirks": {
            name: shown(value) for name, value in quirks.items() if value != usual[name]
        },
        "hints": [attrs.asdict(it) for it in provider.explanations],
        "documentation": list(provider.documentation),
    }


def explain(output: Output, described: dict[str, Any]) -> None:
    """Print what `describe` returns, for a person."""
    line = output.line
    line(described["name"], "bold")
    if described["origin"]:
        line(f"  described in    {described['origin']}")
    if described["distribution"]:
        line(f"  offered by      {described['distribution']}")
    elsewhere = "from the profile, or from the metadata of the server"
    line(f"  token_endpoint  {described['token_endpoint'] or elsewhere}")
    for key in ("issuer", "metadata_base"):
        if described[key]:
            line(f"  {key:14}  {described[key]}")
    _section(output, "settings", _settings(described["settings"]))
    methods = described["token_endpoint_auth_methods"]
    default = [f"{methods[0]}  (the default)", *methods[1:]]
    _section(output, "token_endpoint_auth_method", default)
    parameters = described["extra_parameters"].items()
    _section(
        output, "extra parameters", [f"{name} = {value}" for name, value in parameters]
    )
    quirks = described["quirks"].items()
    _section(
        output,
        "quirks, where they are not the standards'",
        [f"{name} = {toml_value(value)}" for name, value in quirks],
    )
    _section(output, "decided by functions", described["functions"])
    _section(output, "errors and what to do", map(_hint, described["hints"]))
    _section(output, "documentation", described["documentation"])


def _distribution(name: str) -> str:
    """Return who offers a provider, with the version."""
    if name in PROVIDERS.built_in:
        return f"ccflow-oauth {__version__}"
    points = [it for it in PROVIDERS.entry_points() if it.name == name]
    enabled = [it for it in points if PROVIDERS.disabled_reason(it) is None]
    numbers = {distribution_of(it): it.dist for it in enabled}
    return " and ".join(
        f"{name} {dist.version}" if dist is not None else name
        for name, dist in numbers.items()
    )


def _section(output: Output, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        output.line()
        output.line(title, "bold")
        for text in lines:
            output.line("  " + text)


def _settings(settings: Iterable[dict[str, Any]]) -> Iterable[str]:
    for setting in settings:
        default = setting["default"]
        note = "required" if default is None else f'"{default}" by default'
        yield f"{setting['name']}: {setting['help']}; {note}"
        if not setting["choices"]:
            yield f"    matches {setting['pattern']}"
        for choice, value in setting["choices"].items():
            yield f"    {choice} = {value}"
        for mistake, correction in setting["corrections"].items():
            yield f"    not {mistake}: {correction}"


def _hint(hint: dict[str, Any]) -> str:
    status = f"HTTP {hint['status_code']}" if hint["status_code"] else None
    when = " ".join(filter(None, [hint["error"], status])) or "any error"
    text = f" that says /{hint['description']}/" if hint["description"] else ""
    return f"{when}{text}\n      {hint['hint']}"
