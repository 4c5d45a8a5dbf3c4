"""Each test of the configuration works in a directory of its own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ccflow.config.load import load_profile
from ccflow.errors import ProfileError


GOOD = """
    [profiles.billing]
    token_endpoint = "https://as.example.com/token"
    client_id = "a-client"
    client_secret = { env = "BILLING_SECRET" }
"""


class Workspace:
    """A working directory and a user's directory, and the files in them."""

    def __init__(self, here: Path, user: Path) -> None:
        self.here = here
        self.user = user

    def write(self, text: str, path: str = "ccflow.toml") -> Path:
        """Write a file below the working directory."""
        file = self.here / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def write_user(self, text: str) -> Path:
        """Write ``profiles.toml`` in the user's configuration directory."""
        file = self.user / "ccflow" / "profiles.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def problems(self, name="billing", config=None):
        """Load a profile that cannot work, and return its problems."""
        with pytest.raises(ProfileError) as caught:
            load_profile(name, config)
        return caught.value.problems

    def told(self, name="billing", config=None):
        """Load a profile that cannot work, and return what is said."""
        with pytest.raises(ProfileError) as caught:
            load_profile(name, config)
        return str(caught.value)


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    """A working directory without files, and a user without any."""
    here, user = tmp_path / "here", tmp_path / "user"
    here.mkdir(mode=0o755)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user))
    return Workspace(here, user)
