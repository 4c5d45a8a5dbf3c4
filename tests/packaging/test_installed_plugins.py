"""A third party's provider beside the wheel, and two that misbehave."""

from __future__ import annotations

import json
import shutil
from zipfile import ZipFile

import pytest
from acme_server import TOKEN


SECRETS = {"WRONG_SECRET": "not-it"}

# Tells what a program would see.
ASK = """
import json, sys, ccflow
try:
    token = ccflow.token({name!r}, config={config!r})
except ccflow.CcflowError as error:
    found = {{
        "class": type(error).__name__,
        "text": str(error),
        "hint": getattr(error, "hint", None),
    }}
else:
    found = {{"token": token.access_token, "expires_in": token.expires_in}}
print(json.dumps(found | {{"modules": sorted(sys.modules)}}))
"""


def ask(environment, config, name, **variables):
    program = ASK.format(name=name, config=config)
    return environment.ask(program, **SECRETS, **variables)


@pytest.fixture(scope="module")
def rival(plugins, tmp_path_factory):
    """A directory that puts the rival on the path, as a second install would."""
    directory = tmp_path_factory.mktemp("rival")
    with ZipFile(plugins["ccflow-rival"]) as archive:
        archive.extractall(directory)
    return str(directory)


class TestFreshEnvironment:
    def test_it_is_the_wheel(self, environment):
        """What is tested here is what was built, not the source tree."""
        program = (
            "import json, ccflow, ccflow_okta, ccflow_acme, httpx;"
            "them = ccflow, ccflow_okta, ccflow_acme;"
            "print(json.dumps([it.__file__ for it in them]))"
        )

        fresh = str(environment.home / "venv")
        assert all(file.startswith(fresh) for file in environment.ask(program))

    def test_no_other_ccflow_is_seen(self, environment):
        """The one whose environment lends its dependencies stays out of sight."""
        program = (
            "import json; from importlib.metadata import *;"
            "found = entry_points(group='ccflow.providers');"
            "print(json.dumps(sorted(f'{it.name} {it.dist.name}' for it in found)))"
        )

        assert environment.ask(program) == [
            "acme ccflow-acme",
            "curity ccflow-oauth",
            "okta ccflow-oauth",
            "oracle-idcs ccflow-oauth",
            "shattered ccflow-broken",
        ]


class TestThirdPartyProvider:
    def test_it_gets_a_token(self, environment, config):
        """Its endpoint, header, vault and answer, with a broken neighbour."""
        found = ask(environment, config, "acme-profile")

        assert found.get("token") == TOKEN, found
        assert 50 < found["expires_in"] <= 60

    def test_only_what_is_named_is_imported(self, environment, config):
        """The neighbours of a provider cost nothing and break nothing."""
        modules = set(ask(environment, config, "acme-profile")["modules"])

        others = {"ccflow_broken", "ccflow_okta", "ccflow_curity", "ccflow.emulator"}
        assert "ccflow_acme" in modules
        assert not others & modules

    def test_a_client_is_authorised(self, environment, config):
        """The main job, end to end, with a provider of somebody else."""
        program = f"""
import json, ssl, ccflow
profile = ccflow.load_profile("acme-profile", config={config!r})
context = ssl.create_default_context(cafile=profile.ca_file)
with ccflow.client(profile, verify=context) as api:
    answer = api.get(f"https://{{profile.settings['host']}}/invoices")
print(json.dumps([answer.status_code, answer.json()]))
"""

        assert environment.ask(program) == [200, {"known": True}]

    def test_its_refusal_is_explained(self, environment, config):
        """Its reader of errors and its hints serve as our own do."""
        program = ASK.format(name="wrong-secret", config=config)
        done = environment.run("-c", program, **SECRETS)
        found = json.loads(done.stdout)

        assert done.stderr.startswith("wrong-secret: acme refused (E42), and is not")
        assert found["class"] == "TokenRefusedError"
        assert found["hint"] == "ask Acme's desk for a new secret"
        assert "not-it" not in found["text"]

    @pytest.mark.parametrize("disabled", ["1", "ccflow-acme", "other, ccflow-acme"])
    def test_it_can_be_switched_off(self, environment, config, disabled):
        """By one variable, for all plugins or for one distribution."""
        found = ask(
            environment, config, "acme-profile", CCFLOW_DISABLE_PLUGINS=disabled
        )

        assert "CCFLOW_DISABLE_PLUGINS switches ccflow-acme off" in found["text"]


