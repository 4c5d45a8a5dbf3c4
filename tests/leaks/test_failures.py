"""Every failure, by every method, for every caller: and nothing leaks."""

from __future__ import annotations

import gc
import io
import re
import sys
import threading
from collections import Counter
from urllib.parse import quote_plus

import pytest

from ccflow.cli.main import main
from ccflow.errors import CcflowError
from ccflow.store import StoreError
from ccflow.wire.fault import FaultError
from tests.leaks.callers import CALLERS
from tests.leaks.callers import typed
from tests.leaks.collector import collected
from tests.leaks.display import as_rich_renders
from tests.leaks.echoes import ENCODINGS
from tests.leaks.failures import CELLS
from tests.leaks.failures import FAILURES
from tests.leaks.failures import Planned
from tests.leaks.grep import Page
from tests.leaks.methods import METHODS
from tests.leaks.run import Run
from tests.leaks.run import what_it_reaches
from tests.leaks.secrets import CLIENT_SECRET
from tests.leaks.secrets import REFRESH_TOKEN
from tests.leaks.secrets import TOKEN
from tests.leaks.world import marks_of


@pytest.fixture
def run(on_this_machine, servers, reader, api, capfd):
    return Run(on_this_machine, servers, reader, api, capfd)


def check(leaks) -> None:
    told = sorted({*leaks})
    assert not told, "\n".join(told[:20])


class TestMatrix:
    @pytest.mark.parametrize("name", list(CELLS))
    def test_nothing_leaks(self, name, run):
        """Whatever goes wrong, and whoever asks by whatever method."""
        leaks = [
            f"{planned.method.name}, {planned.caller}, {planned.encoding}: {leak}"
            for planned in CELLS[name]
            for leak in run(planned)
        ]

        check([*leaks, *run.left_behind()])


class TestDoctor:
    @pytest.mark.parametrize(
        "name",
        ["token", "refused-client", "metadata-page", "page-titled", "proxy-407"],
    )
    def test_every_step(self, name, run):
        """It tells what servers and an API say, and nothing of what they repeat."""
        leaks = []
        for method in METHODS[::4]:
            planned = Planned(FAILURES[name], method, "command", "understood")
            cell, case = run.case(planned)
            with collected() as seen:
                options = ("--url", case.api, "--ca-file", run.world.ca_file)
                typed(case, seen, "doctor", "--try-encodings", *options)
            said = "".join(it.text for it in seen.pages if "output" in it.channel)
            heard = run.servers.heard[cell.number]
            sent = [mark for request in heard for mark in marks_of(request)]
            leaks += run.reader.find(seen.pages, sent)

            assert heard
            assert ("********" in said) is (name != "proxy-407")
        check([*leaks, *run.left_behind()])


class TestCommands:
    @pytest.mark.parametrize("name", ["token", "refused-client", "truncated-token-500"])
    def test_call(self, name, run):
        """A request with a token says as little as one for it."""
        planned = Planned(FAILURES[name], METHODS[0], "command", "as-it-came")
        cell, case = run.case(planned)
        with collected() as seen:
            typed(case, seen, "call", "GET", case.api)
        heard = run.servers.heard[cell.number]
        sent = [mark for request in heard for mark in marks_of(request)]

        assert heard, [it.text for it in seen.pages]
        check([*run.reader.find(seen.pages, sent), *run.left_behind()])

    @pytest.mark.parametrize(
        "body",
        [
            f'{{"error": "{TOKEN}", "id": "{TOKEN}", "access_token": "{TOKEN}"}}',
            f'{{"refresh_token": "{REFRESH_TOKEN}", "access_token": "{TOKEN}',
            f"access_token: {TOKEN}",
            f"HTTP/1.1 403 No\nauthorization: Bearer {TOKEN}\n\nno {TOKEN}",
            f"{quote_plus('client_secret=' + CLIENT_SECRET[:11])} {CLIENT_SECRET[:11]}",
        ],
    )
    def test_explain(self, body, run, monkeypatch):
        """What is pasted is not shown again."""
        stream = io.TextIOWrapper(io.BytesIO(body.encode()))
        monkeypatch.setattr(sys, "stdin", stream)
        with collected() as seen:
            assert 0 == main(["--debug", "explain", "--json"])

        assert "hint" in "".join(it.text for it in seen.pages)
        check([*run.reader.find(seen.pages), *run.left_behind()])


class TestRendering:
    @pytest.mark.parametrize("name", ["refused-client", "no-password"])
    def test_a_traceback_as_rich_writes_it(self, name, run):
        """What its handler prints with ``show_locals``."""
        row = CELLS[name]
        planned = next(it for it in row if it.caller == "thread")
        error = run.happen(planned).outcome.raised

        check(run.reader.find([Page("rich", as_rich_renders(error))]))


class TestAfterwards:
    def test_errors_that_are_still_alive(self, run):
        """Of all errors that somebody keeps, none leads to a secret."""
        rows = [row for name, row in CELLS.items() if FAILURES[name].error is not None]
        kept = [run.happen(row[3]) for row in rows[::6]]
        for thread in threading.enumerate():
            if thread.name == "ccflow-store":
                thread.join(10)  # It has told what came, and is about to end.
        errors = [
            it
            for it in gc.get_objects()
            if isinstance(it, CcflowError | FaultError | StoreError)
        ]
        pages = [page for error in errors for page in what_it_reaches(error)]

        assert len(errors) >= len([it for it in kept if it.outcome.raised])
        check(run.reader.find(pages, [mark for it in kept for mark in it.sent]))

    def test_what_python_keeps(self, run):
        """No pattern was made of a secret, and no registry of warnings has one."""
        happened = run.happen(CELLS["refused-client"][0])
        patterns = [*re._cache, *getattr(re, "_cache2", ())]  # type: ignore[attr-defined]
        registries = [
            getattr(module, "__warningregistry__", None)
            for module in [*sys.modules.values()]
        ]
        pages = [Page("a cache", f"{it}") for it in (*patterns, *registries)]

        assert patterns
        check(run.reader.find(pages, happened.sent))


class TestTable:
    def test_every_pair_is_there(self):
        """Every failure meets every method and caller, every method every caller."""
        cells = [planned for row in CELLS.values() for planned in row]
        fits = {
            (failure.name, method.name)
            for failure in FAILURES.values()
            for method in METHODS
            if failure.fits(method)
        }

        assert fits == {(it.failure.name, it.method.name) for it in cells}
        assert {(name, caller) for name in FAILURES for caller in CALLERS} == {
            (it.failure.name, it.caller) for it in cells
        }
        assert {(it.name, caller) for it in METHODS for caller in CALLERS} == {
            (it.method.name, it.caller) for it in cells
        }
        assert {(it.name, encoding) for it in METHODS for encoding in ENCODINGS} == {
            (it.method.name, it.encoding) for it in cells
        }

    def test_counts(self):
        """None of them is lost: as many there are, of each kind."""
        cells = [planned for row in CELLS.values() for planned in row]
        kinds = Counter(
            it.error.__name__ if it.error is not None else "a token"
            for it in FAILURES.values()
        )

        assert 800 <= len(cells)
        assert {
            "ConfigError": 22,
            "TokenRefusedError": 19,
            "TokenUnavailableError": 27,
            "TokenResponseError": 22,
            "a token": 7,
        } == kinds
