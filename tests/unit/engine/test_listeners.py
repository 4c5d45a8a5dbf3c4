"""What the log hears of events."""

from __future__ import annotations

import logging

import pytest

from ccflow.engine.listeners import Listeners
from ccflow.events import FetchJoined
from ccflow.events import GateOpened
from ccflow.events import StoreDegraded


NAMES = {"profile": "billing", "provider": "okta"}


class TestLog:
    @pytest.mark.parametrize(
        ("event", "level"),
        [
            (FetchJoined(**NAMES), logging.DEBUG),
            (GateOpened(until=5.0, error="invalid_client", **NAMES), logging.WARNING),
            (StoreDegraded(reason="no space", **NAMES), logging.WARNING),
        ],
    )
    def test_level(self, event, level, caplog):
        """What somebody has to look at is a warning, the rest is for details."""
        with caplog.at_level(logging.DEBUG, "ccflow"):
            Listeners()(event)

        (record,) = caplog.records
        assert record.levelno == level
        assert "billing" in record.getMessage()

    def test_a_gate_is_told_in_words(self, caplog):
        """A person reads until when, and that another credential is not stopped."""
        with caplog.at_level(logging.WARNING, "ccflow"):
            Listeners()(GateOpened(until=5.0, error="invalid_client", **NAMES))

        assert caplog.messages == [
            "billing: okta refused (invalid_client), and is not asked again with the "
            "same credential before 1970-01-01 00:00:05 UTC"
        ]
