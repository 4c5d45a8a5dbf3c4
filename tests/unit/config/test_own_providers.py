"""``[providers.NAME]``: a provider that a file describes for its own profiles."""

from __future__ import annotations

import pickle

import pytest

from ccflow.config.load import draft_profile
from ccflow.config.load import list_profiles
from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.plugin import Provider
from ccflow.plugin import Setting
from tests.support.plugins import Installed
from tests.support.plugins import offering


ACME = """
    [providers.acme]
    token_endpoint = "https://{host}/token"
    token_endpoint_auth_methods = ["client_secret_post"]
    settings.host.help = "for example id.acme.example"
    quirks.default_expires_in = 60.0

    [profiles.billing]
    provider = "acme"
    host = "id.acme.example"
    client_id = "us"
    client_secret = { env = "S" }
"""
OTHER = """
    [profiles.other]
    provider = "acme"
    host = "id.acme.example"
    client_id = "us"
    client_secret = { env = "S" }
"""


class TestUse:
    def test_a_profile_of_the_file_uses_it(self, workspace):
        """Template, methods and quirks are those of the table."""
        workspace.write(ACME)
        provider, plan = load_profile("billing").plan()

        assert "acme" == provider.name
        assert ("https://id.acme.example/token", "client_secret_post", 60.0) == (
            plan.token_endpoint,
            plan.auth_method,
            plan.default_expires_in,
        )

    def test_it_says_where_it_is_described(self, workspace):
        """The origin is the file; a provider found by name has none."""
        file = workspace.write(ACME + OTHER.replace('"acme"', '"curity"'))

        assert f"{file} [providers.acme]" == str(
            load_profile("billing").provider_origin
        )
        assert load_profile("other").provider_origin is None

    def test_what_it_extends_and_defaults_may_name_it(self, workspace):
        """Wherever the name comes from, the file of the profile counts."""
        workspace.write(
            ACME.replace('provider = "acme"', "").replace(
                "[profiles", '[defaults]\nprovider = "acme"\n\n[profiles'
            )
        )

        assert "acme" == load_profile("billing").plan()[0].name

    def test_headers_of_a_profile_are_put_over_its_own(self, workspace):
        """By name: what the server wants is not lost."""
        headers = "quirks.request_headers = { X-A = '1', X-B = '1' }"
        workspace.write(
            ACME.replace("quirks.default_expires_in = 60.0", headers)
            + "    quirks.request_headers.X-B = '2'\n"
        )
        _, plan = load_profile("billing").plan()

        assert {"Accept": "application/json", "X-A": "1", "X-B": "2"} == (
            plan.quirks.request_headers
        )

    def test_a_variable_may_name_it(self, workspace, monkeypatch):
        """A variable changes a profile, and not the file that it is in."""
        workspace.write(ACME.replace('provider = "acme"', ""))
        monkeypatch.setenv("CCFLOW_BILLING__PROVIDER", "acme")

        assert "acme" == load_profile("billing").plan()[0].name

    def test_it_survives_pickling(self, workspace):
        """Another process need not find the file again."""
        workspace.write(ACME)
        profile = load_profile("billing")
        there = pickle.loads(pickle.dumps(profile))

        assert profile == there
        assert profile.plan() == there.plan()

    def test_a_mapping_cannot_bring_one(self):
        """Only a file describes providers; a mapping names them."""
        with pytest.raises(ProfileError, match="own_provider: unknown key"):
            Profile.from_mapping({"own_provider": {}})

    def test_two_descriptions_are_two_providers(self, workspace):
        """Profiles that look alike are not alike if what they name is not."""
        workspace.write(ACME)
        one = load_profile("billing")
        workspace.write(ACME.replace("/token", "/other"))

        assert one != load_profile("billing")


class TestReach:
    def test_it_acts_within_its_own_file(self, workspace):
        """A profile of another file does not see it."""
        workspace.write(ACME)
        workspace.write_user(OTHER)

        assert "there is no provider 'acme'" in workspace.told("other")

    def test_two_files_may_each_have_theirs(self, workspace):
        """Each profile gets that of its own file."""
        workspace.write(ACME)
        described = ACME.partition("[profiles")[0]
        workspace.write_user(described.replace("/token", "/other") + OTHER)

        assert ["https://id.acme.example/token", "https://id.acme.example/other"] == [
            load_profile(name).plan()[1].token_endpoint for name in ("billing", "other")
        ]

    def test_a_profile_of_variables_has_no_file(self, workspace, monkeypatch):
        """What is found in the working directory is not for it."""
        workspace.write(ACME)
        monkeypatch.setenv("CCFLOW_LONE__PROVIDER", "acme")
        monkeypatch.setenv("CCFLOW_LONE__CLIENT_ID", "us")

        assert "there is no provider 'acme'" in workspace.told("lone")


