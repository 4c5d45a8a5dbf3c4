"""Has a cell of the table happen, and looks at all that leaves."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from ccflow.errors import ConfigError
from tests.leaks.callers import CALLERS
from tests.leaks.callers import Case
from tests.leaks.callers import Outcome
from tests.leaks.collector import Collector
from tests.leaks.collector import collected
from tests.leaks.failure import Cell
from tests.leaks.failure import Keys
from tests.leaks.failures import Planned
from tests.leaks.grep import Grep
from tests.leaks.grep import Mark
from tests.leaks.grep import Page
from tests.leaks.grep import Reader
from tests.leaks.outages import STORES
from tests.leaks.reach import FORBIDDEN
from tests.leaks.reach import reached
from tests.leaks.servers import Servers
from tests.leaks.world import World
from tests.leaks.world import marks_of


def what_it_reaches(error: BaseException) -> Iterator[Page]:
    """Give the texts that an error leads to; and fail for what it may not hold."""
    for thing in reached(error):
        assert not isinstance(thing, FORBIDDEN), type(thing)
        if isinstance(thing, str | bytes):
            text = thing if isinstance(thing, str) else thing.decode("latin-1")
            yield Page("what the error holds", text)


@attrs.frozen
class Happened:
    """
    What happened.

    Args:
        cell: In which cell.

        seen: All that left.

        outcome: What came of it.

        sent: What was secret in the requests of this cell.
    """

    cell: Cell
    seen: Collector
    outcome: Outcome
    sent: list[Mark] = attrs.field(repr=False)


@attrs.frozen
class Run:
    """
    Where cells happen.

    Args:
        world: The files.

        servers: The servers.

        reader: What looks for secrets.

        api: An API that refuses each token.

        capfd: Sees what goes past Python, from the programs that it starts.
    """

    world: World
    servers: Servers
    reader: Reader
    api: str
    capfd: pytest.CaptureFixture[str]

    def __call__(self, planned: Planned) -> list[str]:
        """Have a cell happen as it should; return what leaked."""
        happened = self.happen(planned)
        pages = [*happened.seen.pages]
        if happened.outcome.raised is not None:
            pages += what_it_reaches(happened.outcome.raised)
        return self.reader.find(pages, happened.sent)

    def happen(self, planned: Planned) -> Happened:
        """Have a cell happen as it should."""
        happened = self._try(planned, 0.1 if planned.failure.waits else 5.0)
        # On a busy machine the time may be over before anything was sent.
        if planned.failure.waits and not self._reached_server(planned, happened):
            happened = self._try(planned, 2.0)
        self._check(planned, happened)
        return happened

    def case(self, planned: Planned, timeout: float = 5.0) -> tuple[Cell, Case]:
        """Prepare a cell."""
        world, servers = self.world, self.servers
        cell = Cell(world.number(), planned.method, planned.encoding, world, servers)
        file = world.directory / "profiles" / f"{cell.number}.toml"
        return cell, Case(self._keys(planned, cell, timeout), file, self.api)

    def _try(self, planned: Planned, timeout: float) -> Happened:
        cell, case = self.case(planned, timeout)
        # As rich sees it, each failure and each method is looked at all the same.
        slowly = planned.caller == "thread" or (
            planned.caller == "trio" and planned.method.is_literal
        )
        with collected(hasty=not slowly) as seen:
            outcome = CALLERS[planned.caller](case, seen)
        heard = self.servers.heard[cell.number]
        sent = [mark for request in heard for mark in marks_of(request)]
        return Happened(cell, seen, outcome, sent)

    def _keys(self, planned: Planned, cell: Cell, timeout: float) -> Keys:
        where = f"{planned.failure.name}/{cell.encoding}/{cell.number}"
        keys = {
            "client_id": "me",
            "token_endpoint": f"{self.servers.main.url}/{where}",
            "ca_file": self.world.ca_file,
            "scope": ["read", "write"],
            "timeout": timeout,
            "headers": {"X-Api-Key": {"env": "LEAKS_API_KEY"}},
            "extra_parameters": {"account": {"env": "LEAKS_ACCOUNT"}},
            **planned.method.keys(self.world),
        }
        if planned.failure.change is not None:
            planned.failure.change(cell, keys)
        return keys

    def _reached_server(self, planned: Planned, happened: Happened) -> bool:
        """Say whether the server heard of it, where it should have."""
        heard = bool(self.servers.heard[happened.cell.number])
        return heard is (planned.failure.say is not None)

    def _check(self, planned: Planned, happened: Happened) -> None:
        """See that it went wrong as it was meant to, and that a server repeated it."""
        failure, outcome = planned.failure, happened.outcome
        if failure.error is None:
            assert outcome.error is None, outcome
        else:
            assert issubclass(outcome.error or type(None), failure.error), outcome
        if outcome.raised is not None and failure.error is not ConfigError:
            assert failure.category in {None, outcome.raised.category}
        assert self._reached_server(planned, happened)
        sent = Grep(happened.sent)
        for told in self.servers.told[happened.cell.number]:
            assert self.reader.grep.is_in(told) or sent.is_in(told)
        if failure in STORES:
            pages = happened.seen.pages
            assert any("are not shared" in page.text for page in pages)

    def left_behind(self) -> list[str]:
        """Return what leaked into files and streams, and what others can read."""
        streams = self.capfd.readouterr()
        pages = [Page("output", streams.out), Page("errors", streams.err)]
        found = []
        for path, page in self.world.written():
            pages.append(page)
            if path.stat().st_mode & 0o077:
                found.append(f"others can read {path}")
        self.world.tidy()
        return found + self.reader.find(pages)
