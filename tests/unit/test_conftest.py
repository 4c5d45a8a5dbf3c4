"""The fences around the tests are there."""

from __future__ import annotations

import os
import socket

import pytest


class TestNetwork:
    def test_another_machine_is_out_of_reach(self):
        """A test that would leave this machine fails, whatever way it takes."""
        with pytest.raises(RuntimeError, match=r"may not look up 'example\.com'"):
            socket.create_connection(("example.com", 443))
        with (
            socket.socket() as made,
            pytest.raises(RuntimeError, match=r"may not connect to '192\.0\.2\.1'"),
        ):
            made.connect(("192.0.2.1", 443))
        with (
            socket.socket() as made,
            pytest.raises(RuntimeError, match=r"may not connect to '192\.0\.2\.1'"),
        ):
            made.connect_ex(("192.0.2.1", 443))

    def test_this_machine_is_within_reach(self):
        """Servers that tests start on loopback can be talked to."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("localhost", port)) as made:
                assert port == made.getpeername()[1]

    def test_reserved_names_are_unknown_without_asking(self):
        """A name that cannot exist fails as it does everywhere."""
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("nowhere.invalid", 443)


class TestEnvironment:
    def test_nothing_of_this_machine_is_seen(self):
        """Tests give the same result on a machine where ccflow is in use."""
        assert [] == [name for name in os.environ if name.startswith("CCFLOW_")]

    def test_the_user_has_no_profiles(self, user_directory):
        """The files of the person who runs the tests are not read."""
        from ccflow.config.files import user_file

        assert user_file().is_relative_to(user_directory)