class TestNames:
    @pytest.mark.parametrize("name", ["okta", "keycloak", "google", "generic", "zoom"])
    def test_a_reserved_one_is_refused(self, workspace, name):
        """Ours mean the same everywhere, those to come included."""
        file = workspace.write(ACME.replace("providers.acme", f"providers.{name}"))

        assert (
            f"{file}: providers.{name}: is the name of a provider that comes with "
            "ccflow; give it a name of your own"
        ) in workspace.told()

    @pytest.mark.parametrize("name", ["Acme", "a--b", ""])
    def test_what_is_no_name(self, workspace, name):
        """A name is one by the rules for profiles."""
        file = workspace.write(
            ACME.replace("providers.acme", f'providers."{name}"').replace(
                '"acme"', f'"{name}"'
            )
        )

        assert f"{file}: providers.{name}: is not a name for a" in workspace.told()

    @pytest.mark.parametrize("name", ["my-acme", "my_acme"])
    def test_two_that_look_alike(self, workspace, name):
        """Whoever names one of them may mean the other one."""
        file = workspace.write(
            ACME.replace("acme]", "my-acme]").replace('"acme"', f'"{name}"')
            + "[providers.my_acme]\n"
        )
        other = {"my-acme": "my_acme", "my_acme": "my-acme"}[name]

        assert (
            f"{file}: providers.{name}: is almost the name {other!r}; rename one"
        ) in workspace.told()

    @pytest.fixture
    def plugin(self, monkeypatch):
        """A plugin that offers the name as well."""
        installed = Installed(monkeypatch)
        provider = Provider(
            name="acme",
            token_endpoint="https://{host}/of/the/plugin",
            settings={"host": Setting("the host")},
            token_endpoint_auth_methods=("client_secret_basic",),
        )
        installed.add("acme", offering(provider))
        return installed

    def test_one_that_is_installed_is_refused(self, workspace, plugin):
        """Neither wins, and the error names both; the plugin is not imported."""
        file = workspace.write(ACME)

        assert (
            f"{file}: providers.acme: is also offered by the installed ccflow-acme; "
            "give it another name, or uninstall what offers it"
        ) in workspace.told()
        assert [] == plugin.loaded

    def test_one_that_two_offer(self, workspace, plugin):
        """Each of them is named."""
        plugin.add("acme", lambda: 1 / 0, dist="another-acme")
        workspace.write(ACME)

        assert "by the installed another-acme and ccflow-acme;" in workspace.told()

    def test_one_that_is_switched_off_is_free(self, workspace, plugin, monkeypatch):
        """What nobody can use stands in nobody's way."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "ccflow-acme")
        workspace.write(ACME)

        assert load_profile("billing").plan()[1].token_endpoint.endswith("/token")


class TestMistakes:
    def test_they_are_told_with_those_of_the_profile(self, workspace):
        """All at once, each with its own place in the file."""
        file = workspace.write(
            ACME.replace("settings.host.help", "settings.host.hlp")
            .replace('["client_secret_post"]', '["client_secret_pots"]')
            .replace("client_id = ", "client_ib = ")
        )
        found = {(it.file, it.key) for it in workspace.problems()}

        assert {
            (str(file), "providers.acme.settings.host.hlp"),
            (str(file), "providers.acme.token_endpoint_auth_methods[0]"),
            (str(file), "profiles.billing.client_ib"),
            (str(file), "profiles.billing.client_id"),
        } == found

    def test_settings_are_not_blamed_for_them(self, workspace):
        """What a broken provider would ask for is not known."""
        workspace.write(ACME.replace("token_endpoint =", "token_endpiont ="))

        assert ["providers.acme.token_endpiont"] == [
            it.key for it in workspace.problems()
        ]

    def test_they_disturb_only_who_names_it(self, workspace):
        """A profile with another provider works on."""
        workspace.write(
            ACME.replace("help", "hlp") + OTHER.replace("acme", "curity", 1)
        )

        assert ["billing", "other"] == list_profiles()
        assert "curity" == load_profile("other").plan()[0].name

    @pytest.mark.parametrize(
        "line", ["Depot = {}", "depot = 3", "depot-a = {}\ndepot_a = {}"]
    )
    def test_nor_do_tables_that_are_none(self, workspace, line):
        """A bad name, no table, two that look alike: nobody here names them."""
        workspace.write(f"[providers]\n{line}\n{ACME}")

        assert "acme" == load_profile("billing").plan()[0].name

    @pytest.mark.parametrize(
        "quirks",
        ['metadata_locations = ["{nope}/x"]', 'endpoint_origins = ["id.example"]'],
    )
    def test_a_quirk_has_its_place_in_the_provider(self, workspace, quirks):
        """The profile has no such key."""
        workspace.write(
            f"{ACME}\n[providers.acme.quirks]\n{quirks}".replace(
                "quirks.default_expires_in = 60.0", ""
            )
        )
        name = quirks.partition(" ")[0]

        assert [f"providers.acme.quirks.{name}"] == [
            it.key for it in workspace.problems()
        ]

    def test_what_to_use_instead(self, workspace):
        """A file may say so of its own names, too."""
        file = workspace.write(
            '[providers.acme]\ninstead = "use okta"\n' + ACME.partition("\n\n")[2]
        )

        assert (
            f"{file}: profiles.billing.provider: the provider 'acme' cannot be used: "
            "use okta"
        ) in workspace.told()

    def test_what_is_no_table(self, workspace):
        """Told once, with the file."""
        file = workspace.write("providers.acme = 3\n" + ACME.partition("\n\n")[2])

        assert f"{file}: providers.acme: expected a table, got a" in workspace.told()
        assert draft_profile("billing").provider is None
