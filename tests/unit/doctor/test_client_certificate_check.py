"""What `check` says of a client certificate and of the store of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccflow.doctor.check import check_profile
from tests.support.certificates import write_client_certificate


TEXT = """
[profiles.billing]
token_endpoint = "https://id.example/token"
client_id = "me"
token_endpoint_auth_method = "tls_client_auth"
tls_certificate = "client.pem"
api_origins = ["https://api.example.com"]
"""


@pytest.fixture
def check(tmp_path):
    """Return what is found, by step, that is not well."""

    def check(lines='tls_private_key = "client.key"', *, everything=False):
        (tmp_path / "ccflow.toml").write_text(TEXT + lines)
        found = check_profile("billing", tmp_path / "ccflow.toml")
        return [
            (it.step, it.level, f"{it.message}; {it.hint}")
            for it in found
            if everything or it.level != "ok"
        ]

    return check


class TestClientCertificate:
    def test_that_is_well(self, check, tmp_path):
        """A pair that can be used is loaded, and nothing is to be said against it."""
        write_client_certificate(tmp_path)
        steps = [it[0] for it in check(everything=True) if it[0] == "tls_certificate"]

        assert check() == []
        assert len(steps) == 2

    def test_that_has_expired(self, check, tmp_path):
        """One that has expired is an error with the next step."""
        write_client_certificate(tmp_path, expired=True)
        ((step, level, text),) = check()

        assert (step, level) == ("tls_certificate", "error")
        assert "has expired; renew it, and register the new one" in text

    def test_that_is_missing(self, check):
        """One that is not there is told once."""
        ((step, level, text),) = check()

        assert (step, level) == ("tls_certificate", "error")
        assert "No such file" in text

    def test_key_that_is_missing(self, check, tmp_path):
        """So is a key."""
        write_client_certificate(tmp_path)
        (tmp_path / "client.key").unlink()
        ((step, level, text),) = check()

        assert (step, level) == ("tls_certificate", "error")
        assert "tls_private_key" in text

    def test_key_that_others_can_read(self, check, tmp_path, caplog):
        """A key that is open to others is a warning, and is not logged as well."""
        write_client_certificate(tmp_path)
        (tmp_path / "client.key").chmod(0o644)
        ((step, level, text),) = check()

        assert (step, level) == ("tls_certificate", "warning")
        assert "others can read" in text
        assert "chmod o-r" in text
        assert caplog.records == []

    def test_locked_key(self, check, tmp_path, monkeypatch):
        """A key is opened with the password that the profile names."""
        write_client_certificate(tmp_path, password=b"open sesame")
        lines = 'tls_private_key = "client.key"\nprivate_key_password = { env = "P" }'
        monkeypatch.setenv("P", "open sesame")

        assert check(lines) == []
        monkeypatch.setenv("P", "another")
        assert "is private_key_password right?" in check(lines)[0][2]
        monkeypatch.delenv("P")
        assert [it[0] for it in check(lines)] == ["secret"]


class TestSystemStore:
    def test_it_is_named(self, check, tmp_path, monkeypatch):
        """The store of this machine is called that, and is no file."""
        write_client_certificate(tmp_path)
        lines = 'tls_private_key = "client.key"\nca_file = "system"'
        found = [it for it in check(lines, everything=True) if it[0] == "trust"]

        assert [it[1] for it in found] == ["ok"]
        assert "that this machine itself trusts" in found[0][2]
        assert not Path("system").exists()
