"""
What every store of tokens has to do, as tests to inherit.

    class TestMyStore(TokenStoreContract):
        @pytest.fixture(autouse=True)
        def server(self, my_server):
            self.url = my_server.url

        def make_store(self):
            return MyStore(self.url, clock=self.clock)

        def pass_time(self, seconds):
            self.offset += seconds

For the values in a failed assertion, a ``conftest.py`` says
``pytest.register_assert_rewrite("ccflow.testing")`` first.
"""

from __future__ import annotations

from ccflow.testing.store_locks import LockContract
from ccflow.testing.store_records import RecordContract


class TokenStoreContract(RecordContract, LockContract):
    """
    Inherit this, and say how a store is made.

    .. versionadded:: 0.1.0
    """
