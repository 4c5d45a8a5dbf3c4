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
