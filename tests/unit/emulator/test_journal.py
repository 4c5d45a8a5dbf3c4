"""`ccflow.emulator.journal`."""

from __future__ import annotations

from ccflow.emulator.journal import Journal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response


def a_journal():
    journal = Journal()
    request = Request(
        method="POST",
        path="/token",
        query="q=hidden",
        headers={
            "authorization": "Basic hidden",
            "content-type": "application/x-www-form-urlencoded",
        },
        body=b"client_secret=hidden",
    )
    journal.note("token", request, Response(status=400))
    journal.note("api", Request(method="GET", path="/api"), Response(status=200))
    return journal


class TestJournal:
    def test_counts_by_kind(self):
        """All, and those of one kind."""
        journal = a_journal()

        assert (
            journal.count(),
            journal.count("token"),
            journal.count("api"),
            journal.count("other"),
        ) == (2, 1, 1, 0)
        assert 2 == len(journal) == len(list(journal))

    def test_entry(self):
        """What came, and what it was answered with."""
        (entry,) = a_journal().entries("token")

        assert (
            entry.method,
            entry.path,
            entry.query,
            entry.status,
            entry.form,
        ) == ("POST", "/token", "q=hidden", 400, {"client_secret": "hidden"})
        assert entry.headers["authorization"] == "Basic hidden"

    def test_repr_hides_values(self):
        """Test runners print what they compare."""
        journal = a_journal()

        assert "hidden" not in repr(journal) + repr(journal.entries())
        assert repr(journal) == "<Journal: 1 token, 1 api, 0 other>"

    def test_clear(self):
        """It can start afresh."""
        journal = a_journal()
        journal.clear()

        assert journal.count() == 0
