"""Reading secrets, from a server that speaks Vault's API."""

from __future__ import annotations

import tomllib
import traceback
from pathlib import Path

import attrs
import ccflow_vault
import pytest
import vault_server
from ccflow_vault import read_vault

import ccflow


SECRET = "the secret, öäü:%+ and all"


@pytest.fixture
def vault(monkeypatch, tmp_path):
    """A Vault with two secrets, and the environment that leads to it."""
    with vault_server.running_vault() as running:
        running.secrets = {
            "billing": [{"client_secret": SECRET}],
            "team/okta app": [{"id": "a", "key": "old"}, {"id": "a", "key": "new"}],
        }
        for name in ("VAULT_NAMESPACE", "VAULT_CACERT"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("VAULT_ADDR", running.url)
        monkeypatch.setenv("VAULT_TOKEN", vault_server.TOKEN)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield running


def read(path="billing", **more):
    return read_vault({"vault": path, **more}, ".")


class TestReading:
    def test_the_only_field(self, vault):
        """A secret of one field needs no name for it."""
        assert read() == SECRET
        assert vault.asked == ["/v1/secret/data/billing"]

    def test_a_field_of_several(self, vault):
        """The latest version, below a path with a blank."""
        assert read("team/okta app", field="key") == "new"

    def test_a_version(self, vault):
        """An older one, by its number."""
        assert read("team/okta app", field="key", version=1) == "old"

    def test_another_mount(self, vault):
        """Engines are mounted anywhere."""
        vault.mount = "kv/prod"

        assert read(mount="kv/prod") == SECRET

    def test_a_namespace(self, vault, monkeypatch):
        """It goes into a header."""
        vault.namespace = "team-a/"
        monkeypatch.setenv("VAULT_NAMESPACE", "team-a/")

        assert read() == SECRET

    def test_the_token_of_a_login(self, vault, monkeypatch, tmp_path):
        """What Vault's command leaves in the home directory."""
        monkeypatch.delenv("VAULT_TOKEN")
        (tmp_path / ".vault-token").write_text(f"{vault_server.TOKEN}\n")

        assert read() == SECRET


class TestFailing:
    @pytest.mark.parametrize(
        ("reference", "error"),
        [
            ({"path": "no-such"}, "VaultSecretMissingError"),
            ({"mount": "other"}, "VaultSecretMissingError"),
            ({"version": 9}, "VaultSecretMissingError"),
            ({"field": "other"}, "VaultFieldMissingError"),
            ({"path": "team/okta app"}, "VaultFieldMissingError"),
            ({"path": "../sys/seal"}, "VaultReferenceError"),
            ({"path": "/billing"}, "VaultReferenceError"),
            ({"path": ""}, "VaultReferenceError"),
            ({"path": ["billing"]}, "VaultReferenceError"),
            ({"mount": "secret/../sys"}, "VaultReferenceError"),
            ({"version": "1"}, "VaultReferenceError"),
            ({"version": True}, "VaultReferenceError"),
            ({"feild": "client_secret"}, "VaultReferenceError"),
        ],
    )
    def test_a_wrong_reference(self, vault, reference, error):
        """The class says what to do next."""
        with pytest.raises(getattr(ccflow_vault, error)):
            read(**reference)

    def test_a_deleted_version(self, vault):
        """Whatever status it comes with."""
        vault.secrets["billing"].append(None)
        with pytest.raises(ccflow_vault.VaultSecretMissingError):
            read()
        vault.canned = (200, {}, b'{"data": {"data": null, "metadata": {}}}')
        with pytest.raises(ccflow_vault.VaultSecretMissingError):
            read()

    def test_a_field_that_is_no_text(self, vault):
        """A number is no secret."""
        vault.secrets["billing"] = [{"pin": 1234}]

        with pytest.raises(ccflow_vault.VaultFieldMissingError):
            read()

    def test_a_wrong_token(self, vault, monkeypatch):
        """Nobody is let in."""
        monkeypatch.setenv("VAULT_TOKEN", "hvs.another")

        with pytest.raises(ccflow_vault.VaultDeniedError):
            read()

    @pytest.mark.parametrize("token", ["", "a\nb", "hvs.ö"])
    def test_no_token(self, vault, monkeypatch, token):
        """Nothing is asked without one."""
        monkeypatch.setenv("VAULT_TOKEN", token)

        with pytest.raises(ccflow_vault.VaultTokenMissingError):
            read()
        assert not vault.asked

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "vault.example:8200",
            "http://vault.example:8200",
            "https://user:pass@vault.example",
            "https://[::1",
            "ftp://127.0.0.1",
        ],
    )
    def test_an_address_that_is_none(self, vault, monkeypatch, address):
        """A token does not go in clear over a network."""
        monkeypatch.setenv("VAULT_ADDR", address)

        with pytest.raises(ccflow_vault.VaultAddressError):
            read()

    @pytest.mark.parametrize(
        "canned",
        [
            (200, {}, b"<html>Sign in</html>"),
            (200, {}, b"[]"),
            (200, {}, b"{}"),
            (307, {"Location": "http://127.0.0.1:9/"}, b""),
            (404, {}, b"<html>nginx</html>"),
            (404, {}, b"{}"),
            (500, {}, b'{"errors": []}'),
        ],
    )
    def test_something_else_answers(self, vault, canned):
        """A page, a redirect, or a failure."""
        vault.canned = canned

        with pytest.raises(ccflow_vault.VaultUnavailableError):
            read()

    def test_it_is_sealed(self, vault):
        """Try again later."""
        vault.sealed = True

        with pytest.raises(ccflow_vault.VaultUnavailableError):
            read()

    def test_it_is_not_there(self, vault, monkeypatch):
        """Nobody listens."""
        monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")

        with pytest.raises(ccflow_vault.VaultUnavailableError):
            read()

    def test_authorities_that_cannot_be_read(self, vault, monkeypatch, tmp_path):
        """Nobody is trusted instead."""
        monkeypatch.setenv("VAULT_CACERT", str(tmp_path / "no-such.pem"))

        with pytest.raises(ccflow_vault.VaultUnavailableError):
            read()
        assert not vault.asked

    def test_nothing_is_told_of_secrets(self, vault):
        """Neither the token nor the secret is in what is raised."""
        vault.secrets["billing"] = [{"one": SECRET, "two": SECRET}]
        with pytest.raises(ccflow_vault.VaultError) as caught:
            read()

        text = "".join(traceback.format_exception(caught.value))
        assert SECRET not in text
        assert vault_server.TOKEN not in text


