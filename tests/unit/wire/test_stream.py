"""The deadline holds for every byte, in plain TCP, in TLS and in TLS within TLS."""

from __future__ import annotations

import time

import pytest

import ccflow
from tests.support.certificates import server_context
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import drip_forever
from tests.support.hostile import http
from tests.support.hostile import one_after_another
from tests.support.hostile import silence
from tests.support.worlds import make_profile


DEADLINE = 0.4
# What a busy machine may take beside; a drip would go on for minutes.
SLACK = 2.0
pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


class TestDeadline:
    @pytest.mark.parametrize(
        "answer",
        [
            silence,
            drip_forever(b"", b"H"),
            drip_forever(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
            drip_forever(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
            drip_forever(b"", b"HTTP/1.1 102 Wait\r\n\r\n", 0.001),
            drip_forever(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"{"),
            drip_forever(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"
            ),
        ],
        ids=["silence", "status", "header", "headers", "interim", "body", "chunks"],
    )
    def test_dripping_server_is_given_up(self, answer, ca_file):
        """
        The timeout is for everything together: a server that always sends one more
        byte in time does not hold anybody up.
        """
        with HostileServer(answer, context=server_context()) as server:
            source = source_for(server, ca_file, timeout=DEADLINE)
            begun = time.monotonic()
            text = unavailable(source)
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK
        assert f"within {DEADLINE:g} seconds" in text or "TLS" not in text

    def test_last_byte_does_not_win_more_time(self, ca_file):
        """A byte just before the end does not begin the time anew."""

        def answer(line: Line, request: Received) -> None:
            line.server.stopped.wait(0.8)
            line.send(b"HTTP/1.1 200 OK\r\n")
            line.hold()

        with HostileServer(answer, context=server_context()) as server:
            begun = time.monotonic()
            unavailable(source_for(server, ca_file, timeout=1))
            took = time.monotonic() - begun

        assert took < 1 + SLACK

    def test_hanging_handshake_is_given_up(self, ca_file):
        """So is a server that accepts the connection and never speaks TLS."""
        with HostileServer(a_token(), greet=Line.hold) as server:
            address = f"https://localhost:{server.port}"
            profile = make_profile(
                f"{address}/token", ca_file=ca_file, timeout=DEADLINE
            )
            begun = time.monotonic()
            text = unavailable(ccflow.TokenSource(profile))
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK
        assert f"localhost:{server.port}" in text

    def test_dripping_handshake_is_given_up(self, ca_file):
        """And one that sends the handshake a byte at a time."""

        def greet(line: Line) -> None:
            line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384, 0.02)

        with HostileServer(a_token(), greet=greet) as server:
            address = f"https://localhost:{server.port}"
            profile = make_profile(
                f"{address}/token", ca_file=ca_file, timeout=DEADLINE
            )
            begun = time.monotonic()
            unavailable(ccflow.TokenSource(profile))
            took = time.monotonic() - begun

        assert took < DEADLINE + SLACK

    def test_deadline_does_not_outlive_its_request(self, ca_file):
        """A request that took its time takes nothing from the next one."""
        with HostileServer(silence, a_token(), context=server_context()) as server:
            unavailable(source_for(server, ca_file, timeout=0.1))
            slow = source_for(server, ca_file, timeout=5)

            assert slow.token().access_token == "tok-1"


class TestTls:
    def test_answer_that_ends_with_the_connection(self, ca_file):
        """A server may tell no length and hang up, without a goodbye of TLS too."""
        whole = b'HTTP/1.1 200 OK\r\n\r\n{"access_token": "tok-1"}'
        answer = one_after_another([whole])
        with HostileServer(answer, context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

    def test_large_answer_in_many_records(self, ca_file):
        """What comes in many pieces of TLS is put together in order."""
        padding = ",".join(f'"k{number}": "{"x" * 70}"' for number in range(9000))
        body = f'{{"access_token": "tok-1", {padding}}}'
        with HostileServer(http(200, body), context=server_context()) as server:
            token = source_for(server, ca_file).token()

        assert token.extra["k8999"] == "x" * 70

    def test_large_request(self, ca_file):
        """So is what goes out."""
        large = {"audience_hint": "y" * 300_000}
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(server, ca_file, extra_parameters=large).token()

        assert server.journal[0].form["audience_hint"] == "y" * 300_000
