"""
One kind of thing that plugins offer, found by the name of its entry point.

Only what is named is imported, and a broken plugin disturbs nobody who does not use
it.
"""

from __future__ import annotations

import difflib
import logging
import os
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any
from typing import Final
from typing import Generic
from typing import TypeVar

import attrs

from ccflow.entry_point import DISABLE_VARIABLE
from ccflow.entry_point import PluginError
from ccflow.entry_point import blaming
from ccflow.entry_point import distribution_of
from ccflow.entry_point import off_reason
from ccflow.errors import ProviderError
from ccflow.fork_wait import fork_waits
from ccflow.plugin.words import nearest_name


T = TypeVar("T", bound=attrs.AttrsInstance)

_LOG: Final = logging.getLogger(__name__)

_FEW: Final = 8


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

    def find(self, name: str, expected: type[T], others: Iterable[str] = ()) -> T:
        """
        Return what a plugin offers under a name.

        Args:
            name: The name.

            expected: The class of it.

            others: More names that may be meant where this one is unknown.

        Raises:
            ProviderError: Nothing, or more than one thing, has this name, or
                the plugin that offers it is broken or disabled.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name, expected, others)
            return self._loaded[name]

    def _load(self, name: str, expected: type[T], others: Iterable[str]) -> T:
        offers = [point for point in self.entry_points() if point.name == name]
        if name in self.built_in or not offers:
            raise self._unknown(name, others)
        enabled = [point for point in offers if self.disabled_reason(point) is None]
        for point in offers:
            if why := self.disabled_reason(point):
                _LOG.debug("the %s %r is not loaded: %s", self.noun, name, why)
        if not enabled:
            names = " and ".join(sorted(map(distribution_of, offers)))
            reason = f"{DISABLE_VARIABLE} switches {names} off"
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
        if entry_point.name in self.built_in:
            owner = distribution_of(entry_point)
            return f"the name is reserved, and {owner} cannot take it"
        return off_reason(entry_point)

    def _unknown(self, name: str, others: Iterable[str]) -> ProviderError:
        if name in self.built_in:
            return ProviderError(
                f"the name of the {self.noun} {name!r} is reserved for ours"
            )
        installed = {point.name for point in self.entry_points()}
        names = sorted(installed | self.built_in | {*others})
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
        from ccflow.plugin.offer_check import offer_problems

        told = f"the {self.noun} {entry_point.name!r}"
        if _LOG.isEnabledFor(logging.DEBUG):
            owner = distribution_of(entry_point)
            _LOG.debug("%s: importing %s of %s", told, entry_point.value, owner)
        with blaming(told, entry_point, _LOG):
            with fork_waits():
                plugin = entry_point.load()
            things = list(self._call_hook(plugin, entry_point.name))
            for thing in things:
                if not isinstance(thing, expected):
                    raise PluginError(
                        f"{self.hook} returned a {type(thing).__name__}, "
                        f"not a {expected.__name__}"
                    )
            names = [getattr(thing, self.name_attribute) for thing in things]
            offered = ", ".join(map(str, names)) or "nothing"
            _LOG.debug("%s: %s offers %s", told, self.hook, offered)
            if names.count(entry_point.name) != 1:
                raise PluginError(f"its hook offers {offered}")
            found: T = things[names.index(entry_point.name)]
            if problems := offer_problems(found):
                raise PluginError("; ".join(map(str, problems)))
        return found

    def _call_hook(self, module: object, name: str) -> Iterator[Any]:
        import pluggy

        from ccflow.plugin import hookspecs

        # A manager of its own for each plugin: one that raises, or misspells a
        # hook, stops only itself.
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.register(module, name=name)
        for caller in manager.get_hookcallers(module) or ():
            optional = all(it.optionalhook for it in caller.get_hookimpls())
            if not caller.has_spec() and not optional:
                right = nearest_name(caller.name, vars(hookspecs)) or self.hook
                raise PluginError(
                    f"it implements {caller.name}, which is no hook; "
                    f"the hook is called {right}"
                )
        caller = getattr(manager.hook, self.hook)
        if not caller.get_hookimpls():
            raise PluginError(f"it does not implement {self.hook}")
        for offered in caller():
            if not isinstance(offered, Iterable):
                text = f"{self.hook} returned a {type(offered).__name__}, not a list"
                raise PluginError(text)
            yield from offered


def _told(names: list[str]) -> str:
    """Say which names there are, or where they are listed."""
    if len(names) <= _FEW:
        return f"there are {', '.join(names)}"
    return "`ccflow providers` lists what there is"