class TestWithCcflow:
    """It is found by its entry point, so that these need it installed."""

    @pytest.mark.ccflow("okta", profile="billing")
    def test_a_token_is_got(self, vault, ccflow_server, ccflow_profile):
        """The secret that the server knows comes from the Vault."""
        profile = ccflow.load_profile(ccflow_profile)
        client = ccflow_server.tenant.clients[profile.client_id]
        vault.secrets["billing"] = [{"client_secret": client.secret}]
        values = tomllib.loads(Path(ccflow_server.config).read_text("utf-8"))
        table = {
            **values["profiles"]["okta"],
            "ca_file": ccflow_server.ca_file,
            "client_secret": {"vault": "billing"},
        }
        profile = ccflow.Profile.from_mapping(table, name="from-the-vault")

        assert ccflow.token(profile).access_token
        assert vault.asked == ["/v1/secret/data/billing"]

    @pytest.mark.ccflow("okta")
    def test_a_failure_names_the_reference(self, vault, ccflow_server, ccflow_profile):
        """Which one, and the class of what went wrong; nothing is sent."""
        profile = attrs.evolve(
            ccflow.load_profile(ccflow_profile),
            client_secret=ccflow.SecretReference("vault", {"vault": "no-such"}),
        )

        with pytest.raises(ccflow.SecretError) as caught:
            ccflow.token(profile)

        assert "{ vault = 'no-such' } failed with VaultSecretMissing" in str(
            caught.value
        )
        ccflow_server.journal.assert_token_requests(0)
