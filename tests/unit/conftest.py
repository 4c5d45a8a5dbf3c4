"""What tests of the way to a server need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccflow.wire.clients import close_clients
from tests.support.certificates import write_ca_file


@pytest.fixture
def own_clients() -> Iterator[None]:
    """Begin and end without open connections."""
    close_clients()
    yield
    close_clients()


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each fetch try once, so that nobody waits for the pauses between."""
    monkeypatch.setattr("ccflow.engine.retry.MOST_ATTEMPTS", 1)


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    """The file of the authority that vouches for our servers."""
    return write_ca_file(tmp_path)
