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

        broken: Profile keys that are known to be wrong already.
    """

    provider: Provider
    registration: Registration
    quirks: Quirks
    broken: Collection[str] = ()
    problems: list[Problem] = attrs.field(factory=list)

    def problem(self, key: str | None, message: str, hint: str | None = None) -> None:
        """Note a problem, unless the key is known to be broken already."""
        if key is None or key.split(".", 1)[0] not in self.broken:
            self.problems.append(Problem(message, key=key, hint=hint))


def one_of(values: Iterable[str]) -> str:
    return f"use one of {', '.join(values)}"
