"""A doctor with a practice of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccflow import stores
from ccflow.engine.known_metadata import forget_metadata
from ccflow.wire.clients import close_clients
from tests.support.certificates import write_ca_file

from .visits import SECRET
from .visits import Practice


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    """Examine a profile; nothing is kept of the visit before."""
    monkeypatch.setenv("BILLING_SECRET", SECRET)
    monkeypatch.setattr(stores, "_stores", {})
    close_clients()
    forget_metadata()
    return Practice(tmp_path)


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    """The file of the authority that vouches for our servers."""
    return write_ca_file(tmp_path)
