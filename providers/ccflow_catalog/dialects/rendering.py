"""
Fills the fields of a text: ``{token}``, ``{lifetime}``, ``{scope}``.

A text that is one field and nothing else becomes its value, a number or a list for
example; ``{lifetime!s}`` makes text of it.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final


_FIELD: Final = re.compile(r"\{([a-z_]+)(!s)?\}")

_MADE: Final[Mapping[str, Callable[[], str]]] = {
    "uuid": lambda: str(uuid.uuid4()),
    "hex": lambda: secrets.token_hex(16),
    "random": lambda: secrets.token_urlsafe(32),
}
"""Fields that are another text each time."""


def render(value: Any, facts: Mapping[str, Any]) -> Any:
    """
    Fill the fields of a text, or of all texts in a table or list.

    Raises:
        KeyError: There is no such field.
    """
    if isinstance(value, Mapping):
        return {key: render(it, facts) for key, it in value.items()}
    if isinstance(value, (list, tuple)):
        return [render(it, facts) for it in value]
    if not isinstance(value, str):
        return value
    whole = _FIELD.fullmatch(value)
    if whole is not None and whole[2] is None:
        return _fact(whole[1], facts)
    return _FIELD.sub(lambda found: str(_fact(found[1], facts)), value)


def render_text(value: str, facts: Mapping[str, Any]) -> str:
    """Fill the fields of a text."""
    return str(render(value, facts))


def _fact(name: str, facts: Mapping[str, Any]) -> Any:
    return _MADE[name]() if name in _MADE else facts[name]
