"""A third party's store, as its author tests it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ccflow.testing.store_contract import TokenStoreContract


HERE = Path(__file__).resolve().parent


class TestCupboard(TokenStoreContract):
    """It passes what ours pass."""

    @pytest.fixture(autouse=True)
    def ground(self, tmp_path, monkeypatch):
        monkeypatch.syspath_prepend(HERE / "ccflow-acme")
        self.path = tmp_path / "cupboard"
        yield
        for name in [name for name in sys.modules if name.startswith("ccflow_acme")]:
            del sys.modules[name]

    def make_store(self):
        from ccflow_acme.cupboard import Cupboard

        return Cupboard(str(self.path), clock=self.clock)

    def pass_time(self, seconds):
        self.offset += seconds
