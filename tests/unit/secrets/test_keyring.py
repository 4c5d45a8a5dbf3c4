"""Passwords of a real keyring, which keeps them in a file here."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import keyring
import pytest
from keyring import errors
from keyring.backends import fail
from keyring.backends import null
from keyrings.alt.file import PlaintextKeyring

from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.errors import SecretError
from ccflow.protocol.cache_key import make_cache_key
from ccflow.secret import SecretReference
from ccflow.secrets import read_secret


PASSWORD = "p:a%2Bs s+&/ schlüssel\n"


@pytest.fixture
def use():
    """Have a keyring used, for one test."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def system(use, tmp_path):
    """A keyring with one password."""
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    use(backend)
    keyring.set_password("billing", "us", PASSWORD)
    return backend


def reference(service="billing", username="us", base="."):
    table = {"keyring": service, "username": username}
    return SecretReference("keyring", table, base)


def told(source):
    with pytest.raises(SecretError) as caught:
        read_secret(source, "client_secret")
    return str(caught.value)


class Failing(PlaintextKeyring):
    """A keyring that raises."""

    priority = 1
    error: BaseException

    def get_password(self, service, username):
        entry = "s3cret"
        raise self.error if entry else KeyError


class TestReadKeyring:
    def test_the_password(self, system):
        """It is what was put there, every character of it, and it is wrapped."""
        secret = read_secret(reference(), "client_secret")

        assert PASSWORD == secret.reveal()
        assert PASSWORD not in repr(secret)

    def test_it_is_read_each_time(self, system):
        """A new password is there without a restart."""
        read_secret(reference(), "client_secret")
        keyring.set_password("billing", "us", "another")

        assert "another" == read_secret(reference(), "client_secret").reveal()

    @pytest.mark.parametrize("other", [("billing", "them"), ("payroll", "us")])
    def test_what_is_not_there(self, system, other):
        """The command that puts it there is told."""
        text = told(reference(*other))

        assert text.startswith(f"client_secret: {reference(*other)} is not in the key")
        assert text.endswith(f"run: keyring set {other[0]} {other[1]}")

    def test_the_command_is_quoted(self, system):
        """A name with a space can be pasted."""
        assert "keyring set 'the service' us" in told(reference("the service"))

    def test_an_empty_password(self, system):
        """An empty password is none."""
        keyring.set_password("billing", "us", "")

        assert told(reference()).endswith("is empty")

    def test_a_system_without_a_keyring(self, use):
        """What to do about a server without one is told."""
        use(fail.Keyring())

        text = told(reference())

        assert "finds no keyring on this system; run: keyring diagnose" in text

    def test_one_that_was_switched_off(self, use):
        """A keyring that keeps nothing has nothing."""
        use(null.Keyring())

        assert "is not in the keyring" in told(reference())

    @pytest.mark.parametrize(
        ("error", "why"),
        [
            (errors.KeyringLocked("s3cret"), "finds the keyring locked; unlock it"),
            (errors.InitError("s3cret"), "failed with InitError; run: keyring diagn"),
            (OSError("s3cret"), "failed with OSError; run: keyring diagnose"),
        ],
    )
    def test_one_that_fails(self, use, caplog, error, why):
        """It is told by its class: its text and its frames may hold anything."""
        caplog.set_level(logging.DEBUG)
        backend = Failing()
        backend.error = error
        use(backend)

        with pytest.raises(SecretError) as caught:
            read_secret(reference(), "client_secret")

        assert why in str(caught.value)
        shown = traceback.TracebackException.from_exception(
            caught.value, capture_locals=True
        )
        text = "".join(shown.format()).partition("in read_secret")[2]
        assert "s3cret" not in text + caplog.text

    def test_what_is_no_text(self, use):
        """A keyring that gives something else is told."""
        backend = Failing()
        use(backend)
        backend.get_password = lambda service, username: b"bytes"

        assert told(reference()).endswith("is no text")

    def test_without_keyring(self, monkeypatch):
        """Without the extra the error has the line that installs it."""
        monkeypatch.setitem(sys.modules, "keyring", None)

        assert 'pip install "ccflow-oauth[keyring]"' in told(reference())

    def test_it_is_imported_when_it_is_needed(self):
        """Who uses no keyring does not pay for it."""
        code = "import sys, ccflow.secrets; print('keyring' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert "False\n" == done.stdout


PROFILE = """
[profiles.billing]
token_endpoint = "https://as.example.com/token"
client_id = "c"
client_secret = { keyring = "billing", username = "us" }
"""


class TestInAProfile:
    def test_a_profile_names_it(self, tmp_path, system):
        """It is a reference as any other."""
        path = tmp_path / "own.toml"
        path.write_text(PROFILE)
        profile = load_profile("billing", path)

        assert reference(base=str(tmp_path)) == profile.client_secret
        assert PASSWORD == read_secret(profile.client_secret, "x").reveal()
        assert PASSWORD not in repr(profile)

    def test_not_in_a_file_that_was_only_found(self, tmp_path, monkeypatch):
        """Such a file may not ask the keyring; the line that trusts it is told."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("CCFLOW_CONFIG", raising=False)
        (tmp_path / "ccflow.toml").write_text(PROFILE)

        with pytest.raises(ProfileError) as caught:
            load_profile("billing")

        assert "may not use a keyring reference" in str(caught.value)
        assert "export CCFLOW_CONFIG=" in str(caught.value)

    def test_two_files_share_what_it_gives(self):
        """The keyring is the same one wherever the file lies."""

        def key_of(base):
            profile = Profile.from_mapping(
                {
                    "token_endpoint": "https://as.example.com/token",
                    "client_id": "c",
                    "client_secret": {"env": "S"},
                }
            )
            secrets = {"client_secret": reference(base=base)}
            return make_cache_key(profile.plan()[1], secrets, {})

        assert key_of("/one") == key_of("/two")
