"""
One kind of thing that plugins offer, found by the name of its entry point.

Only what is named is imported, and a broken plugin disturbs nobody who does not use
it.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any
from typing import Final
from typing import Generic
from typing import TypeVar

import attrs

from ccflow.errors import ProviderError
from ccflow.fork_wait import fork_waits


T = TypeVar("T")

_LOG: Final = logging.getLogger(__name__)

_FEW: Final = 8

DISABLE_VARIABLE: Final = "CCFLOW_DISABLE_PLUGINS"


def distribution_of(entry_point: EntryPoint) -> str:
    """Return the name of the distribution that an entry point is of."""
    return entry_point.dist.name if entry_point.dist is not None else "unknown"


def _is_disabled(distribution: str) -> bool:
    value = os.environ.get(DISABLE_VARIABLE, "")
    return value.strip() == "1" or _normal(distribution) in {
        _normal(name) for name in value.split(",")
    }


def _normal(distribution: str) -> str:
    """Write the name of a distribution as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


@attrs.define
class Kind(Generic[T]):
    """
    One kind of thing that plugins offer.

    Args:
        noun: What it is called in messages.

        group: The entry-point group.

        hook: The only hook that is called for it.

        name_attribute: The attribute that holds the name of an offered thing.

        built_in: The names that are there without a plugin; none can take them.
    """

    noun: str
    group: str
    hook: str
    name_attribute: str
    built_in: frozenset[str]
    _loaded: dict[str, T] = attrs.field(factory=dict)
    # Loading imports code of others; two threads must not do it twice.
    _lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)

    def __attrs_post_init__(self) -> None:
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        # The parent's may be held by a thread that does not exist in the child.
        self._lock = threading.RLock()

    def entry_points(self) -> Iterable[EntryPoint]:
        """Return what is installed, our own included."""
        from importlib.metadata import entry_points

        return entry_points(group=self.group)

    def find(self, name: str, expected: type[T]) -> T:
        """
        Return what a plugin offers under a name.

        Raises:
            ProviderError: Nothing, or more than one thing, has this name, or
                the plugin that offers it is broken or disabled.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name, expected)
            return self._loaded[name]

    def _load(self, name: str, expected: type[T]) -> T:
        offers = [point for point in self.entry_points() if point.name == name]
        if name in self.built_in or not offers:
            raise self._unknown(name)
        enabled = [point for point in offers if self.disabled_reason(point) is None]
        for point in offers:
            if why := self.disabled_reason(point):
                _LOG.debug("the %s %r is not loaded: %s", self.noun, name, why)
        if not enabled:
            reason = self.disabled_reason(offers[0])
            raise ProviderError(f"the {self.noun} {name!r} cannot be used: {reason}")
        if len(enabled) > 1:
            names = " and ".join(sorted(map(distribution_of, enabled)))
            raise ProviderError(
                f"two packages offer the {self.noun} {name!r}: {names}; "
                f"uninstall one of them, or name it in {DISABLE_VARIABLE}"
            )
        return self.load_entry_point(enabled[0], expected)

    def disabled_reason(self, entry_point: EntryPoint) -> str | None:
        """Say why an entry point is not used, or None."""
        distribution = distribution_of(entry_point)
        if entry_point.name in self.built_in:
            return f"the name is reserved, and {distribution} cannot take it"
        if _is_disabled(distribution):
            return f"{DISABLE_VARIABLE} switches {distribution} off"
        return None

    def _unknown(self, name: str) -> ProviderError:
        if name in self.built_in:
            return ProviderError(
                f"the name of the {self.noun} {name!r} is reserved for ours"
            )
        names = sorted({point.name for point in self.entry_points()} | self.built_in)
        near = difflib.get_close_matches(name, names, n=1)
        text = f"there is no {self.noun} {name!r}"
        hint = (
            f"did you mean {near[0]!r}?"
            if near
            else f"install the plugin that offers it; {_told(names)}"
        )
        return ProviderError(f"{text}; {hint}")

    def load_entry_point(self, entry_point: EntryPoint, expected: type[T]) -> T:
        """Import a plugin, ask its hook, and check what it returns."""
        distribution = distribution_of(entry_point)
        told = f"the {self.noun} {entry_point.name!r}"
        _LOG.debug("%s: importing %s of %s", told, entry_point.value, distribution)
        try:
            with fork_waits():
                plugin = entry_point.load()
            offered = self._call_hook(plugin, entry_point.name)
            things = list(offered)
            for thing in things:
                if not isinstance(thing, expected):
                    raise TypeError(
                        f"{self.hook} returned a {type(thing).__name__}, "
                        f"not a {expected.__name__}"
                    )
        except (Exception, SystemExit) as error:
            _LOG.debug("%s: %s failed with %r", told, entry_point.value, error)
            raise ProviderError(
                f"{told} of {distribution} is broken: "
                f"{type(error).__name__}: {error}; "
                f"update or uninstall {distribution}",
            ) from error
        named = {getattr(thing, self.name_attribute): thing for thing in things}
        _LOG.debug("%s: %s offers %s", told, self.hook, ", ".join(map(str, named)))
        if entry_point.name in named:
            found: T = named[entry_point.name]
            return found
        names = ", ".join(map(str, named))
        raise ProviderError(
            f"{told} of {distribution} is broken: its "
            f"hook offers {names or 'nothing'}; update or uninstall {distribution}"
        )

    def _call_hook(self, module: object, name: str) -> Iterator[Any]:
        import pluggy

        from ccflow.plugin import hookspecs

        # A manager of its own for each plugin: one that raises, or misspells a
        # hook, stops only itself.
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.register(module, name=name)
        manager.check_pending()
        caller = getattr(manager.hook, self.hook)
        if not caller.get_hookimpls():
            raise LookupError(f"it does not implement {self.hook}")
        for offered in caller():
            yield from offered


def _told(names: list[str]) -> str:
    """Say which names there are, or where they are listed."""
    if len(names) <= _FEW:
        return f"there are {', '.join(names)}"
    return "`ccflow providers` lists what there is"
