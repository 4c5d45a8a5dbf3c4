"""Which authorities are trusted, and where they come from."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

import pytest

import ccflow
from ccflow.wire.authorities import authorities
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.failures import source_for
from tests.support.failures import unavailable
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import a_token
from tests.support.worlds import make_profile


pytestmark = pytest.mark.usefixtures("own_clients", "one_attempt")


class TestFile:
    def test_that_is_missing_or_no_certificate(self, tmp_path):
        """A ca_file that cannot be used is an error of the configuration."""
        empty = tmp_path / "empty.pem"
        empty.write_text("nothing in here\n")
        for path in (tmp_path / "none.pem", empty, tmp_path):
            profile = make_profile(ca_file=str(path))
            with pytest.raises(ccflow.SecretError, match="ca_file"):
                ccflow.TokenSource(profile).token()

    def test_it_replaces_the_usual_ones(self, ca_file):
        """With a ca_file nobody else is trusted."""
        (one,) = authorities(ca_file).get_ca_certs()

        assert "authority called ours" in str(one["subject"])

    def test_of_the_environment(self, ca_file, monkeypatch):
        """Without a ca_file the variable of OpenSSL is obeyed, as httpx does."""
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        with HostileServer(a_token(), context=server_context()) as server:
            assert source_for(server, None).token().access_token == "tok-1"

    def test_of_the_environment_that_is_missing(self, tmp_path, monkeypatch):
        """A variable that names no file is told by its name."""
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        with pytest.raises(ccflow.SecretError, match="SSL_CERT_FILE"):
            ccflow.TokenSource(make_profile()).token()

    def test_the_profile_wins(self, ca_file, tmp_path, monkeypatch):
        """A ca_file is obeyed whatever the environment says."""
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        with HostileServer(a_token(), context=server_context()) as server:
            assert source_for(server, ca_file).token().access_token == "tok-1"


class TestSystemStore:
    def test_it_is_the_machines(self, ca_file, monkeypatch):
        """With "system" whatever this machine trusts is trusted."""
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)  # How OpenSSL is told its store.
        with HostileServer(a_token(), context=server_context()) as server:
            source = source_for(server, "system")

            assert source.token().access_token == "tok-1"
            assert source_for(server, "system").token().access_token == "tok-1"
        assert server.connections == 1

    def test_and_nothing_else(self, tmp_path, monkeypatch):
        """An authority that is not in it is told with where to add it."""
        monkeypatch.setenv("SSL_CERT_FILE", write_ca_file(tmp_path, "theirs"))
        with HostileServer(a_token(), context=server_context()) as server:
            text = unavailable(source_for(server, "system"), passes=False)

        assert "add the authority to this machine's store" in text

    def test_slow_handshake_stops_nobody_else(self, ca_file, monkeypatch):
        """One server that never ends its handshake does not hold up another one."""
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        greeted = threading.Event()

        def greet(line: Line) -> None:
            line.stream.recv(1)
            greeted.set()
            line.hold()

        with (
            HostileServer(a_token(), greet=greet) as slow,
            HostileServer(a_token(), context=server_context()) as good,
        ):
            slow_url = f"https://localhost:{slow.port}/token"
            profile = make_profile(slow_url, ca_file="system", timeout=20)
            hanging = ccflow.TokenSource(profile)
            threading.Thread(target=wait_in_vain, args=[hanging], daemon=True).start()
            assert greeted.wait(10)
            token = source_for(good, "system", timeout=5).token()
            still_waiting = slow.connections == 1 and not slow.faults

        assert token.access_token == "tok-1"
        assert still_waiting

    def test_it_needs_a_package(self, monkeypatch):
        """Without truststore the error is the line that installs it."""
        monkeypatch.setitem(sys.modules, "truststore", None)
        with pytest.raises(ccflow.SecretError, match=r"ccflow-oauth\[truststore\]"):
            ccflow.TokenSource(make_profile(ca_file="system")).token()

    def test_file_of_that_name(self, ca_file, tmp_path, monkeypatch):
        """A file that is called so is named with its directory."""
        Path(ca_file).rename(tmp_path / "system")
        monkeypatch.chdir(tmp_path)
        with HostileServer(a_token(), context=server_context()) as server:
            assert source_for(server, "./system").token().access_token == "tok-1"


def wait_in_vain(source: ccflow.TokenSource) -> None:
    with contextlib.suppress(ccflow.TokenError):
        source.token()
