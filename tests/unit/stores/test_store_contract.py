"""The stores that need no server, under the contract for all stores."""

from __future__ import annotations

import pytest

from ccflow.secret import Secret
from ccflow.stores.encrypted import EncryptedStore
from ccflow.stores.file import FileStore
from ccflow.stores.memory import MemoryStore
from ccflow.testing.store_contract import TokenStoreContract


class Clocked(TokenStoreContract):
    """Stores that are given the test's clock."""

    @pytest.fixture(autouse=True)
    def ground(self, tmp_path):
        self.directory = tmp_path / "tokens"

    def pass_time(self, seconds):
        self.offset += seconds


class TestMemoryStore(Clocked):
    shared = False

    def make_store(self):
        return MemoryStore(clock=self.clock)


class TestFileStore(Clocked):
    def make_store(self):
        return FileStore(self.directory, clock=self.clock)


class TestEncryptedMemoryStore(Clocked):
    shared = False

    def make_store(self):
        return EncryptedStore(MemoryStore(clock=self.clock), Secret("correct horse"))


class TestEncryptedFileStore(Clocked):
    def make_store(self):
        store = FileStore(self.directory, clock=self.clock)
        return EncryptedStore(store, Secret("correct horse"))
