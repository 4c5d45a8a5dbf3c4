"""
JSON Schemas of ccflow.toml and of a provider as data, for editors.

They are made of the classes that the loader reads the tables into, and of their
docstrings; what the keys of a profile mean is read from docs/reference/profile.md.
Draft 7, which every editor for TOML knows.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from typing import Final
from typing import Literal
from typing import get_args
from typing import get_origin
from typing import get_type_hints

import attrs

from ccflow.config.cache import STORES
from ccflow.config.limits import SECONDS
from ccflow.config.profile import Profile
from ccflow.config.structure import LATER
from ccflow.config.words import NAME
from ccflow.errors import ProviderError
from ccflow.plugin.data_field import data_types
from ccflow.plugin.data_field import required_fields
from ccflow.plugin.definition import INSTEAD
from ccflow.plugin.definition import REQUIRED
from ccflow.plugin.definition import provider_types
from ccflow.plugin.definition_check import NAMED
from ccflow.plugin.definition_check import TEMPLATES
from ccflow.plugin.registry import RESERVED
from ccflow.plugin.registry import find_provider
from ccflow.plugin.toml_value import without_none
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import RESERVED_PARAMETERS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import SECONDS as SECONDS_OF_QUIRKS
from ccflow.protocol.quirks import Algorithm
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.seconds import YEAR
from ccflow.protocol.template import SETTING_NAME
from ccflow.protocol.template import Setting
from ccflow.secret import SecretReference


Schema = dict[str, Any]

PROFILE_PAGE: Final = (
    Path(__file__).resolve().parents[2] / "docs" / "reference" / "profile.md"
)
DRAFT: Final = "http://json-schema.org/draft-07/schema#"
SCALARS: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
SECRET: Final[Schema] = {"$ref": "#/definitions/secret"}
PROFILE_NAME: Final = f"^{NAME.pattern}$"
NOT_EMPTY: Final = r"\S"
ENDPOINT: Final = (
    r"^([Hh][Tt][Tt][Pp][Ss]://|"
    r"[Hh][Tt][Tt][Pp]://(localhost|127(\.\d+){3}|\[[\d:.]+\])([:/?]|$))"
)
"""What an endpoint begins with: https, or http to this machine."""
FREE_PARAMETERS: Final[Schema] = {"not": {"enum": sorted(RESERVED_PARAMETERS)}}
READERS: Final[Mapping[str, Schema]] = {
    "env": {"env": {"type": "string"}},
    "file": {"file": {"type": "string"}},
    "keyring": {"keyring": {"type": "string"}, "username": {"type": "string"}},
    "command": {
        "command": {"type": "array", "items": {"type": "string"}, "minItems": 1}
    },
}


def plain(text: str) -> str:
    """Write a text of a docstring or a page as one line without marks."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
    return text.replace("``", "`").replace("*", "")


def meanings_of(cls: type) -> dict[str, str]:
    """Read the section ``Args:`` of a docstring."""
    text = inspect.getdoc(cls) or ""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    found = re.findall(
        r"^    (\w+): (.*?)(?=^    \w|\Z)",
        section[1] if section else "",
        re.DOTALL | re.MULTILINE,
    )
    return {name: plain(meaning) for name, meaning in found}


def schema_of(target: Any) -> Schema:
    """Return the schema of the values that a type of a field takes."""
    target = without_none(target)
    if attrs.has(target):
        return table_of(target)
    origin, arguments = get_origin(target), get_args(target)
    if origin is tuple:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin is Literal:
        return {"enum": list(arguments)}
    return {"type": SCALARS[target]}


def table_of(cls: type) -> Schema:
    """Return the schema of the table of a class."""
    properties = properties_of(cls, data_types(cls))
    if cls is Quirks:
        for name in SECONDS_OF_QUIRKS:
            properties[name] |= {"exclusiveMinimum": 0, "maximum": YEAR}
        for schema in properties.values():
            text = schema.get("items", schema)
            if text.get("type") == "string":
                text |= {"minLength": 1}
    if cls is Setting:
        properties["help"]["pattern"] = NOT_EMPTY
        properties["pattern"]["examples"] = sorted(NAMED)
    if cls is Explanation:
        properties["hint"]["pattern"] = NOT_EMPTY
        properties["status_code"] |= {"minimum": 100, "maximum": 599}
    return closed(properties, sorted(required_fields(cls)))


