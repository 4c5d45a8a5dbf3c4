"""Defaults, ``extends``, the profile, variables: what wins, and how tables merge."""

from __future__ import annotations

import pytest

from ccflow.config.load import list_profiles
from ccflow.config.load import load_profile
from ccflow.secret import SecretReference
from tests.unit.config.conftest import GOOD


LAYERS = """
    [defaults]
    client_id = "of-defaults"
    audience = "of-defaults"
    scope = ["of-defaults"]
    timeout = 1
    client_secret = { env = "OF_DEFAULTS" }
    headers = { X-A = { env = "A" }, X-B = { env = "B" } }
    quirks = { assertion_lifetime = 11, scope_echoed = true }

    [profiles.base]
    token_endpoint = "https://base.example/token"
    audience = "of-base"
    scope = ["of-base", "too"]
    headers = { X-B = { env = "BASE" }, X-C = { env = "C" } }

    [profiles.middle]
    extends = "base"
    audience = "of-middle"

    [profiles.billing]
    extends = "middle"
    client_id = "of-billing"
    client_secret = { file = "of-billing" }
    quirks = { assertion_lifetime = 22 }
"""


class TestOrder:
    def test_the_nearer_one_wins(self, workspace):
        """Each key comes from the layer nearest to the profile."""
        workspace.write(LAYERS)
        profile = load_profile("billing")

        assert "of-billing" == profile.client_id
        assert "of-middle" == profile.audience
        assert "https://base.example/token" == profile.token_endpoint
        assert 1.0 == profile.timeout

    def test_arrays_and_references_replace(self, workspace):
        """No scope and no reference is put together out of two layers."""
        workspace.write(LAYERS)
        profile = load_profile("billing")

        assert ("of-base", "too") == profile.scope
        assert {"file": "of-billing"} == profile.client_secret.table

    def test_tables_merge_by_key(self, workspace):
        """Headers and quirks of all layers are there, the nearest value of each."""
        workspace.write(LAYERS)
        profile = load_profile("billing")

        assert {"X-A": "A", "X-B": "BASE", "X-C": "C"} == {
            name: source.table["env"] for name, source in profile.headers.items()
        }
        assert {"assertion_lifetime": 22, "scope_echoed": True} == profile.quirks

    def test_the_base_itself_is_untouched(self, workspace):
        """A profile that is extended keeps its own values."""
        workspace.write(LAYERS)

        assert ("of-defaults", "of-base") == (
            load_profile("base").client_id,
            load_profile("base").audience,
        )

    def test_variables_win(self, workspace, monkeypatch):
        """A variable replaces what every layer of the file says."""
        workspace.write(LAYERS)
        monkeypatch.setenv("CCFLOW_BILLING__AUDIENCE", "of-variable")
        monkeypatch.setenv("CCFLOW_BILLING__SCOPE", "x y")
        profile = load_profile("billing")

        assert ("of-variable", ("x", "y")) == (profile.audience, profile.scope)

    def test_the_origin_of_each_key(self, workspace, monkeypatch):
        """``show`` can say of each value which table or variable it came from."""
        file = workspace.write(LAYERS)
        monkeypatch.setenv("CCFLOW_BILLING__TIMEOUT", "5")
        origin = load_profile("billing").origin

        assert {
            "client_id": f"{file} [profiles.billing]",
            "audience": f"{file} [profiles.middle]",
            "scope": f"{file} [profiles.base]",
            "headers.X-A": f"{file} [defaults]",
            "headers.X-B": f"{file} [profiles.base]",
            "quirks.scope_echoed": f"{file} [defaults]",
            "quirks.assertion_lifetime": f"{file} [profiles.billing]",
            "nowhere": f"{file} [profiles.billing]",
        } == {
            key: str(origin(key))
            for key in (
                "client_id",
                "audience",
                "scope",
                "headers.X-A",
                "headers.X-B",
                "quirks.scope_echoed",
                "quirks.assertion_lifetime",
                "nowhere",
            )
        }
        assert "CCFLOW_BILLING__TIMEOUT" in str(origin("timeout"))

    def test_defaults_act_in_their_own_file(self, workspace):
        """Defaults of one file do not reach the profiles of another."""
        workspace.write('[defaults]\naudience = "here"')
        workspace.write_user(GOOD)

        assert load_profile("billing").audience is None

    def test_an_inherited_problem_is_told_at_its_place(self, workspace):
        """A mistake in another table is told with that table's path."""
        workspace.write(
            LAYERS.replace("scope_echoed = true", "scope_echod = true").replace(
                'audience = "of-base"', 'audience = "of-base"\n    timeout = "x"'
            )
        )

        assert {"defaults.quirks.scope_echod", "profiles.base.timeout"} == {
            problem.key for problem in workspace.problems()
        }


