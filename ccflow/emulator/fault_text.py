"""
Faults as a person writes them: ``NAME[=VALUE][,OPTION=VALUE]...``.

The names and options are those of `ccflow.emulator.faults`, in lower case and with
hyphens; the value is that of the first option. All have ``times``, and ``ok`` is a
request that is answered as usual.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

import attrs

from ccflow.emulator import faults
from ccflow.emulator.fault import Fault


USUAL: Final = "ok"
ALWAYS: Final = "always"
TIMES: Final = "times"

Turn = tuple[Fault | None, int | None]
"""A fault, or None for none, and how many requests meet it, or None for all."""


def _hyphenate(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])|_", "-", name).lower()


FAULTS: Final[Mapping[str, type[Any]]] = {
    _hyphenate(name): getattr(faults, name) for name in faults.__all__
}


def read_faults(texts: Iterable[str]) -> list[Turn]:
    """
    Read what the next token requests meet, in this order.

    Raises:
        ValueError: One cannot be read, or would never come.
    """
    turns: list[Turn] = []
    for text in texts:
        if turns and turns[-1][1] is None:
            raise ValueError(f"{text!r} never comes: the fault before it is for all")
        turns.append(_read_fault(text))
    return turns


def _read_fault(text: str) -> Turn:
    # An address may hold commas, too.
    head, *pairs = re.split(r",(?=[a-z-]+=)", text.strip())
    name, has_value, value = head.partition("=")
    if name not in {USUAL, *FAULTS}:
        raise ValueError(_unknown("there is no fault", name, [*FAULTS, USUAL]))
    given = dict(pair.split("=", 1) for pair in pairs)
    times = _read_times(given.pop(TIMES, "1"))
    fields = () if name == USUAL else attrs.fields(FAULTS[name])
    options = {_hyphenate(field.name): field for field in fields}
    if has_value:
        if not options:
            raise ValueError(f"{name} takes no value")
        given = {next(iter(options)): value, **given}
    for option in given:
        if option not in options:
            names = [*options, TIMES]
            raise ValueError(_unknown(f"{name} has no option", option, names))
    if name == USUAL:
        return None, times
    for option, field in options.items():
        if field.default is attrs.NOTHING and option not in given:
            raise ValueError(f"{name} needs a value: {name}={option.upper()}")
    values = {
        options[option].name: _read_value(option, str(options[option].type), word)
        for option, word in given.items()
    }
    fault: Fault = FAULTS[name](**values)
    return fault, times


def _read_times(text: str) -> int | None:
    if text == ALWAYS:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{TIMES} is 1 or more, or {ALWAYS!r}, not {text!r}")
    return int(text)


def _read_value(option: str, kind: str, text: str) -> Any:
    """Read a value by the type of its field."""
    match kind.removesuffix(" | None"):
        case "bool":
            words = {"yes": True, "no": False}
            if text not in words:
                raise ValueError(f"{option} is yes or no, not {text!r}")
            return words[text]
        case "int":
            if not re.fullmatch(r"[0-9]{1,9}", text):
                raise ValueError(f"{option} is a whole number, not {text!r}")
            return int(text)
        case "float":
            try:
                return float(text)
            except ValueError:
                raise ValueError(f"{option} is a number, not {text!r}") from None
        case _:
            return text


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return f"{what} {name!r}; {hint}"
