"""Which addresses are tried, and for how long."""

from __future__ import annotations

import socket

import httpcore
import pytest

import ccflow
from tests.support.certificates import server_context
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


class TestAddresses:
    def test_many_dead_addresses_share_the_time(self, monkeypatch, ca_file):
        """A name with many addresses that swallow packets costs no more than one."""
        waits: list[float] = []

        class Swallowing:
            def connect_tcp(self, host, port, timeout, *_):
                waits.append(timeout)
                raise httpcore.ConnectTimeout("swallowed")

        addresses = [(2, 1, 6, "", (f"127.0.0.{n}", 443)) for n in range(1, 6)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        monkeypatch.setattr(httpcore, "SyncBackend", Swallowing)
        profile = make_profile(ca_file=ca_file, timeout=10)
        text = unavailable(ccflow.TokenSource(profile))

        assert len(waits) == 5
        # A fifth, a quarter, a third... of what is left, and here none of it is used.
        assert 0.9 < waits[0] <= 1.0
        assert waits == sorted(waits)
        assert waits[-1] <= 5.0
        assert "no connection to id.example within 5 seconds" in text

    def test_second_address_is_tried(self, monkeypatch, ca_file):
        """A name whose first address is dead works by the second."""
        with HostileServer(a_token(), context=server_context()) as server:
            listener = socket.create_server(("127.0.0.2", 0))
            listener.close()  # Nobody answers at this address.
            real = socket.getaddrinfo

            def both(host, port, *args, **options):
                if host != "localhost":
                    return real(host, port, *args, **options)
                return [
                    (2, 1, 6, "", (address, port))
                    for address in ("127.0.0.2", "127.0.0.1")
                ]

            monkeypatch.setattr(socket, "getaddrinfo", both)

            assert source_for(server, ca_file).token().access_token == "tok-1"
