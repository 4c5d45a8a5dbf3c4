"""One step of the demonstration, and the request that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Final
from urllib.parse import quote

import attrs

from ccflow.secret import MASK


if TYPE_CHECKING:
    from ccflow.emulator import Entry

_SECRET_FIELDS: Final = frozenset({"client_secret", "client_assertion"})
_SHOWN_HEADERS: Final = ("accept", "cache-control", "content-type", "authorization")


class UnexpectedError(Exception):
    """A step did not do what it says."""


@attrs.frozen
class Step:
    """
    One step and how it went.

    Args:
        title: What it shows.

        lines: What there is to see.

        cell: The same in two words, for the table.

        ok: Whether it did what it says.
    """

    title: str
    lines: tuple[str, ...]
    cell: str | None
    ok: bool = True


def expect(happened: object, otherwise: str) -> None:
    """
    Go on only if something happened.

    Raises:
        UnexpectedError: It did not.
    """
    if not happened:
        raise UnexpectedError(otherwise)


def masked_request(url: str, entry: Entry) -> Iterator[str]:
    """Show a request that the emulator received, its secrets hidden."""
    yield f"{entry.method} {url}"
    for name in _SHOWN_HEADERS:
        value = entry.headers.get(name)
        if value is not None and name == "authorization":
            value = f"{value.partition(' ')[0]} {MASK}"
        if value is not None:
            yield f"{name.title()}: {value}"
    yield "&".join(
        f"{name}={MASK if name in _SECRET_FIELDS else quote(value, safe='')}"
        for name, value in entry.form.items()
    )
