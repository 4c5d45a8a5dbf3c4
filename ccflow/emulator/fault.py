"""What a fault is, and what it gets to know."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

import attrs

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


if TYPE_CHECKING:
    from ccflow.emulator.emulated_server import EmulatedServer


@attrs.frozen(kw_only=True)
class Occasion:
    """
    One token request, as a fault meets it.

    Args:
        request: What came.

        server: Who was asked.

        usual: Makes the answer that would be given without the fault. Who does not
            call it leaves the request unseen: no secret is checked, and no
            assertion is used up.

    .. versionadded:: 0.1.0
    """

    request: Request
    server: EmulatedServer
    usual: Callable[[], Response]


class Fault(Protocol):
    """
    Anything that answers a token request in place of the server.

    .. versionadded:: 0.1.0
    """

    def answer(self, occasion: Occasion) -> Response:
        """Answer one token request."""
        ...


def between(least: float, most: float = math.inf) -> Callable[[Any, Any, Any], None]:
    """Make a validator for numbers; None passes."""
    expected = (
        f"from {least:g} to {most:g}" if most < math.inf else f"{least:g} or more"
    )

    def check(fault: object, field: attrs.Attribute[Any], value: float | None) -> None:
        if value is not None and not least <= value <= most:
            raise ValueError(f"{field.name} is {expected}, not {value:g}")

    return check