def properties_of(cls: type, types: Mapping[str, Any]) -> Schema:
    meanings = meanings_of(cls)
    fields = attrs.fields_dict(cls)
    properties = {name: schema_of(kind) for name, kind in types.items()}
    for name, schema in properties.items():
        schema["description"] = meanings[name]
        default = fields[name].default
        if isinstance(default, str | bool | int | float):
            schema["default"] = default
        elif isinstance(default, tuple) and default:
            schema["default"] = list(default)
    return properties


def closed(properties: Schema, required: list[str] | None = None) -> Schema:
    schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def provider_table() -> Schema:
    """Return the schema of a provider as data."""
    properties = properties_of(Provider, provider_types())
    methods = properties["token_endpoint_auth_methods"]
    known = {"enum": list(AUTH_METHODS)}
    methods |= {"items": known, "minItems": 1, "uniqueItems": True}
    properties["settings"]["propertyNames"] = {
        "pattern": f"^{SETTING_NAME}$",
        "not": {"enum": sorted(CORE_KEYS)},
    }
    properties["extra_parameters"]["propertyNames"] = FREE_PARAMETERS
    for name in TEMPLATES:
        properties[name]["pattern"] = ENDPOINT
    properties[INSTEAD] = {
        "type": "string",
        "description": "What to use where such a server has no client credentials "
        "grant; with documentation, and nothing else.",
    }
    return {
        **closed(properties),
        "if": {"required": [INSTEAD]},
        "then": {"propertyNames": {"enum": ["documentation", INSTEAD]}},
        "else": {"required": list(REQUIRED)},
    }


def provider_schema() -> Schema:
    """Return the schema of a file of the catalogue."""
    return {
        "$schema": DRAFT,
        "title": "A provider of ccflow, as data",
        **provider_table(),
    }


@cache
def usable() -> dict[str, Provider]:
    """Return our own providers, by name."""
    found = {}
    for name in sorted(RESERVED):
        try:
            found[name] = find_provider(name)
        except ProviderError:
            continue
    return found


def key_meanings() -> dict[str, str]:
    """Read what the keys of a profile mean from the table of their page."""
    rows = re.findall(
        r"^\| `(\w+)` \|[^|]*\|[^|]*\| (.*?) \|$",
        PROFILE_PAGE.read_text("utf-8").split("## The keys")[1],
        re.MULTILINE,
    )
    return {key: plain(meaning) for key, meaning in reversed(rows)}


def key_schema(key: str, hint: Any) -> Schema:
    """Return the schema of one key of a profile."""
    text: Schema = {"type": "string", "pattern": PROFILE_NAME}
    special: dict[str, Schema] = {
        "cache": {"anyOf": [{"const": False}, {"$ref": "#/definitions/cache"}]},
        "client_secret": {
            "anyOf": [SECRET, {"type": "array", "items": SECRET, "minItems": 1}]
        },
        "provider": {
            "anyOf": [
                {"enum": [*usable()]},
                {**text, "not": {"enum": sorted(RESERVED)}},
            ]
        },
        "extra_parameters": {
            "type": "object",
            "additionalProperties": SECRET,
            "propertyNames": FREE_PARAMETERS,
        },
        "token_endpoint": {"type": "string", "pattern": ENDPOINT},
        "quirks": {"$ref": "#/definitions/quirks"},
        "token_endpoint_auth_method": {"enum": list(AUTH_METHODS)},
        "token_endpoint_auth_signing_alg": {"enum": list(get_args(Algorithm))},
    }
    if key in special:
        return special[key]
    if key in SECONDS:
        return schema_of(hint) | {"exclusiveMinimum": 0, "maximum": SECONDS[key]}
    if key in {"scope", "resource", "api_origins"}:
        return {"anyOf": [{"type": "string"}, schema_of(hint)]}
    if SecretReference in get_args(hint):
        return SECRET
    if get_origin(hint) is Mapping:
        return {"type": "object", "additionalProperties": SECRET}
    return schema_of(hint)


def profile_table(*, extends: bool) -> Schema:
    """Return the schema of a profile, or of what all profiles begin with."""
    hints = get_type_hints(Profile)
    meanings = key_meanings()
    keys = sorted(CORE_KEYS - LATER - {"extends"})
    properties = {
        key: {"description": meanings[key], "allOf": [key_schema(key, hints[key])]}
        for key in keys
    }
    text: Schema = {"type": "string", "pattern": PROFILE_NAME}
    properties["extends"] = {"description": meanings["extends"], **text}
    if not extends:
        properties["extends"]["not"] = {}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": {"type": "string", "description": "A setting."},
        "allOf": [
            settings_of(provider, sorted(properties)) for provider in usable().values()
        ],
    }


