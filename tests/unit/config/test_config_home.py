"""``~`` in paths, where somebody has a home and where nobody has."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

import ccflow
from ccflow.config.home import with_home


NOBODY = "~no-such-user-here/x"


def profile_with(**keys: object) -> ccflow.Profile:
    values = {
        "token_endpoint": "https://id.example/token",
        "client_id": "me",
        "client_secret": {"env": "S"},
        **keys,
    }
    return ccflow.Profile.from_mapping(values, name="billing")


def test_the_own_home(monkeypatch, tmp_path):
    """The variable counts, as in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert with_home("~/a/b") == tmp_path / "a" / "b"
    assert with_home("a/~b") == Path("a/~b")


class TestNobody:
    @pytest.mark.parametrize(
        "keys",
        [
            {"ca_file": NOBODY},
            {"cache": {"store": "file", "directory": NOBODY}},
        ],
        ids=["ca_file", "cache"],
    )
    def test_a_path_of_a_profile(self, keys):
        """It is a problem of the profile, with its key and what to write."""
        with pytest.raises(ccflow.ProfileError, match="write the whole path") as caught:
            profile_with(**keys)

        assert "~no-such-user-here" in str(caught.value)

    def test_a_secret_file(self):
        """It is told when the secret is read, and nothing is sent."""
        source = ccflow.TokenSource(profile_with(client_secret={"file": NOBODY}))

        with pytest.raises(ccflow.SecretError, match="write the whole path"):
            source.token()

    def test_a_named_file(self):
        """A file of profiles that is not there is told with its name."""
        with pytest.raises(ccflow.ProfileError, match="no-such-user-here"):
            ccflow.load_profile("billing", config=NOBODY)

    @pytest.mark.parametrize("error", [RuntimeError, KeyError])
    def test_a_user_without_a_home(self, error, monkeypatch, tmp_path):
        """In a container with any number for a user, only that file is not there."""

        def unknown(*_):
            raise error("Could not determine home directory.")

        monkeypatch.setattr(platformdirs, "user_config_path", unknown)
        monkeypatch.chdir(tmp_path)

        assert ccflow.profiles() == []
