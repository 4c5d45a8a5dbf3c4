"""The problems of a plan, collected while its parts are decided."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable

import attrs

from ccflow.errors import Problem
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.registration import Registration


@attrs.define
class Review:
    """
    Collects the problems of one plan while its parts are decided.

    Args:
        provider: The kind of server.

        registration: The profile.

        quirks: The provider's, with the profile's own put over them.

        broken: Profile keys that are there and cannot be read; a member of a table
            by its dotted key.

        incomplete: Whether the profile lacks what it extends, so that nobody knows
            what is missing.
    """

    provider: Provider
    registration: Registration
    quirks: Quirks
    broken: Collection[str] = ()
    incomplete: bool = False
    problems: list[Problem] = attrs.field(factory=list)

    def problem(self, key: str | None, message: str, hint: str | None = None) -> None:
        """Note what is wrong with a value that is there."""
        self.problems.append(Problem(message, key=key, hint=hint))

    def missing(self, key: str, message: str, hint: str | None = None) -> None:
        """Note what is not there, if that is known."""
        if not self.incomplete and not self.is_broken(key):
            self.problem(key, message, hint)

    def is_broken(self, key: str) -> bool:
        """Say whether something stands under a key that cannot be read."""
        return key in self.broken or key.split(".", 1)[0] in self.broken

    def is_in_doubt(self, keys: Iterable[str]) -> bool:
        """Say whether something is wrong with one of some keys."""
        told = {problem.key for problem in self.problems}
        return any(key in told or self.is_broken(key) for key in keys)


def one_of(values: Iterable[str]) -> str:
    found = [*values]
    return f"use one of {', '.join(found)}" if len(found) > 1 else f"use {found[0]}"