def settings_of(provider: Provider, keys: list[str]) -> Schema:
    """Return what holds where a profile names this provider."""
    named = {"provider": {"const": provider.name}}
    return {
        "if": {"properties": named, "required": ["provider"]},
        "then": {
            "properties": {
                name: setting_schema(setting)
                for name, setting in provider.settings.items()
            },
            "propertyNames": {"enum": [*keys, *provider.settings]},
        },
    }


def setting_schema(setting: Setting) -> Schema:
    schema: Schema = {"type": "string", "description": plain(setting.help)}
    if setting.choices:
        schema["enum"] = [*setting.choices]
    else:
        schema["pattern"] = f"^(?:{setting.pattern})$"
    if setting.default is not None:
        schema["default"] = setting.default
    return schema


def cache_table() -> Schema:
    """Return the schema of ``[cache]``; a plugin's store may ask for anything."""
    kinds = {"text": {"type": "string"}, "path": {"type": "string"}, "secret": SECRET}
    every = {"store": {"type": "string"}, "encryption_key": SECRET}
    return {
        "type": "object",
        "properties": {
            "store": {
                "description": "Where tokens are kept.",
                "anyOf": [
                    {"enum": [*STORES]},
                    {"type": "string", "pattern": PROFILE_NAME},
                ],
            },
            "encryption_key": {"description": "What encrypts them.", **SECRET},
        },
        "allOf": [
            {
                "if": {"properties": {"store": {"const": name}}, "required": ["store"]},
                "then": closed(
                    every | {key: kinds[it.kind] for key, it in settings.items()}
                ),
            }
            for name, settings in STORES.items()
        ],
    }


def lone_cache() -> Schema:
    """Return what holds of the ``[cache]`` of a file, which is put over nothing."""
    return {
        "if": {"required": ["store"]},
        "else": {"propertyNames": {"enum": ["encryption_key"]}},
    }


def generic_profiles() -> Schema:
    """Return what holds of profiles where no defaults name a provider."""
    keys = sorted(CORE_KEYS - LATER)
    elsewhere = [{"required": ["provider"]}, {"required": ["extends"]}]
    return {
        "additionalProperties": {
            "if": {"anyOf": elsewhere},
            "else": {"propertyNames": {"enum": keys}},
        }
    }


def secret() -> Schema:
    """Return the schema of a secret: a reference, or the text itself."""
    known = [closed(table, sorted(table)) for table in READERS.values()]
    others = {"propertyNames": {"not": {"enum": sorted(READERS)}}, "minProperties": 1}
    return {
        "description": 'A reference, such as { env = "NAME" }, or the secret itself.',
        "anyOf": [{"type": "string"}, *known, {"type": "object", **others}],
    }


def ccflow_schema() -> Schema:
    """Return the schema of ccflow.toml."""
    own_names = {"pattern": PROFILE_NAME, "not": {"enum": sorted(RESERVED)}}

    def tables(name: str, names: Schema, meaning: str) -> Schema:
        return {
            "description": meaning,
            "type": "object",
            "propertyNames": names,
            "additionalProperties": {"$ref": f"#/definitions/{name}"},
        }

    sections = {
        "profiles": tables("profile", {"pattern": PROFILE_NAME}, "One for a client."),
        "defaults": {"$ref": "#/definitions/defaults"},
        "cache": {"allOf": [{"$ref": "#/definitions/cache"}, lone_cache()]},
        "providers": tables("provider", own_names, "Kinds of servers, as data."),
    }
    return {
        "$schema": DRAFT,
        "title": "ccflow.toml",
        **closed(sections),
        "if": {
            "properties": {"defaults": {"$ref": "#/definitions/provided"}},
            "required": ["defaults"],
        },
        "else": {"properties": {"profiles": {"$ref": "#/definitions/generic"}}},
        "definitions": {
            "profile": profile_table(extends=True),
            "defaults": profile_table(extends=False),
            "cache": cache_table(),
            "provider": provider_table(),
            "quirks": table_of(Quirks),
            "secret": secret(),
            "generic": generic_profiles(),
            "provided": {"required": ["provider"]},
        },
    }


SCHEMAS: Final = {
    "ccflow.schema.json": ccflow_schema,
    "provider.schema.json": provider_schema,
}
"""The files, and what makes them."""
