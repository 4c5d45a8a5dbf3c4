"""One client for each TLS configuration, and connections that are kept a while."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

import ccflow
from ccflow.secret import Secret
from ccflow.wire import clients
from ccflow.wire.clients import close_clients
from ccflow.wire.clients import open_client
from ccflow.wire.trust import Trust
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.failures import fail
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.hostile import reset


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")

# Without it the two may come one after the other, which is well too.
CORK = getattr(socket, "TCP_CORK", socket.TCP_NODELAY)
KEYED = {
    "client_secret": "0123456789abcdef0123456789abcdef0123456789abcdef",
    "token_endpoint_auth_method": "client_secret_jwt",
}


def client_of(trust: Trust):
    with open_client(trust) as client:
        return client


class TestPool:
    def test_context_is_built_once(self, ca_file, monkeypatch):
        """Building a context costs more than thirty fetches, so it is built once."""
        built: list[str | None] = []
        build = clients.authorities
        monkeypatch.setattr(
            clients, "authorities", lambda path: built.append(path) or build(path)
        )
        with HostileServer(a_token(), context=server_context()) as server:
            sources = [source_for(server, ca_file) for _ in range(8)]
            threads = [threading.Thread(target=source.token) for source in sources]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert built == [ca_file]
        assert len(server.journal) == 8

    def test_two_authorities_share_nothing(self, tmp_path, ca_file):
        """A profile that trusts an authority does not make another one trust it."""
        theirs = write_ca_file(tmp_path, "theirs")
        with HostileServer(a_token(), context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"
            unavailable(source_for(server, theirs), passes=False)

            assert source_for(server, ca_file).token().access_token == "tok-1"
        assert len(server.journal) == 2
        assert client_of(Trust(ca_file)) is not client_of(Trust(theirs))

    def test_same_files_same_client(self, ca_file):
        """As long as nothing changes there is one client."""
        assert client_of(Trust(ca_file)) is client_of(Trust(ca_file))

    def test_replaced_file(self, tmp_path, ca_file):
        """A ca_file that is replaced is read again, with no restart."""
        with HostileServer(a_token(), context=server_context(ca="new")) as server:
            unavailable(source_for(server, ca_file), passes=False)
            Path(write_ca_file(tmp_path, "new")).replace(ca_file)

            assert source_for(server, ca_file).token().access_token == "tok-1"

    def test_old_client_is_closed(self, tmp_path, ca_file):
        """The client of the old file does not stay behind."""
        old = client_of(Trust(ca_file))
        Path(write_ca_file(tmp_path, "new")).replace(ca_file)
        new = client_of(Trust(ca_file))

        assert (old.is_closed, new.is_closed) == (True, False)

    def test_old_client_is_not_closed_under_a_request(self, tmp_path, ca_file):
        """A request that is under way is not cut off; who ends last closes."""
        with open_client(Trust(ca_file)) as old:
            with open_client(Trust(ca_file)) as same:
                Path(write_ca_file(tmp_path, "new")).replace(ca_file)
                client_of(Trust(ca_file))

                assert old is same
            assert not old.is_closed

        assert old.is_closed

    def test_file_that_vanished(self, ca_file):
        """A file that is gone is told, and not remembered."""
        client_of(Trust(ca_file))
        content = Path(ca_file).read_bytes()
        Path(ca_file).unlink()
        with pytest.raises(ccflow.SecretError, match="No such file"):
            client_of(Trust(ca_file))
        Path(ca_file).write_bytes(content)

        assert not client_of(Trust(ca_file)).is_closed

    def test_they_do_not_grow_without_end(self, monkeypatch):
        """A proxy's password that changes each hour leaves no client for each."""
        monkeypatch.setattr(clients, "MOST_CLIENTS", 2)
        proxies = [Secret(f"http://joe:{n}@127.0.0.1:9") for n in range(3)]
        first, second = (client_of(Trust(proxy=proxy)) for proxy in proxies[:2])

        assert client_of(Trust(proxy=proxies[0])) is first
        third = client_of(Trust(proxy=proxies[2]))
        assert (first.is_closed, second.is_closed, third.is_closed) == (
            False,
            True,
            False,
        )

    def test_client_that_cannot_be_made_is_tried_again(self, tmp_path):
        """A mistake in a file is told for each request until it is mended."""
        path = tmp_path / "ca.pem"
        path.write_text("nothing")
        for _ in range(2):
            with pytest.raises(ccflow.SecretError):
                client_of(Trust(str(path)))


