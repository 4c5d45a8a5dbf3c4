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
@click.pass_obj
def command(app: App, name: str | None) -> None:
    """List the providers, or explain NAME: its settings, methods, quirks and hints."""
    if name is None:
        _list(app)
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

    found = [own for own in _own(app) if name in own.tables]
    if len(found) > 1:
        files = " and ".join(str(own.file) for own in found)
        raise ProviderError(f"{name!r} is described in {files}; name one by --config")
    for own in found:
        if provider := own.find(name):
            return provider, own.file
    return find_provider(name), None


def _own(app: App) -> list[OwnProviders]:
    """Return what the files describe that can be read."""
    import os

    from ccflow.config.files import find_files

    files = find_files(app.config, os.environ)
    for problem in [it for file in files if not file.whole for it in file.problems]:
        app.output.note(str(problem), "warning")
    return [file.own_providers for file in files]


def _list(app: App) -> None:
    import attrs

    from ccflow.plugin.listing import list_providers

    listings = list_providers()
    listings += [listing for own in _own(app) for listing in own.listings()]
    if app.as_json:
        app.output.json([attrs.asdict(listing) for listing in listings])
        return
    app.output.table(
        ("name", "distribution", "version", "state", "reason"),
        [
            (it.name, it.file or it.distribution, it.version, it.state, it.reason or "")
            for it in listings
        ],
    )
