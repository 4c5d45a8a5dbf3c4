"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import Final
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

from ccflow.cli.app import App


Function = TypeVar("Function", bound=Callable[..., Any])


def _set_config(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> None:
    if value == "":
        raise click.BadParameter("is empty", context, parameter)
    if value is not None:
        context.ensure_object(App).config = value


def _set_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(App).as_json = True


config_option: Final = click.option(
    "--config",
    metavar="FILE",
    help="Read profiles from this file only.",
    type=click.Path(),
    expose_value=False,
    is_eager=True,
    callback=_set_config,
)

json_option: Final = click.option(
    "--json",
    "as_json",
    help="Print JSON.",
    is_flag=True,
    expose_value=False,
    callback=_set_json,
)


def complete_profile(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of the profiles; a broken file offers none."""
    from ccflow.config.load import list_profiles
    from ccflow.errors import CcflowError

    try:
        names = list_profiles(context.ensure_object(App).config)
    except CcflowError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


profile_argument: Final = click.argument(
    "name", metavar="NAME", shell_complete=complete_profile
)


def read_scope(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Return the scope that was asked for; None where the option is not given."""
    return tuple(" ".join(values).split()) if values else None


def _read_resource(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    return values or None


def request_options(function: Function) -> Function:
    """Add the options that replace what the profile asks for."""
    for option in (
        click.option(
            "--resource",
            multiple=True,
            metavar="URI",
            callback=_read_resource,
            help="Ask for this resource instead of the profile's; may be repeated.",
        ),
        click.option(
            "--audience",
            metavar="TEXT",
            help="Ask for this audience instead of the profile's.",
        ),
        click.option(
            "--scope",
            multiple=True,
            metavar="TEXT",
            callback=read_scope,
            help="Ask for this scope instead of the profile's; may be repeated, and "
            "an empty one sends none.",
        ),
    ):
        function = option(function)
    return function
