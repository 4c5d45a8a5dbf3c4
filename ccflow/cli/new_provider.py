"""``ccflow new-provider NAME``"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ccflow.cli.app import App
from ccflow.cli.options import json_option
from ccflow.cli.schema import SCHEMAS
from ccflow.cli.schema import read_schema


TEMPLATES: Final = Path(__file__).parent / "templates"
"""
Whole distributions of a provider called ``acme``: they work as they are, and every
form of the name is replaced by the same form of another one.
"""

_SUFFIX: Final = ".template"
_NAME: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_FORMS: Final = re.compile(r"ccflow_acme|ACME|Acme|acme")


@click.command("new-provider")
@click.argument("name", metavar="NAME")
@click.option(
    "--data-only",
    is_flag=True,
    help="Write a ccflow.toml that describes the provider, instead of a distribution.",
)
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write into this directory; ccflow-NAME by default.",
)
@json_option
@click.pass_obj
def command(app: App, name: str, data_only: bool, directory: Path | None) -> None:
    """
    Write a provider called NAME to begin with: a distribution that passes its tests.

    Provider, explanations, emulator, sample profile and tests are there, each to be
    made true. No file that is there already is overwritten.
    """
    _check_name(name)
    target = directory if directory is not None else Path(f"ccflow-{name}")
    files = dict(render("data" if data_only else "package", name))
    if data_only:
        files[SCHEMAS["profile"]] = read_schema("profile")
    _write(target, files)
    if app.as_json:
        told = {"provider": name, "directory": str(target), "files": sorted(files)}
        app.output.json(told)
        return
    for path in sorted(files):
        app.output.line(str(target / path))
    app.output.note(f"next: {target / 'README.md'} says how to try it")


def _check_name(name: str) -> None:
    """Refuse a name that no profile could find."""
    from ccflow.entry_point import distribution_of
    from ccflow.plugin.registry import PROVIDERS
    from ccflow.plugin.registry import RESERVED

    problem = None
    if not _NAME.fullmatch(name):
        problem = 'use small letters and digits, with "-" or "_" between'
    elif not name[0].isalpha():
        problem = "begin it with a letter"
    elif name in RESERVED:
        problem = "ccflow itself has a provider of this name, or may get one"
    elif owners := [it for it in PROVIDERS.entry_points() if it.name == name]:
        problem = f"{distribution_of(owners[0])}, which is installed, offers it"
    if problem is not None:
        raise click.BadParameter(f"{name!r}: {problem}", param_hint="NAME")


def render(kind: str, name: str) -> Iterator[tuple[str, str]]:
    """
    Give the files of a template, with their paths below the new directory.

    Args:
        kind: ``package`` or ``data``.

        name: What profiles will call the provider.
    """
    plain = re.sub(r"[-_]", "_", name)
    forms = {
        "ccflow_acme": f"ccflow_{plain}",
        "ACME": plain.upper(),
        "Acme": "".join(part.capitalize() for part in plain.split("_")),
        "acme": name,
    }

    def renamed(text: str) -> str:
        return _FORMS.sub(lambda found: forms[found[0]], text)

    folder = TEMPLATES / kind
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        below = path.relative_to(folder).as_posix().removesuffix(_SUFFIX)
        yield renamed(below), renamed(path.read_text(encoding="utf-8"))


def _write(target: Path, files: dict[str, str]) -> None:
    try:
        there = [path for path in files if (target / path).exists()]
        if there:
            text = f"{target / there[0]} is there, and nothing is overwritten"
            raise click.BadParameter(text, param_hint="--directory")
        for path, text in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            with (target / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        text = f"{target} cannot be written: {error.strerror}"
        raise click.BadParameter(text, param_hint="--directory") from error
