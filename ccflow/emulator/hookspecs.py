"""
How dialects are found: entry points in the group ``ccflow.emulators``.

The name of an entry point is the name of the emulator, so that only the one that
is asked for is imported.
"""

from __future__ import annotations

import difflib
import importlib
import logging
from collections.abc import Iterable
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from importlib.metadata import entry_points
from typing import Any
from typing import Final

import pluggy

from ccflow.emulator.dialect import Dialect
from ccflow.entry_point import DISABLE_VARIABLE
from ccflow.entry_point import PluginError
from ccflow.entry_point import blaming
from ccflow.entry_point import distribution_of
from ccflow.entry_point import off_reason
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
        point = EntryPoint(name, FIRST_PARTY[name], GROUP)
    else:
        point = _find(name)
    owner = distribution_of(point)
    _LOG.debug("the emulator %r: importing %s of %s", name, point.value, owner)
    with blaming(f"the emulator {name!r}", point, _LOG):
        offered = list(_ask(point))
        named = [dialect for dialect in offered if dialect.name == name]
        if len(named) != 1:
            names = ", ".join(dialect.name for dialect in offered)
            raise PluginError(f"its hook offers {names or 'nothing'}")
    return named[0]


def plugin_entry_points() -> list[EntryPoint]:
    """Return what is installed and not ours."""
    points = entry_points(group=GROUP)
    return [it for it in points if it.value != FIRST_PARTY.get(it.name)]


def disabled_reason(point: EntryPoint) -> str | None:
    """Say why an entry point is not used, or None."""
    if point.name in {*FIRST_PARTY, *catalogue_names()}:
        owner = distribution_of(point)
        return f"the name is reserved, and {owner} cannot take it"
    return off_reason(point)


def catalogue_names() -> frozenset[str]:
    """Return the names of our dialects that are data alone; none of them is read."""
    found: frozenset[str] = _catalogue().names()
    return found


def _load_from_catalogue(name: str) -> Dialect:
    point = EntryPoint(name, CATALOGUE, GROUP)
    with blaming(f"the emulator {name!r}", point, _LOG):
        found: Dialect = _catalogue().find(name)
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
    enabled = [point for point in offers if disabled_reason(point) is None]
    owners = " and ".join(sorted(map(distribution_of, enabled or offers)))
    if not enabled:
        raise ProviderError(
            f"the emulator {name!r} cannot be used: "
            f"{DISABLE_VARIABLE} switches {owners} off"
        )
    if len(enabled) > 1:
        raise ProviderError(
            f"two packages offer the emulator {name!r}: {owners}; "
            f"uninstall one of them, or name it in {DISABLE_VARIABLE}"
        )
    return enabled[0]


def _ask(point: EntryPoint) -> Iterable[Dialect]:
    # A manager of its own for each plugin: one that raises, or misspells the hook,
    # stops only itself.
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(point.load())
    manager.check_pending()
    if not manager.hook.ccflow_emulators.get_hookimpls():
        raise PluginError("it does not implement ccflow_emulators")
    for offered in manager.hook.ccflow_emulators():
        for dialect in offered:
            if not isinstance(dialect, Dialect):
                raise PluginError(
                    f"ccflow_emulators returned a {type(dialect).__name__}, "
                    "not a Dialect"
                )
            yield dialect


def _unknown(name: str, names: Iterable[str]) -> ProviderError:
    near = difflib.get_close_matches(name, names, n=1)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"there are {', '.join(sorted(names))}"
    )
    return ProviderError(f"there is no emulator {name!r}; {hint}")
