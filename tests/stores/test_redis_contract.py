"""The Redis store on a real server, under the contract for all stores."""

from __future__ import annotations

import pytest
import redis

from ccflow.secret import Secret
from ccflow.stores.encrypted import EncryptedStore
from ccflow.stores.redis import Patience
from ccflow.stores.redis import RedisStore
from ccflow.testing.store_contract import TokenStoreContract

from .servers import USER


class Leased(TokenStoreContract):
    """Stores with leases that are short, and long enough for a busy machine."""

    lease = 2.0

    def make_store(self):
        patience = Patience(lease=self.lease, timeout=10)
        return RedisStore(
            self.url, prefix=self.prefix, patience=patience, clock=self.clock
        )

    def pass_time(self, seconds):
        self.offset += seconds


class TestRedisStore(Leased):
    """Over TCP, as a user that may do no more than it must."""

    @pytest.fixture(autouse=True)
    def ground(self, redis_server, prefix):
        self.url, self.prefix = redis_server.url(), prefix


class TestRedisStoreOnValkey(Leased):
    """On a Valkey server, which speaks as Redis does."""

    @pytest.fixture(autouse=True)
    def ground(self, valkey_server, prefix):
        self.url, self.prefix = valkey_server.url(), prefix

    def test_it_is_one(self, valkey_server):
        """What is asked here is Valkey, and not another Redis."""
        with redis.Redis(port=valkey_server.port) as client:
            assert "valkey" == client.info("server")["server_name"]


class TestEncryptedRedisStoreOverTls(Leased):
    """Over TLS, encrypted, as a user that may do no more than it must."""

    @pytest.fixture(autouse=True)
    def ground(self, tls_server, prefix):
        self.url, self.prefix = tls_server.url(), prefix
        assert self.url.reveal().startswith(f"rediss://{USER}:")

    def make_store(self):
        return EncryptedStore(super().make_store(), Secret("correct horse"))
