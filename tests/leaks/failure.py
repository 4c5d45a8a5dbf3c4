"""One way in which a fetch goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

import ccflow
from tests.leaks.methods import Keys
from tests.leaks.methods import Method
from tests.leaks.world import World
from tests.support.hostile import Answer


if TYPE_CHECKING:
    from tests.leaks.servers import Servers


Say = Callable[[str], Answer]
"""From what a server repeats to its answer."""


@attrs.frozen
class Cell:
    """
    One failure, met by one method.

    Args:
        number: Which; what a server hears bears it.

        method: Who asks.

        encoding: How the server writes what it repeats.

        world: The files.

        servers: The servers.
    """

    number: int
    method: Method
    encoding: str
    world: World = attrs.field(repr=False)
    servers: Servers = attrs.field(repr=False)


Change = Callable[[Cell, Keys], None]
"""Changes the keys of a profile, in place."""

CONFIG = ccflow.ConfigError
REFUSED = ccflow.TokenRefusedError
UNAVAILABLE = ccflow.TokenUnavailableError
RESPONSE = ccflow.TokenResponseError


@attrs.frozen
class Failure:
    """
    One way to go wrong.

    Args:
        name: What to call it.

        error: The class of what a caller gets; None where it gets a token.

        category: That of the error.

        say: What the server answers; None where it is not asked.

        change: What is wrong with the profile.

        fits: Whether it can happen to a method.

        waits: Whether it takes until the time is over.
    """

    name: str
    error: type[ccflow.CcflowError] | None
    category: str | None = None
    say: Say | None = attrs.field(default=None, repr=False)
    change: Change | None = attrs.field(default=None, repr=False)
    fits: Callable[[Method], bool] = attrs.field(
        default=lambda method: True, repr=False
    )
    waits: bool = False
