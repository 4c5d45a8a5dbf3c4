"""The providers that a file describes itself, for its own profiles."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import attrs

from ccflow.config.words import NAME
from ccflow.config.words import NAME_HINT
from ccflow.config.words import kind_of
from ccflow.entry_point import distribution_of
from ccflow.errors import Problem
from ccflow.errors import ProviderError
from ccflow.plugin.listing import Listing
from ccflow.plugin.listing import State
from ccflow.plugin.registry import PROVIDERS
from ccflow.plugin.registry import RESERVED
from ccflow.protocol.provider import Provider


def reserved_problems(file: str | None, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Find names that no file can give: they would change what other files mean."""
    for name in [name for name in tables if name in RESERVED]:
        text = "is the name of a provider that comes with ccflow"
        hint = "give it a name of your own"
        yield Problem(text, file, f"providers.{name}", hint)


@attrs.frozen
class OwnProviders:
    """
    What stands under ``[providers]`` of one file.

    Args:
        file: The file.

        tables: The tables, by name.
    """

    file: str | None = None
    tables: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    def find(self, name: str) -> Provider | None:
        """
        Return the provider of a name, or None where the file describes none.

        Raises:
            ProviderError: It is described and cannot be used, or a plugin offers
                the name as well.
        """
        from ccflow.plugin.definition import make_provider

        if name not in self.tables or name in RESERVED:
            return None  # A reserved name was told with the file.
        if problem := self._name_problem(name) or self._table_problem(name):
            message = f"the provider {name!r} cannot be used:"
            raise ProviderError(message, [problem], provider=name)
        table = self.tables[name]
        return make_provider(name, table, file=self.file, prefix=f"providers.{name}.")

    def _name_problem(self, name: str) -> Problem | None:
        """Say why nothing can be described under a name, or None."""
        key = f"providers.{name}"
        if not NAME.fullmatch(name):
            text = "is not a name for a provider"
            return Problem(text, self.file, key, NAME_HINT)
        plain = name.replace("_", "-")
        for other in self.tables:
            if other != name and other.replace("_", "-") == plain:
                text = f"is almost the name {other!r}"
                return Problem(text, self.file, key, "rename one")
        owners = [
            distribution_of(point)
            for point in PROVIDERS.entry_points()
            if point.name == name and PROVIDERS.disabled_reason(point) is None
        ]
        if owners:
            text = f"is also offered by the installed {' and '.join(sorted(owners))}"
            hint = "give it another name, or uninstall what offers it"
            return Problem(text, self.file, key, hint)
        return None

    def _table_problem(self, name: str) -> Problem | None:
        table = self.tables[name]
        if isinstance(table, Mapping):
            return None
        text = f"expected a table, got {kind_of(table)}"
        return Problem(text, self.file, f"providers.{name}")

    def listings(self) -> Iterator[Listing]:
        """Say of each how it stands."""
        told = {it.key: it for it in reserved_problems(self.file, self.tables)}
        for name in sorted(self.tables):
            problem, others = told.get(f"providers.{name}"), 0
            try:
                self.find(name)
            except ProviderError as error:
                problem, others = error.problems[0], len(error.problems) - 1
            reason = str(problem) if problem is not None else None
            if others:
                reason = f"{reason} (and {others} more)"
            yield Listing(name, "", "", _state(problem), reason, self.file)


def _state(problem: Problem | None) -> State:
    """What to use instead is told of no key."""
    if problem is None:
        return "ready"
    return "broken" if problem.key is not None else "unsupported"
