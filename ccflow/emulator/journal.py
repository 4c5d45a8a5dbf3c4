"""What an emulated server received, for tests to ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Literal

import attrs

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


Kind = Literal["token", "api", "other"]


@attrs.frozen(kw_only=True)
class Entry:
    """
    One request and the status that it was answered with.

    Its repr shows no value of a header, of the query or of the body: they hold
    secrets and tokens, and test runners print what they compare.
    """

    kind: Kind
    method: str
    path: str
    status: int
    query: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    form: Mapping[str, str] = attrs.field(repr=False)


class Journal:
    """
    The requests of one server, oldest first. Safe to use from several threads.

    A request is noted before its answer is sent: whoever has the answer finds it.

    .. versionadded:: 0.1.0
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Count what came, and show none of it."""
        kinds: tuple[Kind, ...] = ("token", "api", "other")
        counts = ", ".join(f"{self.count(kind)} {kind}" for kind in kinds)
        return f"<Journal: {counts}>"

    def __len__(self) -> int:
        """Return the number of all requests."""
        return self.count()

    def __iter__(self) -> Iterator[Entry]:
        """Go through all requests so far."""
        return iter(self.entries())

    def note(self, kind: Kind, request: Request, response: Response) -> None:
        """Add a request; for the server alone."""
        entry = Entry(
            kind=kind,
            method=request.method,
            path=request.path,
            status=response.status,
            query=request.query,
            headers=request.headers,
            body=request.body,
            form=request.form
            if request.media_type == "application/x-www-form-urlencoded"
            else {},
        )
        with self._lock:
            self._entries.append(entry)

    def entries(self, kind: Kind | None = None) -> tuple[Entry, ...]:
        """Return the requests of one kind, or all."""
        with self._lock:
            found = tuple(self._entries)
        return tuple(entry for entry in found if kind in {None, entry.kind})

    def count(self, kind: Kind | None = None) -> int:
        """Return the number of requests of one kind, or of all."""
        return len(self.entries(kind))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