class TestBrokenProvider:
    def test_naming_it_says_which_distribution_is_broken(self, environment, config):
        """And what to do, and what it raised."""
        found = ask(environment, config, "shattered-profile")

        assert found["class"] in {"ProviderError", "ProfileError"}
        assert "'shattered' of ccflow-broken is broken" in found["text"]
        assert "this plugin needs a ccflow of long ago" in found["text"]
        assert "update or uninstall ccflow-broken" in found["text"]

    def test_so_does_a_broken_secret_reader(self, environment, config):
        """It is found out before anything is sent."""
        found = ask(environment, config, "shattered-reader")

        assert found["class"] in {"ProviderError", "ProfileError", "SecretError"}
        assert "ccflow-broken is broken" in found["text"]

    def test_it_disturbs_nobody_else(self, environment, config):
        """Profiles are listed and loaded as if it were not there."""
        program = f"""
import json, sys, ccflow
names = ccflow.profiles({config!r})
provider = ccflow.load_profile("okta-profile", config={config!r}).provider
print(json.dumps([len(names), provider, "ccflow_broken" in sys.modules]))
"""

        assert environment.ask(program) == [7, "okta", False]

    def test_the_command_lists_it(self, environment):
        """`ccflow providers` shows every plugin and how it stands."""
        done = environment.run("-m", "ccflow", "providers", "--json")

        assert done.returncode == 0, done.stderr
        listed = {it["name"]: it for it in json.loads(done.stdout)}
        assert listed["okta"]["state"] == "built-in"
        assert listed["acme"]["state"] == "ready"
        assert listed["acme"]["distribution"] == "ccflow-acme"
        assert listed["acme"]["version"] == "1.2.3"
        assert listed["shattered"]["state"] == "broken"
        assert "ccflow-broken" in listed["shattered"]["reason"]

    def test_the_command_lists_the_other_kinds(self, environment):
        """Readers and stores, the good ones and the broken ones, by their package."""
        done = environment.run("-m", "ccflow", "providers", "--json", "--all")

        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        states = {
            (it["name"], it["distribution"], it["state"])
            for kind in ("secret_readers", "token_stores")
            for it in told[kind]
        }
        assert states == {
            ("acme-vault", "ccflow-acme", "ready"),
            ("acme-cupboard", "ccflow-acme", "ready"),
            ("shattered-vault", "ccflow-broken", "broken"),
            ("shattered-cupboard", "ccflow-broken", "broken"),
        }


