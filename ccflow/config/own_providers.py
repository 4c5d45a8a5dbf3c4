"""The providers that a file describes itself, for its own profiles."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import attrs

from ccflow.config.words import NAME
from ccflow.config.words import NAME_HINT
from ccflow.config.words import kind_of
from ccflow.errors import Problem
from ccflow.errors import ProviderError
from ccflow.plugin.kind import distribution_of
from ccflow.plugin.listing import Listing
from ccflow.plugin.listing import State
from ccflow.plugin.registry import PROVIDERS
from ccflow.plugin.registry import RESERVED
from ccflow.protocol.provider import Provider


def name_problems(file: str | None, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Find names that no file can give, whatever stands under them."""
    for name, table in tables.items():
        key = f"providers.{name}"
        if not NAME.fullmatch(name):
            yield Problem("is not a name for a provider", file, key, NAME_HINT)
        elif name in RESERVED:
            text = "is the name of a provider that comes with ccflow"
            yield Problem(text, file, key, "give it a name of your own")
        elif not isinstance(table, Mapping):
            yield Problem(f"expected a table, got {kind_of(table)}", file, key)


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

        table = self.tables.get(name)
        if not isinstance(table, Mapping) or name in RESERVED:
            return None  # What is no table was told with the file.
        owners = [
            distribution_of(point)
            for point in PROVIDERS.entry_points()
            if point.name == name and PROVIDERS.disabled_reason(point) is None
        ]
        if owners:
            text = f"{' and '.join(sorted(owners))}, which is installed, offers it too"
            hint = "give it another name, or uninstall that"
            problem = Problem(text, self.file, f"providers.{name}", hint)
            message = f"the provider {name!r} cannot be used:"
            raise ProviderError(message, [problem], provider=name)
        return make_provider(name, table, file=self.file, prefix=f"providers.{name}.")

    def listings(self) -> Iterator[Listing]:
        """Say of each how it stands."""
        told = {it.key: it for it in name_problems(self.file, self.tables)}
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
