"""``ccflow providers [NAME]``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option


if TYPE_CHECKING:
    from ccflow.config.own_providers import OwnProviders
    from ccflow.plugin.listing import Listing
    from ccflow.protocol.provider import Provider


def complete_provider(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of the providers; nothing is imported for it."""
    import os

    from ccflow.config.files import find_files
    from ccflow.plugin.registry import PROVIDERS

    files = find_files(context.ensure_object(App).config, os.environ)
    names = {*PROVIDERS.built_in, *(point.name for point in PROVIDERS.entry_points())}
    names |= {name for file in files for name in file.own_providers.tables}
    return [CompletionItem(it) for it in sorted(names) if it.startswith(incomplete)]


@click.command("providers")
@click.argument(
    "name", metavar="[NAME]", required=False, shell_complete=complete_provider
)
@config_option
@json_option
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="With --json, an object that has the other plugins as well.",
)
@click.option(
    "--schema",
    type=click.Choice(["profile", "provider"]),
    help="Print the JSON Schema of ccflow.toml, or of a provider alone, for editors.",
)
@click.pass_obj
def command(app: App, name: str | None, every: bool, schema: str | None) -> None:
    """
    List the providers, or explain NAME: its settings, methods, quirks and hints.

    Below the providers stand the secret readers, stores and emulators of plugins.
    """
    if schema is not None:
        from ccflow.cli.schema import read_schema

        app.output.raw(read_schema(schema).encode())
        return
    if name is None:
        _list(app, every)
        return
    from ccflow.cli.provider_text import describe
    from ccflow.cli.provider_text import explain

    described = describe(*find(app, name))
    if app.as_json:
        app.output.json(described)
    else:
        explain(app.output, described)


def find(app: App, name: str) -> tuple[Provider, str | None]:
    """
    Return the provider of a name, and the place in a file that describes it.

    Raises:
        ProviderError: There is none, it cannot be used, or two files describe it.
    """
    provider, file = locate(app, name)
    return provider, f"{file} [providers.{name}]" if file is not None else None


def locate(app: App, name: str) -> tuple[Provider, str | None]:
    """
    Return the provider of a name, and the file that describes it.

    Raises:
        ProviderError: There is none, it cannot be used, or two files describe it.
    """
    from ccflow.errors import ProviderError
    from ccflow.plugin.registry import find_provider

    described = _own(app)
    found = [own for own in described if name in own.tables]
    if len(found) > 1:
        files = " and ".join(str(own.file) for own in found)
        raise ProviderError(f"{name!r} is described in {files}; name one by --config")
    for own in found:
        if provider := own.find(name):
            return provider, own.file
    others = {other for own in described for other in own.tables}
    return find_provider(name, others), None


def _own(app: App) -> list[OwnProviders]:
    """Return what the files describe that can be read."""
    import os

    from ccflow.config.files import find_files

    files = find_files(app.config, os.environ)
    for problem in [it for file in files if not file.whole for it in file.problems]:
        app.output.note(str(problem), "warning")
    return [file.own_providers for file in files]


def _list(app: App, every: bool) -> None:
    from attrs import asdict

    from ccflow.plugin.listing import list_providers

    providers = list_providers()
    providers += [listing for own in _own(app) for listing in own.listings()]
    if app.as_json and not every:
        app.output.json([asdict(listing) for listing in providers])
        return
    listings = {"providers": providers, **_others()}
    if app.as_json:
        rows = {key: [asdict(it) for it in found] for key, found in listings.items()}
        app.output.json(rows)
        return
    for key, found in listings.items():
        if key != "providers" and found:
            app.output.line(f"\n{key.replace('_', ' ')} of plugins")
        if found:
            _table(app, found)


def _others() -> dict[str, list[Listing]]:
    """Return what else plugins offer, by the end of its entry-point group."""
    from ccflow.emulator.hookspecs import disabled_reason
    from ccflow.emulator.hookspecs import load_dialect
    from ccflow.emulator.hookspecs import plugin_entry_points
    from ccflow.plugin.listing import list_plugin
    from ccflow.plugin.listing import list_secret_readers
    from ccflow.plugin.listing import list_token_stores

    emulators = [
        list_plugin(point, disabled_reason(point), load_dialect)
        for point in plugin_entry_points()
    ]
    return {
        "secret_readers": list_secret_readers(),
        "token_stores": list_token_stores(),
        "emulators": sorted(emulators, key=lambda it: (it.name, it.distribution)),
    }


def _table(app: App, listings: list[Listing]) -> None:
    app.output.table(
        ("name", "distribution", "version", "state", "reason"),
        [
            (it.name, it.file or it.distribution, it.version, it.state, it.reason or "")
            for it in listings
        ],
    )
