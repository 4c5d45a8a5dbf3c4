"""`ccflow.emulator.journal`."""

from __future__ import annotations

import pytest

from ccflow.emulator import faults
from ccflow.emulator.journal import Journal
from ccflow.emulator.message import Delivery
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


FORM = {
    "grant_type": "client_credentials",
    "scope": "invoices.read",
    "resource": "https://api.example/",
    "client_secret": "hidden",
    "client_assertion": "hidden",
}


def ask(journal, status=200, fault=None, delivery=None, kind="token", **headers):
    request = Request(
        method="POST",
        path="/token",
        query="secret=hidden",
        headers={"content-type": "application/x-www-form-urlencoded", **headers},
        body="&".join(f"{name}={value}" for name, value in FORM.items()).encode(),
    )
    response = Response(status=status, delivery=delivery or Delivery())
    journal.note(kind, request, response, fault)


class TestExactly:
    def test_right_number(self):
        """It says nothing; requests of other kinds do not count."""
        journal = a_journal()
        journal.assert_token_requests(1)
        journal.clear()
        journal.assert_token_requests(0)

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_another_number(self, expected):
        """All that came is listed: what was asked for, the status, and the fault."""
        journal = Journal()
        ask(journal, authorization="Basic hidden")
        ask(journal, kind="api")
        ask(journal, 503, faults.Status(503))
        with pytest.raises(AssertionError) as caught:
            journal.assert_token_requests(expected)

        asked = (
            "grant_type, scope='invoices.read', resource='https://api.example/', "
            "client_secret, client_assertion"
        )
        requests = "request" if expected == 1 else "requests"
        assert [
            f"expected exactly {expected} token {requests}, not 2",
            f"  1. POST /token (authorization, {asked}): 200",
            f"  2. POST /token ({asked}): 503 by Status(status=503)",
        ] == str(caught.value).splitlines()

    def test_nothing_came(self):
        """There is nothing to list."""
        with pytest.raises(AssertionError) as caught:
            Journal().assert_token_requests(2)

        assert "expected exactly 2 token requests, not 0" == str(caught.value)

    def test_no_answer(self):
        """Where nothing was sent there is no status."""
        journal = Journal()
        ask(journal, 200, faults.Hang(), Delivery(most=0, end="hang"))
        (entry,) = journal

        assert 0 == entry.status
        assert entry.describe().endswith(": no answer by Hang(after=0)")

    def test_it_points_to_the_test(self):
        """pytest shows the line of the test, not this one's."""
        with pytest.raises(AssertionError) as caught:
            Journal().assert_token_requests(1)

        assert caught.traceback[-1].frame.f_locals["__tracebackhide__"]

    def test_what_a_scope_holds_is_escaped(self):
        """A client that sends nonsense does not break the list into lines."""
        journal = Journal()
        body = b"scope=a%0Ab%1B"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = Request(method="POST", path="/token", headers=headers, body=body)
        journal.note("token", request, Response(status=400))

        assert r"scope='a\nb\x1b'" in journal.entries()[0].describe()