class TestKeptConnection:
    def test_is_used_again(self, ca_file):
        """Fetches that follow each other use one connection."""
        with HostileServer(a_token(), context=server_context()) as server:
            for _ in range(3):
                source_for(server, ca_file).token()

        assert len(server.journal) == 3
        assert server.connections == 1

    def test_that_was_closed_is_not_used(self, ca_file):
        """A connection that the server closed after its answer is not used again."""

        def once(line: Line, request: Received) -> None:
            line.send(a_token())

        with HostileServer(once, context=server_context()) as server:
            for _ in range(3):
                source_for(server, ca_file).token()

        assert server.connections == 3

    @pytest.mark.parametrize("tls", [True, False])
    @pytest.mark.parametrize("ending", ["reset", "close", "408"])
    def test_that_ends_under_the_request_costs_nothing(self, ending, tls, ca_file):
        """
        A server may close it just as it is used. Nobody answered, so the request is
        made again over a new one, even where there is only one attempt.
        """

        def decide(line: Line, request: Received) -> bytes | None:
            if request.connection > 1 or len(server.journal) == 1:
                return a_token()
            if ending == "reset":
                return reset(line, request)
            if ending == "408":
                line.send(http(408, b"", {"Connection": "close"}))
            return None

        context = server_context() if tls else None
        with HostileServer(decide, context=context) as server:
            for _ in range(2):
                source = source_for(server, ca_file if tls else None, **KEYED)

                assert source.token().access_token == "tok-1"
        assert server.connections == 2
        # Some servers remember the assertion of whatever reached them.
        sent = [request.form["client_assertion"] for request in server.journal]
        assert len(sent) == 3 == len({*sent})

    def test_all_kept_ones_may_have_ended(self, ca_file):
        """However many were kept, the second request goes over a new one."""
        meet = threading.Barrier(4)
        stale = False

        def decide(line: Line, request: Received) -> bytes | None:
            if stale and request.connection <= 4:
                return reset(line, request)
            if not stale:
                meet.wait(10)
            return a_token()

        with HostileServer(decide, context=server_context()) as server:
            sources = [source_for(server, ca_file) for _ in range(4)]
            threads = [threading.Thread(target=source.token) for source in sources]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            stale = True

            assert source_for(server, ca_file).token().access_token == "tok-1"
        assert server.connections == 5
        assert len(server.journal) == 6

    def test_new_one_that_ends_is_a_failure(self, ca_file):
        """Only a kept one is excused: the next try is one like any other."""
        with HostileServer(a_token(), reset, context=server_context()) as server:
            source_for(server, ca_file).token()
            text = unavailable(source_for(server, ca_file))

        assert "broke off the connection before it answered" in text
        assert len(server.journal) == 3

    def test_408_on_a_new_one_is_an_answer(self, ca_file):
        """What a server says to the first request of a connection is meant."""
        with HostileServer(http(408), context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenRefusedError)

        assert error.status_code == 408
        assert len(server.journal) == 1

    @pytest.mark.parametrize("rest", ["whole", "head", "begun", "noise"])
    def test_what_was_left_over_answers_nobody(self, rest, ca_file):
        """
        A server that answers once too often leaves a token for whoever asks next,
        which may be another client.
        """
        again = a_token("of-another-client")
        left = {
            "whole": again,
            "head": again.partition(b"{")[0],
            "begun": again[:9],
            "noise": b"!" * 20,
        }[rest]
        script = [a_token("tok-1") + left, a_token("tok-2")]
        with HostileServer(*script, context=server_context()) as server:
            first = source_for(server, ca_file, client_id="first").token()
            second = source_for(server, ca_file, client_id="second").token()

        assert (first.access_token, second.access_token) == ("tok-1", "tok-2")
        assert server.connections == 2

    def test_what_was_left_over_unread_answers_nobody(self, ca_file):
        """So does one whose second answer came along and was not looked at yet."""

        def twice(line: Line, request: Received) -> bytes | None:
            if request.connection > 1:
                return a_token("tok-2")
            # Two records of TLS in one packet.
            line.stream.setsockopt(socket.IPPROTO_TCP, CORK, 1)
            line.send(a_token("tok-1"))
            line.send(a_token("of-another-client"))
            line.stream.setsockopt(socket.IPPROTO_TCP, CORK, 0)
            return b""

        with HostileServer(twice, context=server_context()) as server:
            first = source_for(server, ca_file, client_id="first").token()
            second = source_for(server, ca_file, client_id="second").token()

        assert (first.access_token, second.access_token) == ("tok-1", "tok-2")

    def test_closing_the_clients_is_not_the_end(self, ca_file):
        """Whoever asks after the end of the process has begun still gets a token."""
        with HostileServer(a_token(), context=server_context()) as server:
            source_for(server, ca_file).token()
            close_clients()

            assert source_for(server, ca_file).token().access_token == "tok-1"
