"""Which files are read, and what in them does not count."""

from __future__ import annotations

import pytest

from ccflow.doctor.shadows import check_files


LAYERED = """
[defaults]
timeout = 5
client_id = "everybody"
headers = { X-A = "a", X-B = "b" }

[profiles.root]
timeout = 6

[profiles.base]
extends = "root"
scope = "a"
client_secret = { env = "BASE" }

[profiles.billing]
extends = "base"
client_id = "billing"
scope = "b"
headers = { X-B = "c" }
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "profiles.toml"
    path.write_text(LAYERED)
    return path


def notes(name, config):
    return [it.message for it in check_files(name, config) if it.level == "note"]


class TestShadows:
    def test_each_value_that_does_not_count_is_told(self, config):
        """Tables are put together by their members, and all else as a whole."""
        above = f"does not count: {config} [profiles.billing] has it as well"

        assert notes("billing", config) == [
            f"timeout in {config} [defaults] does not count: "
            f"{config} [profiles.root] has it as well",
            f"client_id in {config} [defaults] {above}",
            f"scope in {config} [profiles.base] {above}",
            f"headers.X-B in {config} [defaults] {above}",
        ]

    def test_a_variable_is_above_all(self, config, monkeypatch):
        """The variable is named that has the last word."""
        monkeypatch.setenv("CCFLOW_BASE__CLIENT_SECRET_FILE", "somewhere")
        _, told = notes("base", config)

        assert told == (
            f"client_secret in {config} [profiles.base] does not count: environment "
            "[CCFLOW_BASE__CLIENT_SECRET_FILE] has it as well"
        )

    def test_a_whole_table_replaces_its_members(self, config):
        """What is set to something that is no table replaces all of it."""
        config.write_text(
            '[cache]\nstore = "file"\n[profiles.billing]\ncache = false\n'
        )

        assert notes("billing", config) == [
            f"cache.store in {config} does not count: "
            f"{config} [profiles.billing] has it as well"
        ]

    def test_a_name_that_nobody_has_shadows_nothing(self, config):
        """What is wrong with it is told elsewhere."""
        assert notes("nobody", config) == []


class TestFiles:
    def test_that_are_read_say_why(self, config, tmp_path, monkeypatch):
        """One was named, one is named by a variable, one lies here."""
        (tmp_path / "ccflow.toml").write_text("")
        (found,) = check_files("billing", None)
        (named, unread, *_) = check_files("billing", config)
        monkeypatch.setenv("CCFLOW_CONFIG", str(config))
        (variable, *_) = check_files("billing", None)

        assert found.message.endswith("ccflow.toml is read: it is in this directory")
        assert named.message == f"{config} is read: it was named"
        assert variable.message == f"{config} is read: CCFLOW_CONFIG names it"
        assert unread.level == "note"
        assert "ccflow.toml is there and is not read: --config names" in unread.message

    def test_of_the_user(self, config, monkeypatch, tmp_path):
        """The file in the user's configuration directory is called that."""
        monkeypatch.setattr("ccflow.config.files.user_file", lambda: config)
        monkeypatch.setattr("ccflow.doctor.shadows.user_file", lambda: config)
        (first, *_) = check_files("billing", None)

        assert first.message == f"{config} is read: it is this user's own"

    def test_that_cannot_be_read_are_not_said_to_be(self, tmp_path):
        """What is wrong with them is told elsewhere."""
        assert list(check_files("billing", tmp_path / "nowhere.toml")) == []
