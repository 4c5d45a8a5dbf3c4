"""What those need who test against ccflow, or extend it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING
from typing import Any
from typing import Final


if TYPE_CHECKING:
    from ccflow.testing.conformance.candidate import KnownAnswer
    from ccflow.testing.conformance.contract import ProviderConformance
    from ccflow.testing.store_contract import TokenStoreContract


__all__ = ["KnownAnswer", "ProviderConformance", "TokenStoreContract"]

_MODULES: Final = {
    "KnownAnswer": "conformance.candidate",
    "ProviderConformance": "conformance.contract",
    "TokenStoreContract": "store_contract",
}


if not TYPE_CHECKING:  # or no checker would find a misspelt name

    def __getattr__(name: str) -> Any:
        # Late, so that pytest can be told to rewrite the assertions in it.
        if name not in _MODULES:
            raise AttributeError(f"module 'ccflow.testing' has no attribute {name!r}")
        module = importlib.import_module(f"ccflow.testing.{_MODULES[name]}")
        return getattr(module, name)