class TestThirdPartyStore:
    @pytest.fixture
    def empty(self, home):
        """A cupboard with nothing in it."""
        shutil.rmtree(home / "cupboard", ignore_errors=True)
        return home / "cupboard"

    def test_two_processes_share_a_token(self, environment, config, acme, empty):
        """One asks, the other finds what it left, and neither left it in clear."""
        asked = len(acme.asked)
        found = [
            ask(environment, config, "sharing", CUPBOARD_KEY="correct horse")
            for _ in range(2)
        ]

        assert [it.get("token") for it in found] == [TOKEN, TOKEN], found
        assert len(acme.asked) == asked + 1
        (record,) = [it for it in empty.iterdir() if len(it.name) == 64]
        assert TOKEN.encode() not in record.read_bytes()

    def test_only_who_names_it_imports_it(self, environment, config, empty):
        """The plugin's provider is used without its store, and without ours."""
        sharing = ask(environment, config, "sharing", CUPBOARD_KEY="correct horse")
        plain = ask(environment, config, "acme-profile")

        assert "ccflow_acme.cupboard" in sharing["modules"]
        stores = {"ccflow_acme.cupboard", "ccflow.stores", "filelock"}
        assert not stores & {*plain["modules"]}

    @pytest.fixture
    def shut(self, home):
        """The vault has a code that the cupboard does not take."""
        code = home / "vault" / "cupboard"
        before = code.read_text(encoding="utf-8")
        code.write_text("sesame, open", encoding="utf-8")
        yield
        code.write_text(before, encoding="utf-8")

    def test_what_fails_costs_the_sharing(self, environment, config, shut):
        """A cupboard that stays shut is told as a warning, and the token comes."""
        program = ASK.format(name="sharing", config=config)
        variables = {**SECRETS, "CUPBOARD_KEY": "correct horse"}
        done = environment.run("-c", program, **variables)
        check = environment.run(
            *("-m", "ccflow", "check", "sharing", "--config", config, "--json"),
            **variables,
        )

        told = "the cupboard stays shut; ask Acme's desk for its code"
        assert json.loads(done.stdout)["token"] == TOKEN
        assert done.stderr == f"sharing: tokens are not shared: {told}\n"
        assert check.returncode == 2
        assert "the cupboard stays shut" in check.stdout

    def test_a_broken_one_says_which_distribution(self, environment, config):
        """Before anything is sent, as a broken provider does."""
        found = ask(environment, config, "shattered-cupboard")

        assert found["class"] == "ProfileError"
        assert "'shattered-cupboard' of ccflow-broken is broken" in found["text"]
        assert "update or uninstall ccflow-broken" in found["text"]

    def test_two_of_one_name(self, environment, config, rival):
        """Neither wins: one of them may be after the tokens."""
        disabled = {"CCFLOW_DISABLE_PLUGINS": "nobody", "PYTHONPATH": rival}
        program = """
import json, ccflow
from ccflow.plugin.registry import find_token_store
try:
    find_token_store("acme-cupboard")
except ccflow.ProviderError as error:
    print(json.dumps(str(error)))
"""

        text = environment.ask(program, **disabled)

        assert "offer the store 'acme-cupboard': ccflow-acme and ccflow-rival" in text


class TestTwoOfOneName:
    def test_it_is_an_error_that_names_both(self, environment, config, rival):
        """Neither wins: one of them may be after the secret."""
        found = ask(environment, config, "acme-profile", PYTHONPATH=rival)

        assert found["class"] in {"ProviderError", "ProfileError"}
        assert "ccflow-acme and ccflow-rival" in found["text"]
        assert "ccflow_rival" not in found["modules"]

    def test_switching_one_off_decides(self, environment, config, rival):
        """The error says so, and so it is."""
        found = ask(
            environment,
            config,
            "acme-profile",
            PYTHONPATH=rival,
            CCFLOW_DISABLE_PLUGINS="ccflow-rival",
        )

        assert found.get("token") == TOKEN, found

    def test_a_reserved_name_cannot_be_taken(self, environment, config, rival):
        """Okta stays Okta, whatever is installed."""
        program = f"""
import json, sys, ccflow
from ccflow.plugin.listing import list_providers
source = ccflow.source("okta-profile", config={config!r})
was_imported = "ccflow_rival" in sys.modules
states = {{it.distribution: it.state for it in list_providers() if it.name == "okta"}}
print(json.dumps([source.plan.token_endpoint, was_imported, states]))
"""

        assert environment.ask(program, PYTHONPATH=rival) == [
            "https://acme.okta.com/oauth2/default/v1/token",
            False,
            {"ccflow-oauth": "built-in", "ccflow-rival": "disabled"},
        ]
