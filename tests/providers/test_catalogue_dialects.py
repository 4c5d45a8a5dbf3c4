"""
Every entry of the catalogue against its own emulator, from a profile to a token.

Nothing here names one; a dialect is added by a file of its own (providers/README.md).
"""

from __future__ import annotations

import ssl
import tomllib
from pathlib import Path

import httpx
import pytest

from ccflow import TokenRefusedError
from ccflow import TokenSource
from ccflow.config.load import load_profile
from ccflow.emulator import emulate
from ccflow.emulator import faults
from ccflow.emulator import load_dialect
from ccflow.emulator.hookspecs import catalogue_names
from ccflow.errors import ProviderError
from ccflow.plugin import catalogue
from ccflow.plugin.registry import find_provider


NAMES = sorted(catalogue_names())
TLS = {"tls_client_auth", "self_signed_tls_client_auth"}


def is_usable(name):
    text = (catalogue.folder() / f"{name}.toml").read_text("utf-8")
    return "instead" not in tomllib.loads(text)


USABLE = [name for name in sorted(catalogue.names()) if is_usable(name)]


@pytest.fixture(scope="module")
def servers():
    with emulate(*NAMES) as found:
        yield {server.provider: server for server in found}


@pytest.fixture
def server(servers, name):
    """A server with clients as it began with, whatever a test has done to them."""
    found = servers[name]
    clients = dict(found.tenant.clients)
    yield found
    found.behave()
    found.tenant.clients.clear()
    found.tenant.clients.update(clients)


def profiles_of(name):
    """The names of its profiles, the one by the provider's default method first."""
    return [sample.profile for sample in load_dialect(name).samples]


def source_of(server, profile):
    return TokenSource(load_profile(profile, config=server.config))


def hints_of(name):
    return {it.hint for it in find_provider(name).explanations}


def hint_of(server, profile):
    """What a refusal tells to do next."""
    with pytest.raises(TokenRefusedError) as caught:
        source_of(server, profile).token()
    return caught.value.hint


@pytest.mark.parametrize("name", USABLE)
def test_every_entry_has_a_dialect(name):
    """`ccflow emulate` knows what `ccflow providers` shows."""
    assert name == load_dialect(name).name


@pytest.mark.parametrize("name", NAMES)
class TestEveryDialect:
    def test_it_is_of_an_entry(self, name):
        """There is no dialect without a provider."""
        assert name == find_provider(name).name

    def test_it_says_where_its_facts_are(self, name):
        """The first line names the page."""
        path = catalogue.folder() / "dialects" / f"{name}.toml"

        assert f"docs/providers/{name}.md" in path.read_text("utf-8").splitlines()[0]

    def test_its_methods_are_those_of_the_entry(self, name):
        """The default comes first, and each is one that the provider offers."""
        offered = find_provider(name).token_endpoint_auth_methods
        methods = [it.token_endpoint_auth_method for it in load_dialect(name).samples]

        assert offered[0] == methods[0]
        assert {*methods} <= {*offered}
        assert len({*methods}) >= min(2, len({*offered} - TLS))

    def test_each_profile_gets_a_token_that_the_api_takes(self, name, server):
        """Each method works, from the files that are written alone."""
        context = ssl.create_default_context(cafile=server.ca_file)
        with httpx.Client(verify=context) as http:
            for profile in profiles_of(name):
                token = source_of(server, profile).token()
                headers = {"Authorization": f"Bearer {token.access_token}"}
                answer = http.get(f"{server.api}/orders/7", headers=headers)

                assert 200 == answer.status_code, profile
                assert token.authorization.endswith(token.access_token)

    def test_a_lifetime_is_read(self, name, server):
        """However it is spelt; a server that tells none tells none."""
        server.tenant.expires_in = 120
        token = source_of(server, profiles_of(name)[0]).token()
        server.tenant.expires_in = None

        assert token.expires_at is None or 60 < token.expires_in <= 120

    def test_a_wrong_secret_is_explained(self, name, server):
        """By the provider, and not in general words; by the first two methods."""
        server.rotate_secrets(told=False)
        profiles = [
            it.profile
            for it in server.dialect.samples
            if it.token_endpoint_auth_method != "private_key_jwt"
        ]

        for profile in profiles[:2]:
            assert hint_of(server, profile) in hints_of(name)

    def test_an_unknown_client_is_explained(self, name, server):
        """As one that is registered nowhere."""
        server.tenant.clients.clear()

        assert hint_of(server, profiles_of(name)[0]) in hints_of(name)

    def test_its_metadata_are_its_own(self, name, server):
        """Where it has some, they name its issuer and its endpoint."""
        for path, document in server.dialect.documents(server.tenant).items():
            assert path.startswith("/")
            if "issuer" in document:
                assert server.issuer == document["issuer"]
                assert server.token_endpoint == document["token_endpoint"]


@pytest.mark.parametrize("name", ["authentik", "zitadel"])
def test_a_rotated_secret_is_read_again(name):
    """Where the code of a wrong secret says something else."""
    with emulate(name) as (server,):
        server.next(faults.NewSecret())
        profile = load_profile(profiles_of(name)[0], config=server.config)

        assert TokenSource(profile).token()
        server.journal.assert_token_requests(2)


def test_a_broken_file_is_named(monkeypatch, tmp_path):
    """With the key that there is not."""
    from ccflow_catalog import dialects

    (tmp_path / "keycloak.toml").write_text('token_paht = "/token"', "utf-8")
    monkeypatch.setattr(dialects, "FOLDER", Path(tmp_path))

    with pytest.raises(ProviderError, match=r"keycloak\.toml: .*'token_paht'"):
        load_dialect("keycloak")
