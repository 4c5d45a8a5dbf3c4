"""An entry point of a plugin: whose it is, if it is switched off, how it breaks."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from logging import Logger
from typing import Final

from ccflow.errors import ProviderError


DISABLE_VARIABLE: Final = "CCFLOW_DISABLE_PLUGINS"

# Between our call and the plugin's own lines.
_CALLERS: Final = frozenset(
    {__name__, "ccflow.plugin.kind", "ccflow.emulator.hookspecs"}
)
_MACHINERY: Final = frozenset({"importlib", "pluggy"})


class PluginError(Exception):
    """What is wrong with a plugin in our own words, which need no class before them."""


def distribution_of(entry_point: EntryPoint) -> str:
    """Return the name of the distribution that an entry point is of."""
    # What was not found among those that are installed, we made for one of ours.
    return entry_point.dist.name if entry_point.dist is not None else "ccflow-oauth"


def off_reason(entry_point: EntryPoint) -> str | None:
    """Say that `DISABLE_VARIABLE` names its distribution, or all of them; or None."""
    value = os.environ.get(DISABLE_VARIABLE, "").strip()
    if not value:
        return None  # Reading the name of a distribution takes a millisecond.
    distribution = distribution_of(entry_point)
    names = {_normal(name) for name in value.split(",")}
    if value != "1" and _normal(distribution) not in names:
        return None
    return f"{DISABLE_VARIABLE} switches {distribution} off"


def _normal(distribution: str) -> str:
    """Write the name of a distribution as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


@contextmanager
def blaming(told: str, entry_point: EntryPoint, log: Logger) -> Iterator[None]:
    """
    Run code of a plugin; whatever it raises names the distribution.

    Args:
        told: What the plugin offers, for messages: ``the provider 'acme'``.

        entry_point: Where it is.

        log: Where details go, at DEBUG.

    Raises:
        ProviderError: The plugin is broken.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # Not `Exception`: an import may call sys.exit(), and a panic of Rust is none.
        text = str(error)
        if not isinstance(error, PluginError):
            text = f"{type(error).__name__}: {text}"
        text = " ".join(text.split())
        distribution = distribution_of(entry_point)
        places = ", ".join(_places(error)) or "no line of its own"
        log.debug("%s: %s, raised at %s", told, text, places)
        raise ProviderError(
            f"{told} of {distribution} is broken: {text}; "
            f"update or uninstall {distribution}"
        ) from error


def _places(error: BaseException) -> Iterator[str]:
    """Give file and line of each call, but no source: that may hold a secret."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name, file = frame.f_globals.get("__name__") or "", frame.f_code.co_filename
        between = name.partition(".")[0] in _MACHINERY or name in _CALLERS
        if not between and not file.startswith("<"):
            yield f"{file}, line {line}"
    if isinstance(error, SyntaxError) and error.filename is not None:
        yield f"{error.filename}, line {error.lineno}"
