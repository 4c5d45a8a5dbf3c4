"""What must hold for a provider as data, beside the types of its values."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.plugin.table_reader import TableReader
from ccflow.plugin.words import nearest
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.quirk_check import quirk_problems
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import SETTING_NAME
from ccflow.protocol.template import Setting
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.template import template_fields
from ccflow.protocol.url import endpoint_problem


TEMPLATES: Final = ("token_endpoint", "issuer", "metadata_base")
"""The fields that hold the template of a URL."""

NAMED: Final = {"HOST": HOST, "NAME": NAME, "PATH": PATH}
"""What these names stand for as the ``pattern`` of a setting."""

_METHODS: Final = "token_endpoint_auth_methods"


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
    broken = any(map(reader.is_told, (*TEMPLATES, "extra_parameters")))
    if not broken and table.keys() <= values.keys():
        _check_use(reader, named, used)
    # As they stand in the file: what is no text hides nothing, and takes no number.
    _check_methods(reader, table.get(_METHODS, values.get(_METHODS)))
    _check_quirks(reader, values.get("quirks", Quirks()), table)
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
    if not setting.help.strip() or not setting.help.isprintable():
        reader.problem(f"{key}.help", "is not one line of text")
    # A regular expression of three or four letters takes one value.
    if setting.pattern.isalpha() and (near := nearest(setting.pattern.upper(), NAMED)):
        reader.problem(f"{key}.pattern", f"takes {setting.pattern!r} alone", near)
    if reader.is_told(f"{key}.pattern"):
        setting = attrs.evolve(setting, pattern="(?s:.*)")  # nobody knows what fits
    if setting.default is not None and not reader.is_told(f"{key}.choices"):
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
    for name in settings:
        if name not in used and not reader.is_told(f"settings.{name}"):
            hint = f"put {{{name}}} into token_endpoint, or take it out"
            reader.problem(f"settings.{name}", "is used nowhere", hint)


def _check_methods(reader: TableReader, methods: object) -> None:
    if not isinstance(methods, list | tuple):
        return
    if not methods:
        reader.problem(_METHODS, "is empty", f"for example [{AUTH_METHODS[0]!r}]")
    for number, method in enumerate(methods):
        key = f"{_METHODS}[{number}]"
        if method in methods[:number]:
            reader.problem(key, "is named twice", "keep the first one")
        elif isinstance(method, str) and method not in AUTH_METHODS:
            known = f"there are {', '.join(AUTH_METHODS)}"
            hint = nearest(method, AUTH_METHODS) or known
            reader.problem(key, f"there is no method {method!r}", hint)


def _check_quirks(
    reader: TableReader, quirks: Quirks, table: Mapping[str, Any]
) -> None:
    for key, fault in quirk_problems(quirks):
        reader.problem(f"quirks.{key}", fault)
    if not quirks.error_members and table.get("read_error") is None:
        text = "is empty, so that no error can be read; name one"
        reader.problem("quirks.error_members", text)
