"""Which value of TOML each type of a field takes, and no other."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import Literal
from typing import get_args
from typing import get_origin

from cattrs import Converter

from ccflow.config.cache import Cache
from ccflow.plugin.toml_value import read_value
from ccflow.protocol.provider import Provider
from ccflow.secret import Secret


def _kept(value: Any, target: Any) -> Any:
    return value


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for scalar in (str, bool, int, float):
        converter.register_structure_hook(scalar, read_value)

    def is_a(origin: object) -> Callable[[Any], bool]:
        return lambda target: get_origin(target) is origin

    for origin in (tuple, Mapping, Literal):
        converter.register_structure_hook_func(is_a(origin), read_value)
    converter.register_structure_hook_func(
        lambda target: not {Secret, Cache, Provider}.isdisjoint(get_args(target)),
        _kept,
    )
    return converter


CONVERTER: Final = _make_converter()
"""Makes attrs classes of TOML values; each wrong one is an error of its own."""
