"""The catalogue: a file is found by its name, and nothing else is read."""

from __future__ import annotations

import sys
import tomllib

import pytest

from ccflow.errors import ProviderError
from ccflow.plugin import catalogue
from ccflow.plugin.listing import list_providers
from ccflow.plugin.registry import find_provider
from tests.test_imports import imported_by
from tests.test_imports import tops


GOOD = """
token_endpoint = "https://{host}/token"
token_endpoint_auth_methods = ["client_secret_basic"]
settings.host.help = "the host"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A catalogue of its own: one good entry, 39 that cannot even be parsed."""
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "good.sample.toml").write_text("[profiles.x]")
    for number in range(39):
        (tmp_path / f"broken-{number}.toml").write_text("= no TOML")
    monkeypatch.setattr(catalogue, "folder", lambda: tmp_path)
    for remembering in (catalogue.names, catalogue.find):
        remembering.cache_clear()
    yield tmp_path
    for remembering in (catalogue.names, catalogue.find):
        remembering.cache_clear()


class TestFind:
    def test_only_the_named_file_is_read(self, folder):
        """Whatever stands in the other files disturbs nobody."""
        provider = catalogue.find("good")

        assert ("good", "https://{host}/token") == (
            provider.name,
            provider.token_endpoint,
        )

    def test_samples_are_no_entries(self, folder):
        """The names are those of the files, but for the samples."""
        assert {"good", *(f"broken-{it}" for it in range(39))} == catalogue.names()

    def test_a_broken_file_is_named(self, folder):
        """What cannot be parsed is told with its path."""
        with pytest.raises(ProviderError) as caught:
            catalogue.find("broken-7")

        assert str(folder / "broken-7.toml") in str(caught.value)
        assert isinstance(caught.value.__cause__, tomllib.TOMLDecodeError)

    def test_a_mistake_has_file_key_and_nearest_name(self, folder):
        """As in any other file."""
        (folder / "good.toml").write_text(GOOD.replace("settings.host.help", "x.y"))
        with pytest.raises(ProviderError) as caught:
            catalogue.find("good")

        assert {
            (str(folder / "good.toml"), key) for key in ("x", "token_endpoint")
        } == {(problem.file, problem.key) for problem in caught.value.problems}

    def test_the_registry_knows_the_real_ones(self):
        """A profile names an entry as it names any other provider."""
        assert "keycloak" == find_provider("keycloak").name
        assert find_provider("keycloak") is find_provider("keycloak")

    def test_a_name_is_not_a_path(self):
        """Only what is there is looked for."""
        with pytest.raises(ProviderError, match="there is no provider"):
            find_provider("../ccflow_catalog/keycloak")

    def test_it_imports_next_to_nothing(self):
        """No package of a provider, and nothing of others: only what reads TOML."""
        registry = "import ccflow.plugin.registry"
        find = 'ccflow.plugin.registry.find_provider("keycloak")'
        modules = imported_by(f"{registry}\n{find}") - imported_by(registry)

        assert {"ccflow.plugin.definition", "tomllib"} <= modules
        assert tops(modules) - sys.stdlib_module_names == {"ccflow"}


class TestList:
    def test_each_has_its_state(self):
        """Those that say what to use instead are told apart."""
        found = {it.name: it for it in list_providers()}

        assert "built-in" == found["keycloak"].state
        assert "unsupported" == found["google"].state
        assert "google-auth" in found["google"].reason
        assert [*found] == sorted(found)