class TestExtends:
    @pytest.mark.parametrize(
        ("text", "key", "told"),
        [
            (
                '[profiles.billing]\nextends = "billing"',
                "profiles.billing.extends",
                "billing -> billing turns",
            ),
            (
                '[profiles.billing]\nextends = "b"\n[profiles.b]\nextends = "billing"',
                "profiles.billing.extends",
                "billing -> b -> billing turns",
            ),
            (
                '[profiles.billing]\nextends = "bas"\n[profiles.base]\n',
                "profiles.billing.extends",
                "there is no profile 'bas' in this file; did you mean 'base'?",
            ),
            (
                '[profiles.billing]\nextends = "b"\n[profiles.b]\nextends = "c"',
                "profiles.b.extends",
                "there is no profile 'c' in this file",
            ),
            (
                '[profiles.billing]\nextends = ["a", "b"]',
                "profiles.billing.extends",
                "expected the name of one profile",
            ),
            (
                '[profiles.billing]\nextends = ""',
                "profiles.billing.extends",
                "there is no profile ''",
            ),
            (
                '[defaults]\nextends = "b"\n[profiles.billing]\n[profiles.b]\n',
                "defaults.extends",
                "only a profile can extend",
            ),
        ],
    )
    def test_what_cannot_be_extended(self, workspace, text, key, told):
        """A circle, a missing base and a base in two pieces are told."""
        workspace.write(text)
        problems = workspace.problems()

        assert [key] == [problem.key for problem in problems]
        assert told in str(problems[0])

    def test_the_base_is_in_the_same_file(self, workspace):
        """A profile of another file cannot be extended."""
        workspace.write('[profiles.billing]\nextends = "base"')
        workspace.write_user(GOOD.replace("billing", "base"))

        assert "there is no profile 'base' in this file" in workspace.told()

    def test_the_rest_is_told_along_with_it(self, workspace):
        """A broken base does not hide the mistakes of the profile itself."""
        workspace.write(
            '[profiles.billing]\nextends = "nowhere"\nscop = 1\ntimeout = "x"'
        )

        assert {
            "profiles.billing.extends",
            "profiles.billing.scop",
            "profiles.billing.timeout",
        } == {problem.key for problem in workspace.problems()}

    @pytest.mark.parametrize(
        "text",
        [
            'extends = "nowhere"',
            'extends = "billing"',
            'extends = ["a"]',
            '[defaults]\nextends = "base"',
        ],
    )
    def test_what_is_there_is_judged(self, workspace, text):
        """What the profile itself says is checked, and nothing is called missing."""
        workspace.write(
            "[profiles.base]\n[profiles.billing]\n"
            'token_endpoint = "http://as.example.com/"\n'
            'token_endpoint_auth_signing_alg = "none"\n'
            'private_key_password = { env = "P" }\n'
            'headers = { Host = "x" }\n' + text
        )
        *_, endpoint, algorithm, header = sorted(
            it.key for it in workspace.problems() if not it.key.endswith("extends")
        )

        assert [
            "profiles.billing.headers.Host",
            "profiles.billing.token_endpoint",
            "profiles.billing.token_endpoint_auth_signing_alg",
        ] == [endpoint, algorithm, header]
        assert 4 == len(workspace.problems())

    def test_what_the_base_may_say_is_not_guessed(self, workspace):
        """Which provider it is, and where, may stand in the base that is missing."""
        workspace.write(
            '[defaults]\nprovider = "generic"\n'
            '[profiles.billing]\nextends = "nowhere"\n'
            'domain = "acme.okta.com"\nscope = "okta.users.read"\n'
        )
        assert ["profiles.billing.extends"] == [it.key for it in workspace.problems()]

        workspace.write(
            '[profiles.billing]\nextends = "nowhere"\nprovider = "okta"\n'
            'scope = "okta.users.read"\n'
        )
        assert ["profiles.billing.extends"] == [it.key for it in workspace.problems()]

    def test_defaults_and_a_profile_at_once(self, workspace):
        """Both places where ``extends`` is wrong are told."""
        workspace.write(
            '[defaults]\nextends = "x"\n[profiles.billing]\nextends = "nowhere"\n'
        )

        assert {"defaults.extends", "profiles.billing.extends"} == {
            problem.key for problem in workspace.problems()
        }


