"""The cap on an answer, before and after it is unpacked."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
import zlib

import pytest

import ccflow
from ccflow.wire.body import BODY_CAP
from tests.support.certificates import server_context
from tests.support.failures import fail
from tests.support.failures import source_for
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import http


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


class TestBody:
    def test_answer_of_one_mebibyte_is_read(self, ca_file):
        """What stays within the cap is read, however long."""
        body = b'{"access_token": "tok-1", "padding": "' + b"a" * BODY_CAP
        body = body[: BODY_CAP - 2] + b'"}'
        with HostileServer(http(200, body), context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

    @pytest.mark.parametrize("chunked", [True, False])
    def test_longer_answer_is_refused_without_reading_on(self, chunked, ca_file):
        """A server that never ends its answer costs a mebibyte, not the memory."""
        sent = 0
        hung_up = threading.Event()

        def endless(line: Line, request: Received) -> None:
            nonlocal sent
            length = "Transfer-Encoding: chunked" if chunked else "X: y"
            line.send(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode())
            piece = b"a" * 65536
            try:
                while sent < 64 * BODY_CAP:
                    line.send(b"10000\r\n%b\r\n" % piece if chunked else piece)
                    sent += len(piece)
            except OSError:
                hung_up.set()

        with HostileServer(endless, context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

            assert hung_up.wait(5)
        assert error.category == "malformed"
        assert error.status_code == 200
        assert "more than 1024 KiB" in str(error)
        # What the buffers of both ends hold beyond the cap.
        assert sent < 20 * BODY_CAP

    @pytest.mark.parametrize("encode", [gzip.compress, zlib.compress])
    def test_compressed_answer_is_read(self, encode, ca_file):
        """A server that compresses although it was asked not to is understood."""
        name = "gzip" if encode is gzip.compress else "deflate"
        answer = http(
            200, encode(b'{"access_token": "tok-1"}'), {"Content-Encoding": name}
        )
        with HostileServer(answer, context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"

        assert server.journal[0].header("Accept-Encoding") == "identity"

    @pytest.mark.parametrize(
        "body",
        [
            b"this is not gzip",
            gzip.compress(b'{"access_token": "tok-1"}')[:-9],
            gzip.compress(b'{"access_token": "tok-1"}')[:-8] + b"\x00" * 8,
        ],
        ids=["other", "short", "broken"],
    )
    def test_broken_compression_is_told(self, body, ca_file):
        """A body that its encoding does not fit says so, with the status."""
        answer = http(200, body, {"Content-Encoding": "gzip"})
        with HostileServer(answer, context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

        assert error.category == "malformed"
        assert error.status_code == 200
        assert "Content-Encoding" in str(error)

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_bomb_does_not_go_off(self, times, ca_file):
        """A kilobyte that unpacks to gigabytes is refused, packed once or thrice."""
        bomb = b"\0" * (32 * BODY_CAP)
        for _ in range(times):
            bomb = gzip.compress(bomb, 6)
        encoding = ", ".join(["gzip"] * times)
        answer = http(200, bomb, {"Content-Encoding": encoding})
        with HostileServer(answer, context=server_context()) as server:
            source = source_for(server, ca_file)
            tracemalloc.start()
            try:
                error = fail(source, ccflow.TokenResponseError)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()

        assert error.category == "malformed"
        assert peak < 12 * BODY_CAP

    @pytest.mark.parametrize(
        ("encoding", "body", "named"),
        [
            ("br", b"\x1b\x17\x00\xf8\xa5\x91\xc9\x82", "br"),
            ("gzip, BR", b"\x1b\x17\x00text", "br"),
            ("zstd", b"\x28\xb5\x2f\xfd\x24\x19\xc9\x00\x00", "zstd"),
        ],
    )
    def test_compression_of_another_kind_is_named(self, encoding, body, named, ca_file):
        """What was not asked for and cannot be read says what it is."""
        answer = http(200, body, {"Content-Encoding": encoding})
        with HostileServer(answer, context=server_context()) as server:
            error = fail(source_for(server, ca_file), ccflow.TokenResponseError)

        assert error.category == "malformed"
        assert f"compressed as {named}, which was not asked for" in str(error)

    @pytest.mark.parametrize("encoding", ["utf-8", "br", "zstd"])
    def test_encoding_that_is_none_is_no_matter(self, encoding, ca_file):
        """Some servers call UTF-8 an encoding, and some only say that they pack."""
        answer = http(200, '{"access_token": "tok-1"}', {"Content-Encoding": encoding})
        with HostileServer(answer, context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"
