"""Whose setting a key is, where a profile forgot to name its provider."""

from __future__ import annotations

from typing import Final

from ccflow.errors import ProviderError
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import RESERVED
from ccflow.plugin.registry import find_provider


_FEW: Final = 2


def whose_setting(key: str) -> str | None:
    """Return a sentence with those of our providers that ask for a setting."""
    owners = []
    for name in (*sorted(FIRST_PARTY), *sorted(RESERVED - {*FIRST_PARTY, "generic"})):
        try:
            asked = find_provider(name).settings
        except ProviderError:  # it only says what to use in its place
            continue
        if key in asked:
            owners.append(name)
    if not owners:
        return None
    told = ", ".join(owners[:_FEW]) + (" and others" if len(owners) > _FEW else "")
    return f"it is a setting of {told}; set provider"
