"""
URL templates: ``https://{domain}/oauth2/v1/token``.

A template is rendered by a pattern of our own. ``str.format`` would evaluate
``{domain.__class__}``, and a value is checked before it gets in, so that no
setting can reach another host, path or query than the template says.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Final

import attrs


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
HOST: Final = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?"
"""A host name or address, with or without a port."""

NAME: Final = r"[A-Za-z0-9._~-]+"
"""One segment of a path."""

PATH: Final = rf"{NAME}(?:/{NAME})*"
"""Some segments of a path, without a slash at either end."""

SETTING_NAME: Final = r"[a-z][a-z0-9_]*"
"""What a setting may be called."""

_FIELD: Final = re.compile(rf"\{{({SETTING_NAME})\}}")
_AUTHORITY: Final = re.compile(r"[^/?#]*//[^/?#]*")
_PAIRS: Final = re.compile(r"[&=+;]")
_NEVER: Final = re.compile(r"[\x00-\x20\x7f-\U0010ffff%\\?#@]")


def _copied(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values)


@attrs.frozen
class Setting:
    """
    One value that a provider asks of a profile, and what it may look like.

    Args:
        help: What it is, with an example, for a person.

        default: The value when the profile has none; None makes it required.

        pattern: The regular expression that the whole value matches. It may
            allow ``/``; ``..``, empty segments, ``%`` and backslashes are
            refused whatever it says. In TOML ``HOST``, ``NAME`` and ``PATH``
            stand for the patterns of these names.

        corrections: Regular expressions of known mistakes, each with the
            sentence that says what to write instead.

        choices: The only values that it has, where these are few, each with
            what goes into the URL in its place.

    .. versionadded:: 0.1.0
    """

    help: str
    default: str | None = None
    pattern: str = HOST
    corrections: Mapping[str, str] = attrs.field(
        factory=dict, converter=_copied, hash=False
    )
    choices: Mapping[str, str] = attrs.field(
        factory=dict, converter=_copied, hash=False
    )

    def __attrs_post_init__(self) -> None:
        # Here, so that a plugin breaks when it is imported and not in a profile.
        for pattern in (self.pattern, *self.corrections):
            re.compile(pattern)


def setting_problem(setting: Setting, value: object) -> str | None:
    """Say what is wrong with the value of a setting, or None."""
    if not isinstance(value, str):
        return f"is not text; expected {setting.help}"
    for mistake, correction in setting.corrections.items():
        if re.search(mistake, value):
            return f"{value!r}: {correction}"
    if setting.choices:
        return _choice_problem(setting.choices, value)
    if "://" in value:
        return f"{value!r} is a URL; expected {setting.help}"
    segments = value.split("/")
    if _NEVER.search(value) or ".." in value or not {"", "."}.isdisjoint(segments):
        return f"{value!r} cannot be part of a URL; expected {setting.help}"
    if not re.fullmatch(setting.pattern, value):
        return f"{value!r} does not fit; expected {setting.help}"
    return None


def _choice_problem(choices: Mapping[str, str], value: str) -> str | None:
    if value in choices:
        return None
    near = difflib.get_close_matches(value, choices, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"use {' or '.join(choices)}"
    return f"there is no {value!r}; {hint}"


def template_fields(template: str) -> frozenset[str]:
    """Return the names of the settings that a template uses."""
    return frozenset(_FIELD.findall(template))


def render_template(template: str, settings: Mapping[str, str]) -> str:
    """
    Put checked settings into a template.

    Raises:
        KeyError: The template names a setting that is not there.

        ValueError: A setting would end the part of the URL that it stands in.
    """
    parts = _AUTHORITY.match(template)
    host_ends = parts.end() if parts else 0
    query = template.find("?")

    def value(field: re.Match[str]) -> str:
        text = settings[field[1]]
        in_query = 0 <= query < field.start()
        if field.start() < host_ends and "/" in text:
            raise ValueError(f"{text!r} cannot be part of a host")
        if in_query and _PAIRS.search(text):
            raise ValueError(f"{text!r} cannot be a value in a query")
        return text

    return _FIELD.sub(value, template)