VARIABLES = {
    "TOKEN_ENDPOINT": "https://as.example.com/token",
    "CLIENT_ID": "c",
    "CLIENT_SECRET": "s",
}


class TestVariables:
    @pytest.fixture
    def variables(self, monkeypatch):
        """Set variables of the profile ``billing-eu``."""

        def put(**values):
            for name, value in values.items():
                monkeypatch.setenv(f"CCFLOW_BILLING_EU__{name}", value)

        return put

    def test_they_define_a_profile_alone(self, variables):
        """A container without a file has its profile in variables."""
        variables(**VARIABLES)
        profile = load_profile("billing-eu")

        assert ["billing-eu"] == list_profiles()
        assert ("c", "generic") == (profile.client_id, profile.provider)

    def test_a_name_with_underscores_is_spoken_of_too(self, workspace, variables):
        """``-`` and ``_`` are both written ``_``; no second profile appears."""
        workspace.write(GOOD.replace("billing", "billing_eu"))
        variables(CLIENT_ID="of-variable")

        assert ["billing_eu"] == list_profiles()
        assert "of-variable" == load_profile("billing_eu").client_id

    def test_a_secret_stays_in_its_variable(self, variables):
        """The secret is read at each fetch; the profile can be pickled."""
        import pickle

        variables(**VARIABLES)
        profile = load_profile("billing-eu")

        assert {"env": "CCFLOW_BILLING_EU__CLIENT_SECRET"} == (
            profile.client_secret.table
        )
        assert profile == pickle.loads(pickle.dumps(profile))

    def test_a_secret_file(self, workspace, variables):
        """``..._FILE`` names the file that an orchestrator mounts."""
        from ccflow.secrets import read_secret

        file = workspace.write("s3cret\n", "mounted/secret")
        values = {**VARIABLES, "CLIENT_SECRET_FILE": str(file)}
        del values["CLIENT_SECRET"]
        variables(**values)
        profile = load_profile("billing-eu")

        assert isinstance(profile.client_secret, SecretReference)
        assert "s3cret" == read_secret(profile.client_secret, "x").reveal()

    def test_a_secret_and_its_file(self, workspace, variables):
        """Two sources of one secret are told, with both variables."""
        variables(**VARIABLES, CLIENT_SECRET_FILE="/run/secret")
        told = workspace.told("billing-eu")

        assert "CCFLOW_BILLING_EU__CLIENT_SECRET_FILE: " in told
        assert "CCFLOW_BILLING_EU__CLIENT_SECRET is set as well" in told

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("scope", "a b", ("a", "b")),
            ("scope", "a", ("a",)),
            ("scope", '["a", "b"]', ("a", "b")),
            ("scope", '"a b"', ("a", "b")),
            ("scope", "", ()),
            ("scope", "2024", ("2024",)),
            ("scope", "true", ("true",)),
            ("resource", "https://a.example", ("https://a.example",)),
            ("resource", '["https://a.example"]', ("https://a.example",)),
            ("api_origins", '["https://a.example"]', ("https://a.example",)),
            ("timeout", "5", 5.0),
            ("timeout", "2.5", 2.5),
            ("default_expires_in", "60", 60.0),
            ("require_scope", "true", True),
            ("default_scope", "false", False),
            ("audience", "true", "true"),
            ("client_id", "123", "123"),
            ("client_id", '"quoted"', '"quoted"'),
            ("key_id", "[1]", "[1]"),
        ],
    )
    def test_values(self, variables, name, text, value):
        """Text for text keys, one TOML value for the others, scope either way."""
        variables(**{**VARIABLES, name.upper(): text})

        assert value == getattr(load_profile("billing-eu"), name)

    def test_settings_of_the_provider(self, variables):
        """A provider's own settings have variables as well."""
        variables(
            PROVIDER="okta",
            DOMAIN="acme.okta.com",
            AUTHORIZATION_SERVER="aus1",
            SCOPE="a",
            CLIENT_ID="c",
            CLIENT_SECRET="s",
        )

        assert (
            "https://acme.okta.com/oauth2/aus1/v1/token"
            == load_profile("billing-eu").plan()[1].token_endpoint
        )

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("SCOP", "a", "unknown key; did you mean 'scope'?"),
            ("CLIENT_SECRET_FIL", "a", "unknown key"),
            ("DOMAIN", "a", "unknown key"),
            ("SCOPE_FILE", "a", "scope is no secret key, so it has no _FILE"),
            ("CA_FILE_FILE", "a", "ca_file is no secret key, so it has no _FILE"),
            ("CACHE_FILE", "a", "a table cannot be set by a variable"),
            ("SCOP_FILE", "a", "unknown key"),
            ("HEADERS", "{}", "a table cannot be set by a variable"),
            ("QUIRKS", "{}", "a table cannot be set by a variable"),
            ("EXTRA_PARAMETERS", "{}", "a table cannot be set by a variable"),
            ("CACHE", "false", "a table cannot be set by a variable"),
            ("EXTENDS", "base", "'extends' cannot be set by a variable"),
            ("TIMEOUT", "soon", "expected a number, got text"),
            ("TIMEOUT", "1\nscope = 2", "expected a number, got"),
            ("REQUIRE_SCOPE", "yes", "expected true or false, got text"),
            ("TOKEN_ENDPOINT", "http://as.example.com/", "only a loopback address"),
            ("DPOP", "true", "does not implement it"),
        ],
    )
    def test_what_is_wrong_with_one(self, workspace, variables, name, text, told):
        """A variable that sets nothing is told by its name, as a key would be."""
        variables(**{**VARIABLES, name: text})
        shown = workspace.told("billing-eu")

        assert f"environment: CCFLOW_BILLING_EU__{name}" in shown
        assert told in shown

    @pytest.mark.parametrize(
        "name",
        [
            "CCFLOW_BILLING_EU_CLIENT_ID",
            "CCFLOW_BILLING__EU__CLIENT_ID",
            "ccflow_billing_eu__client_id",
            "CCFLOW__CLIENT_ID",
            "CCFLOW_BILLING_EU__",
            "XCCFLOW_BILLING_EU__CLIENT_ID",
        ],
    )
    def test_what_speaks_of_nobody(self, monkeypatch, name):
        """Other variables are left alone."""
        monkeypatch.setenv(name, "x")

        assert "billing-eu" not in list_profiles()

    def test_no_value_of_a_secret_is_told(self, workspace, variables):
        """A secret in a variable does not show in what is wrong with the rest."""
        variables(**{**VARIABLES, "CLIENT_SECRET": "s3cr3t-v", "TIMEOUT": "x"})

        assert "s3cr3t-v" not in workspace.told("billing-eu")
