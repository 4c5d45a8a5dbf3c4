"""What an emulated server received, for tests to ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Final
from typing import Literal

import attrs

from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


if TYPE_CHECKING:
    from ccflow.emulator.fault import Fault


Kind = Literal["token", "api", "other"]


TOLD: Final = ("scope", "audience", "resource")
"""Parameters whose values are shown: what tells one token from another."""


@attrs.frozen(kw_only=True)
class Entry:
    """
    One request and the status that it was answered with, 0 where none was sent.

    The fault is the one that it met, or None. Its repr shows no value of a header, of
    the query or of the body: they hold secrets and tokens, and test runners print
    what they compare.
    """

    kind: Kind
    method: str
    path: str
    status: int
    query: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    form: Mapping[str, str] = attrs.field(repr=False)
    fault: Fault | None = None

    def describe(self) -> str:
        """Say what came and what it was answered with, showing no secret."""
        sent = ["authorization"] if "authorization" in self.headers else []
        sent += [
            f"{name}={value!r}" if name in TOLD else name
            for name, value in self.form.items()
        ]
        answered = f"{self.status}" if self.status else "no answer"
        if self.fault is not None:
            answered += f" by {self.fault}"
        return f"{self.method} {self.path} ({', '.join(sent)}): {answered}"


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

    def note(
        self,
        kind: Kind,
        request: Request,
        response: Response,
        fault: Fault | None = None,
    ) -> None:
        """Add a request; for the server alone."""
        entry = Entry(
            kind=kind,
            method=request.method,
            path=request.path,
            status=0 if response.delivery.most == 0 else response.status,
            query=request.query,
            headers=request.headers,
            body=request.body,
            form=request.form
            if request.media_type == "application/x-www-form-urlencoded"
            else {},
            fault=fault,
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

    def assert_token_requests(self, count: int) -> None:
        """
        Check that there were exactly so many token requests.

        Raises:
            AssertionError: There were more or fewer; it lists what came.
        """
        __tracebackhide__ = True  # pytest points to the test, not here
        came = self.entries("token")
        if len(came) != count:
            requests = "request" if count == 1 else "requests"
            told = f"expected exactly {count} token {requests}, not {len(came)}"
            for number, entry in enumerate(came, 1):
                told += f"\n  {number}. {entry.describe()}"
            raise AssertionError(told)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
