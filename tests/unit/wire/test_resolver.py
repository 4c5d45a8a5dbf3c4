"""Names are looked up within a time, whatever the system's look-up does."""

from __future__ import annotations

import socket
import threading

import pytest

import ccflow
from ccflow.wire.resolver import addresses_of
from tests.support.certificates import server_context
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.worlds import landed
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


class TestAddresses:
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "192.0.2.7"])
    def test_of_an_address(self, host, monkeypatch):
        """What is an address already is not looked up."""
        monkeypatch.setattr(socket, "getaddrinfo", None)

        assert addresses_of(host, 443, 1.0) == [host]

    def test_are_given_once_and_in_order(self, monkeypatch):
        """An address that the system names twice is tried once."""
        found = [(2, 1, 6, "", (it, 443)) for it in ("127.0.0.2", "127.0.0.1") * 2]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        assert addresses_of("id.example", 443, 1.0) == ["127.0.0.2", "127.0.0.1"]

    def test_without_threads(self, ca_file, monkeypatch):
        """Where no thread can be had the name is looked up all the same."""

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with HostileServer(a_token(), context=server_context()) as server:
            source = source_for(server, ca_file)
            real = threading.Thread.start

            def start(thread: threading.Thread) -> None:
                (refuse if thread.name.startswith("ccflow") else real)(thread)

            monkeypatch.setattr(threading.Thread, "start", start)

            assert source.token().access_token == "tok-1"


class TestDeadNameServer:
    def test_does_not_hold_up_the_flight(self, monkeypatch):
        """A look-up that never returns is left behind, and the flight lands."""
        forget = threading.Event()

        def hang(*_: object, **__: object) -> list[object]:
            forget.wait(20)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        source = ccflow.TokenSource(make_profile(timeout=0.4))
        text = unavailable(source)
        landed(source, 0.5)
        flying = [it.name for it in threading.enumerate() if "flight" in it.name]
        forget.set()

        assert "the name id.example was not looked up within 0.2 seconds" in text
        assert "no name server answers" in text
        assert flying == []
