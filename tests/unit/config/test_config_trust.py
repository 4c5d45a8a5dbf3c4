"""Where the files of the TLS keys lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import ccflow
from ccflow.errors import ProfileError


TEXT = """
[profiles.billing]
token_endpoint = "https://id.example/token"
client_id = "me"
token_endpoint_auth_method = "tls_client_auth"
"""


def load(directory: Path, lines: str, *, named: bool = True) -> ccflow.Profile:
    file = directory / "ccflow.toml"
    file.write_text(TEXT + lines)
    return ccflow.load_profile("billing", config=file if named else None)


class TestPaths:
    def test_are_relative_to_the_file(self, tmp_path, monkeypatch):
        """A profile means the same wherever it is used from."""
        monkeypatch.chdir("/")
        lines = 'tls_certificate = "tls/client.pem"\ntls_private_key = "../client.key"'
        made = load(tmp_path, lines)

        assert made.tls_certificate == str(tmp_path / "tls" / "client.pem")
        assert made.tls_private_key == str(tmp_path.parent / "client.key")

    @pytest.mark.parametrize("key", ["tls_certificate", "tls_private_key"])
    def test_file_that_was_found_stays_inside(self, key, tmp_path, monkeypatch):
        """What lies in the working directory may not borrow a certificate."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "out").symlink_to(tmp_path.parent)
        inside = 'tls_certificate = "a.pem"\n' if key != "tls_certificate" else ""
        for path in ("../other.pem", "/etc/other.pem", "out/other.pem"):
            with pytest.raises(ProfileError) as caught:
                load(tmp_path, f'{inside}{key} = "{path}"', named=False)
            (problem,) = caught.value.problems

            assert problem.key == f"profiles.billing.{key}"
            assert "outside its own directory" in problem.message
            assert "export CCFLOW_CONFIG=" in problem.hint
            assert load(tmp_path, f'{inside}{key} = "{path}"')

        made = load(tmp_path, f'{inside}{key} = "own.pem"', named=False)
        assert getattr(made, key) == str(tmp_path / "own.pem")

    @pytest.mark.parametrize(
        ("given", "kept"), [("system", "system"), ("./system", None), ("ca.pem", None)]
    )
    def test_system_is_no_path(self, given, kept, tmp_path):
        """The one word for the store of this machine is kept as it is."""
        lines = f'tls_certificate = "c.pem"\nca_file = "{given}"'

        assert load(tmp_path, lines).ca_file == (kept or str(tmp_path / Path(given)))

    def test_by_variables(self, tmp_path, monkeypatch):
        """All three may come from the environment."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CCFLOW_BILLING__TLS_CERTIFICATE", "c.pem")
        monkeypatch.setenv("CCFLOW_BILLING__TLS_PRIVATE_KEY", "c.key")
        monkeypatch.setenv("CCFLOW_BILLING__CA_FILE", "system")
        made = load(tmp_path, "")

        assert (made.ca_file, made.tls_certificate, made.tls_private_key) == (
            "system",
            str(tmp_path / "c.pem"),
            str(tmp_path / "c.key"),
        )
