"""
How dialects are found: entry points in the group ``ccflow.emulators``.

The name of an entry point is the name of the emulator, so that only the one that
is asked for is imported.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import os
from collections.abc import Iterable
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from importlib.metadata import entry_points
from typing import Any
from typing import Final

import pluggy

from ccflow.emulator.dialect import Dialect
from ccflow.errors import ProviderError


_LOG: Final = logging.getLogger(__name__)

GROUP: Final = "ccflow.emulators"
PROJECT: Final = "ccflow_emulators"

FIRST_PARTY: Final[Mapping[str, str]] = {
    "curity": "ccflow_curity.dialect",
    "okta": "ccflow_okta.dialect",
    "oracle-idcs": "ccflow_oracle_idcs.dialect",
}
"""Our own dialects: the short cut past the scan of installed distributions."""

CATALOGUE: Final = "ccflow_catalog.dialects"
"""Where our dialects that are data alone are found, each by its name."""

DISABLE_VARIABLE: Final = "CCFLOW_DISABLE_PLUGINS"

hookspec: Final[pluggy.HookspecMarker] = pluggy.HookspecMarker(PROJECT)
hookimpl: Final[pluggy.HookimplMarker] = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hooks of the group, as pluggy wants to be told them."""

    @hookspec
    def ccflow_emulators(self) -> Iterable[Dialect]:  # type: ignore[empty-body]
        """
        Offer dialects for `emulate` to run.

        Entry-point group ``ccflow.emulators``. Called each time one of them is
        asked for. Must not do I/O.

        Returns:
            Dialects; one of them carries the name of the entry point.

        .. versionadded:: 0.1.0
        """


def load_dialect(name: str) -> Dialect:
    """
    Return the dialect of a name, importing nothing but its module.

    Raises:
        ProviderError: There is none, or it cannot be used.

    .. versionadded:: 0.1.0
    """
    if name in catalogue_names():
        return _load_from_catalogue(name)
    if name in FIRST_PARTY:
        point, owner = EntryPoint(name, FIRST_PARTY[name], GROUP), "ccflow-oauth"
    else:
        point = _find(name)
        owner = _distribution(point)
    _LOG.debug("the emulator %r: importing %s of %s", name, point.value, owner)
    try:
        offered = list(_ask(point))
    except Exception as error:
        raise _broken(name, owner, f"{type(error).__name__}: {error}") from error
    for dialect in offered:
        if dialect.name == name:
            return dialect
    names = ", ".join(dialect.name for dialect in offered)
    raise _broken(name, owner, f"its hook offers {names or 'nothing'}")


def catalogue_names() -> frozenset[str]:
    """Return the names of our dialects that are data alone; none of them is read."""
    found: frozenset[str] = _catalogue().names()
    return found


def _load_from_catalogue(name: str) -> Dialect:
    try:
        found: Dialect = _catalogue().find(name)
    except Exception as error:
        raise _broken(name, "ccflow-oauth", f"{error}") from error
    return found


def _catalogue() -> Any:
    # By its name: a dialect imports this package, so that this one cannot import it.
    return importlib.import_module(CATALOGUE)


def _find(name: str) -> EntryPoint:
    points = list(entry_points(group=GROUP))
    offers = [point for point in points if point.name == name]
    if not offers:
        ours = {*FIRST_PARTY, *catalogue_names()}
        raise _unknown(name, {*ours, *(point.name for point in points)})
    if len(offers) > 1:
        owners = " and ".join(sorted(map(_distribution, offers)))
        raise ProviderError(
            f"two packages offer the emulator {name!r}: {owners}; uninstall one of them"
        )
    owner = _distribution(offers[0])
    disabled = os.environ.get(DISABLE_VARIABLE, "").split(",")
    if {"1", owner} & {word.strip() for word in disabled}:
        raise ProviderError(
            f"the emulator {name!r} cannot be used: "
            f"{DISABLE_VARIABLE} switches {owner} off"
        )
    return offers[0]


def _ask(point: EntryPoint) -> Iterable[Dialect]:
    # A manager of its own for each plugin: one that raises, or misspells the hook,
    # stops only itself.
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(point.load())
    manager.check_pending()
    if not manager.hook.ccflow_emulators.get_hookimpls():
        raise LookupError("it does not implement ccflow_emulators")
    for offered in manager.hook.ccflow_emulators():
        for dialect in offered:
            if not isinstance(dialect, Dialect):
                raise TypeError(
                    f"ccflow_emulators returned a {type(dialect).__name__}, "
                    "not a Dialect"
                )
            yield dialect


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"


def _unknown(name: str, names: Iterable[str]) -> ProviderError:
    near = difflib.get_close_matches(name, names, n=1)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"there are {', '.join(sorted(names))}"
    )
    return ProviderError(f"there is no emulator {name!r}; {hint}")


def _broken(name: str, owner: str, reason: str) -> ProviderError:
    return ProviderError(
        f"the emulator {name!r} of {owner} is broken: {reason}; "
        f"update or uninstall {owner}"
    )
