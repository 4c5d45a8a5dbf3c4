"""What must hold for a provider as data, beside the types of its values."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.plugin.table_reader import TableReader
from ccflow.plugin.words import nearest
from ccflow.protocol.asked import header_problem
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.quirks import POSITIVE
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import SETTING_NAME
from ccflow.protocol.template import Setting
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.template import template_fields
from ccflow.protocol.url import endpoint_problem


TEMPLATES: Final = ("token_endpoint", "issuer", "metadata_base")
"""The fields that hold the template of a URL."""


def check_definition(
    reader: TableReader, values: Mapping[str, Any], table: Mapping[str, Any]
) -> None:
    """
    Find what cannot work; each problem goes to the reader.

    Args:
        reader: Collects the problems.

        values: What could be read, by the field of the provider.

        table: What stands in the file.
    """
    settings: Mapping[str, Setting] = values["settings"]
    given = table.get("settings", {})
    named: Collection[str] = given if isinstance(given, Mapping) else settings
    urls = {key: values[key] for key in TEMPLATES if values.get(key) is not None}
    parameters: Mapping[str, str] = values.get("extra_parameters", {})
    for name, setting in settings.items():
        _check_setting(reader, name, setting)
    for key, template in urls.items():
        _check_url(reader, key, template, named)
    for name, template in parameters.items():
        key = f"extra_parameters.{name}"
        if name in RESERVED_PARAMETERS:
            reader.problem(key, "ccflow sets this parameter itself")
        _check_template(reader, key, template, named)
    templates = [*urls.values(), *parameters.values()]
    used = {name for it in templates for name in template_fields(it)}
    # What is misspelt or broken may be what uses them.
    if used <= {*named} and table.keys() <= values.keys():
        _check_use(reader, named, used)
    _check_methods(reader, values.get("token_endpoint_auth_methods"))
    for key, fault in _quirk_problems(values.get("quirks", Quirks())):
        reader.problem(f"quirks.{key}", fault)
    for number, page in enumerate(values.get("documentation", ())):
        if not re.fullmatch(r"https?://\S+", page):
            text = f"{page!r} is not the address of a page"
            reader.problem(f"documentation[{number}]", text)


def _check_setting(reader: TableReader, name: str, setting: Setting) -> None:
    key = f"settings.{name}"
    if name in CORE_KEYS:
        reader.problem(key, "is a key of every profile", "name it otherwise")
    elif not re.fullmatch(SETTING_NAME, name):
        hint = 'use small letters, digits and "_"'
        reader.problem(key, "is not a name for a setting", hint)
    if setting.default is not None:
        if fault := setting_problem(setting, setting.default):
            reader.problem(f"{key}.default", fault)
    plain = attrs.evolve(setting, choices={}, corrections={})
    for choice, value in setting.choices.items():
        if fault := setting_problem(plain, value):
            reader.problem(f"{key}.choices.{choice}", fault)


def _check_url(
    reader: TableReader, key: str, template: str, settings: Collection[str]
) -> None:
    url = _check_template(reader, key, template, settings)
    if url is not None and (fault := endpoint_problem(url)):
        reader.problem(key, fault.replace(repr(url), repr(template)))


def _check_template(
    reader: TableReader, key: str, template: str, settings: Collection[str]
) -> str | None:
    """Return what a template may look like, unless that cannot be known."""
    fields = template_fields(template)
    for name in sorted(fields - {*settings}):
        hint = nearest(name, settings) or f"describe it in [settings.{name}]"
        reader.problem(key, f"{{{name}}} is no setting", hint)
    # A digit may stand in a host, a port, a path and a query.
    text = render_template(template, dict.fromkeys(fields, "1"))
    if not {*"{}"} & {*text}:
        return text
    fault = f"{template!r} has a brace that belongs to no setting"
    reader.problem(key, fault, "a setting is written {name}")
    return None


def _check_use(
    reader: TableReader, settings: Collection[str], used: Collection[str]
) -> None:
    """A function may use a setting in other ways; data may not."""
    told = {problem.key for problem in reader.problems}
    for name in settings:
        key = f"{reader.prefix}settings.{name}"
        in_order = not any(it and f"{it}.".startswith(f"{key}.") for it in told)
        if name not in used and in_order:
            hint = f"put {{{name}}} into token_endpoint, or take it out"
            reader.problem(f"settings.{name}", "is used nowhere", hint)


def _check_methods(reader: TableReader, methods: tuple[str, ...] | None) -> None:
    key = "token_endpoint_auth_methods"
    if methods == ():
        reader.problem(key, "is empty", f"for example [{AUTH_METHODS[0]!r}]")
    for number, method in enumerate(methods or ()):
        if method not in AUTH_METHODS:
            known = f"there are {', '.join(AUTH_METHODS)}"
            hint = nearest(method, AUTH_METHODS) or known
            reader.problem(f"{key}[{number}]", f"there is no method {method!r}", hint)


def _quirk_problems(quirks: Quirks) -> Iterator[tuple[str, str]]:
    """Find values that cannot be, each with its key."""
    for name in POSITIVE:
        value = getattr(quirks, name)
        if not 0 < value < float("inf"):
            yield name, f"expected seconds above zero, got {value}"
    try:
        re.compile(quirks.scope_pattern or "")
    except re.error as error:
        text = f"{quirks.scope_pattern!r} is no regular expression: {error}"
        yield "scope_pattern", text
    for name in quirks.request_headers:
        if fault := header_problem(name):
            yield f"request_headers.{name}", fault
