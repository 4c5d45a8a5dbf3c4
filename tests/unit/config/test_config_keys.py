"""Every key of a profile: its type, its rules, and what is said when they break."""

from __future__ import annotations

import re

import attrs
import pytest

from ccflow.config.load import load_profile
from ccflow.config.profile import Profile
from ccflow.config.secrecy import SECRET_KEYS
from ccflow.config.secrecy import SECRET_TABLES
from ccflow.config.structure import LATER
from ccflow.errors import ProfileError
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import find_provider
from ccflow.protocol.provider import CORE_KEYS
from ccflow.secret import SecretReference
from tests.unit.config.conftest import GOOD


# What TOML can hold, by what it is called in a message.
KINDS = {
    "text": "text",
    "a whole number": 3,
    "a number": 1.5,
    "true or false": True,
    "an array": [],
    "a table": {},
}
TEXT = {
    "assertion_audience",
    "audience",
    "ca_file",
    "certificate",
    "client_id",
    "issuer",
    "key_id",
    "provider",
    "tls_certificate",
    "tls_private_key",
    "token_endpoint",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
}
TAKEN = {
    **{key: {"text"} for key in TEXT},
    **{key: {"text", "a table"} for key in SECRET_KEYS},
    "scope": {"text", "an array"},
    "resource": {"text", "an array"},
    "api_origins": {"text", "an array"},
    "require_scope": {"true or false"},
    "default_scope": {"true or false"},
    "timeout": {"a whole number", "a number"},
    "default_expires_in": {"a whole number", "a number"},
    "headers": {"a table"},
    "extra_parameters": {"a table"},
    "quirks": {"a table"},
    "cache": {"a table"},
}
OTHER_CREDENTIALS = {"client_assertion", "private_key"}
WRONG = [
    (key, kind)
    for key, taken in sorted(TAKEN.items())
    for kind in KINDS
    if kind not in taken
]


def mapping(**changes):
    values = {
        "token_endpoint": "https://as.example.com/token",
        "client_id": "c",
        "client_secret": {"env": "S"},
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


def problems_of(**changes):
    with pytest.raises(ProfileError) as caught:
        Profile.from_mapping(mapping(**changes))
    return caught.value.problems


class TestKeys:
    def test_every_key_of_the_contract_is_known(self):
        """The keys, the fields of a profile, and what comes later are one list."""
        fields = {field.name for field in attrs.fields(Profile)}
        others = {"name", "settings", "origins", "own_provider"}

        assert CORE_KEYS == (fields - others) | LATER | {"extends"}
        assert not LATER & fields

    def test_this_test_knows_every_key(self):
        """No key is without a test of its type."""
        assert CORE_KEYS - LATER - {"extends"} == TAKEN.keys()

    @pytest.mark.parametrize(("key", "kind"), WRONG)
    def test_a_wrong_type_is_told(self, key, kind):
        """A value of another type is told with its key and both types."""
        # A credential that cannot be read is one too many beside another one.
        other = {"client_secret": None} if key in OTHER_CREDENTIALS else {}
        problems = problems_of(**other, **{key: KINDS[kind]})

        assert [key] == [problem.key for problem in problems]
        assert re.search("expected|names no way|one secret", str(problems[0]))

    @pytest.mark.parametrize("key", ["scope", "resource", "api_origins"])
    def test_an_array_of_something_else(self, key):
        """An array with a number in it is told."""
        (problem,) = problems_of(**{key: ["a", 3]})

        assert (key, "expected an array of text, got a whole number in it") == (
            problem.key,
            problem.message,
        )

    @pytest.mark.parametrize("key", sorted(LATER))
    @pytest.mark.parametrize("value", [True, "x", {"a": 1}])
    def test_what_comes_later_is_told(self, key, value):
        """A key that this version does not implement is never ignored."""
        problems = problems_of(**{key: value})

        assert [key] == [problem.key for problem in problems]
        assert "does not implement it" in problems[0].message

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("scop", "did you mean 'scope'?"),
            ("client_secrt", "did you mean 'client_secret'?"),
            ("token_endpont", "did you mean 'token_endpoint'?"),
            ("Scope", "did you mean 'scope'?"),
            ("name", None),
            ("settings", None),
            ("origins", None),
            ("zzz", None),
        ],
    )
    def test_an_unknown_one_is_told(self, key, hint):
        """A misspelt key is told with the nearest valid one."""
        (problem,) = problems_of(**{key: "x"})

        assert (key, "unknown key") == (problem.key, problem.message)
        if hint:
            assert hint == problem.hint

    def test_a_setting_of_the_provider_is_suggested(self):
        """The nearest name may be one of the provider's own."""
        (problem,) = problems_of(
            provider="okta",
            token_endpoint=None,
            domain="acme.okta.com",
            scope="a",
            authorization_sever="x",
        )

        assert "did you mean 'authorization_server'?" == problem.hint

    @pytest.mark.parametrize("value", [3, ["a"], {"a": 1}, True])
    def test_a_setting_of_another_type(self, value):
        """A setting that is no text is told once."""
        (problem,) = problems_of(
            provider="okta", token_endpoint=None, domain=value, scope="a"
        )

        assert "domain" == problem.key
        assert problem.message.startswith("expected text, got ")

    @pytest.mark.parametrize(
        ("changes", "key", "told"),
        [
            ({"timeout": 0}, "timeout", "above zero"),
            ({"timeout": -1}, "timeout", "above zero"),
            ({"timeout": float("nan")}, "timeout", "above zero"),
            ({"timeout": float("inf")}, "timeout", "between 0 and 86400, got inf"),
            ({"timeout": 86_401}, "timeout", "between 0 and 86400, got 86401"),
            (
                {"default_expires_in": 367 * 86_400},
                "default_expires_in",
                "between 0 and 31622400",
            ),
            (
                {"quirks": {"assertion_lifetime": 10**10}},
                "quirks.assertion_lifetime",
                "between 0 and 31622400",
            ),
            ({"scope": 5}, "scope", "text or an array of text, got a whole number"),
            ({"client_id": "a\nb"}, "client_id", "a line break or another control"),
            ({"audience": "a\x85b"}, "audience", "a line break or another control"),
            ({"key_id": "a\0b"}, "key_id", "a line break or another control"),
            ({"assertion_audience": "\t"}, "assertion_audience", "another control"),
            ({"timeout": 10**400}, "timeout", "too large"),
            ({"default_expires_in": 0}, "default_expires_in", "above zero"),
            ({"api_origins": "api.example.com"}, "api_origins", "is not an origin"),
            ({"api_origins": "https://a.example/x"}, "api_origins", "is not an origin"),
            ({"api_origins": "https://a.example?x"}, "api_origins", "is not an origin"),
            ({"api_origins": "http://a.example"}, "api_origins", "is not an origin"),
            ({"api_origins": "https://u@a.example"}, "api_origins", "is not an origin"),
            ({"api_origins": "ftp://a.example"}, "api_origins", "is not an origin"),
            (
                {"private_key_password": {"env": "P"}},
                "private_key_password",
                "there is no private_key",
            ),
            ({"client_id": "\udcff"}, "client_id", "is not UTF-8 text"),
            ({"resource": ["\udcff"]}, "resource", "is not UTF-8 text"),
        ],
    )
    def test_a_value_that_cannot_be(self, changes, key, told):
        """What the types let through is checked by the rules of each key."""
        (problem,) = problems_of(**changes)

        assert key == problem.key
        assert told in str(problem)

    def test_the_longest_times(self):
        """A day, and a year."""
        profile = Profile.from_mapping(
            mapping(timeout=86_400, default_expires_in=366 * 86_400)
        )

        assert (86_400, 31_622_400) == (profile.timeout, profile.default_expires_in)

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("domain", "it is a setting of okta, oracle-idcs and others; set provider"),
            ("authorization_server", "it is a setting of okta; set provider"),
        ],
    )
    def test_a_setting_without_a_provider(self, key, hint):
        """Who forgot the provider is told whose setting it is."""
        (problem,) = problems_of(**{key: "x"})

        assert ("unknown key", hint) == (problem.message, problem.hint)

    def test_a_setting_of_another_provider(self):
        """Who named a provider did not forget it."""
        (problem,) = problems_of(provider="generic", domain="x")

        assert problem.hint is None

    @pytest.mark.parametrize(
        "origin", ["https://a.example", "https://a.example/", "http://localhost:8080"]
    )
    def test_origins(self, origin):
        """An origin is scheme and host, with or without a slash at its end."""
        assert (origin,) == Profile.from_mapping(
            mapping(api_origins=origin)
        ).api_origins

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://as.example.com/token", "only a loopback address"),
            ("https://u:p@as.example.com/token", "user name or password"),
            ("https://as.example.com/token#x", "fragment"),
            ("as.example.com", "not a complete URL"),
        ],
    )
    def test_endpoints(self, url, told):
        """An endpoint that would give the secret away is told."""
        (problem,) = problems_of(token_endpoint=url)

        assert "token_endpoint" == problem.key
        assert told in problem.message

    def test_paths_are_made_absolute(self, workspace):
        """A certificate lies where the file says, wherever the process stands."""
        workspace.write(
            GOOD + '    ca_file = "ca.pem"\n    tls_certificate = "~/c.pem"\n',
            "conf/c.toml",
        )
        profile = load_profile("billing", "conf/c.toml")

        assert str(workspace.here / "conf" / "ca.pem") == profile.ca_file
        assert profile.tls_certificate.endswith("/c.pem")
        assert "~" not in profile.tls_certificate

    def test_an_unknown_provider(self):
        """A misspelt provider is told with the nearest one, once."""
        (problem,) = problems_of(provider="okat", domain="x")

        assert "provider" == problem.key
        assert "did you mean 'okta'?" in problem.message


class TestUnknownProvider:
    """What it asks for nobody knows; the keys of every profile are checked."""

    def test_the_keys_of_every_profile(self):
        """A misspelt provider hides no misspelt key, type, method or endpoint."""
        problems = problems_of(
            provider="okat",
            scop="a",
            timeout="soon",
            token_endpoint="http://as.example.com",
            token_endpoint_auth_method="basic",
            client_id=None,
            headers={"Host": "x"},
            dpop=True,
        )

        assert {
            "provider",
            "scop",
            "timeout",
            "token_endpoint",
            "token_endpoint_auth_method",
            "client_id",
            "headers.Host",
            *({"dpop"} & LATER),
        } == {problem.key for problem in problems}

    @pytest.mark.parametrize(
        "key",
        [*find_provider("okta").settings, *find_provider("curity").settings, "realm"],
    )
    def test_what_may_be_a_setting(self, key):
        """A key that may be a setting of the provider is not called unknown."""
        (problem,) = problems_of(provider="okat", **{key: "x"})

        assert "provider" == problem.key

    def test_a_setting_is_text_with_any_provider(self):
        """A key that is none of every profile's, and no text, is told."""
        assert {"provider", "realm"} == {
            problem.key for problem in problems_of(provider="okat", realm=3)
        }

    def test_it_is_in_the_error_only_if_it_is_known(self):
        """An error names the provider that there is."""
        with pytest.raises(ProfileError) as caught:
            Profile.from_mapping(mapping(provider="okat"))

        assert caught.value.provider is None


class TestMembers:
    """One wrong member of a table hides no other one."""

    def test_of_a_table(self):
        """A header that is none is told beside one that cannot be read."""
        problems = problems_of(
            headers={"Host": "x", "X": {}, "a b": "y"},
            quirks={"assertion_lifetime": 0, "scope_echoed": 3, "basic_encodin": "raw"},
        )

        assert {
            "headers.Host",
            "headers.X",
            "headers.a b",
            "quirks.assertion_lifetime",
            "quirks.scope_echoed",
            "quirks.basic_encodin",
        } == {problem.key for problem in problems}

    def test_of_a_table_that_a_variable_would_set(self, workspace, monkeypatch):
        """A table in a variable does not replace the one in the file."""
        monkeypatch.setenv("CCFLOW_BILLING__HEADERS", "x")
        workspace.write(GOOD + '    headers = { Host = "x" }\n    timeout = "soon"')

        assert {
            "CCFLOW_BILLING__HEADERS",
            "profiles.billing.headers.Host",
            "profiles.billing.timeout",
        } == {problem.key for problem in workspace.problems()}


class TestAudiences:
    @pytest.mark.parametrize(
        "resource",
        [
            "https://api.example.com",
            "https://api.example.com:8443/a/b?c=d",
            "http://[::1]/",
            "urn:example:api",
            "api://0123-45",
        ],
    )
    def test_absolute_uris(self, resource):
        """A resource is an absolute URI (RFC 8707), of whatever scheme."""
        assert (resource,) == Profile.from_mapping(mapping(resource=resource)).resource

    @pytest.mark.parametrize(
        ("resource", "told"),
        [
            ("", "is not an absolute URI"),
            ("api", "is not an absolute URI"),
            ("/api", "is not an absolute URI"),
            ("//api.example.com/", "is not an absolute URI"),
            ("api.example.com/x", "is not an absolute URI"),
            ("https://api.example.com/a b", "is not an absolute URI"),
            ("https://api.example.com/ü", "is not an absolute URI"),
            ("urn:", "is not an absolute URI"),
            ("1a:b", "is not an absolute URI"),
            ("https://api.example.com/#", "has a fragment"),
            ("urn:example:api#x", "has a fragment"),
            ("https:///x", "is not a complete URL"),
            ("HTTPS://a:b/", "is not a complete URL"),
        ],
    )
    def test_what_is_no_resource(self, resource, told):
        """Anything else is told, also when only a call asks for it."""
        (problem,) = problems_of(resource=["urn:example:api", resource])

        assert "resource" == problem.key
        assert told in problem.message
        with pytest.raises(ProfileError, match="RFC 8707"):
            Profile.from_mapping(mapping()).plan(resource=(resource,))

    def test_an_empty_audience(self):
        """A profile that asks for nobody's token is told so."""
        (problem,) = problems_of(audience="")

        assert ("audience", "is empty") == (problem.key, problem.message)


class TestAllAtOnce:
    TEXT = """
        [profiles.billing]
        provider = "okta"
        domain = "https://acme-admin.okta.com/"
        scope = ["openid"]
        scop = ["a"]
        timeout = "soon"
        dpop = true
        client_secret = { enw = "S" }
        headers = { Host = "x", "a b" = "y" }
        quirks = { basic_encodin = "raw", scope_required = 3 }
        api_origins = ["nowhere"]
        extra_parameters = { scope = "x" }
    """

    def test_nobody_has_to_come_twice(self, workspace):
        """All that is wrong is told at once, with file, path, and what to write."""
        file = workspace.write(self.TEXT)
        problems = workspace.problems()

        assert {
            f"profiles.billing.{key}"
            for key in (
                "domain",
                "scope",
                "scop",
                "timeout",
                "dpop",
                "client_id",
                "client_secret",
                "headers.Host",
                "headers.a b",
                "quirks.basic_encodin",
                "quirks.scope_required",
                "api_origins",
                "extra_parameters.scope",
            )
        } == {problem.key for problem in problems}
        assert {str(file)} == {problem.file for problem in problems}
        told = workspace.told()
        assert "did you mean 'scope'?" in told
        assert "did you mean 'basic_encoding'?" in told
        assert "write the domain alone" in told
        assert told.startswith("the profile 'billing' cannot be used:\n")

    def test_the_error_names_profile_and_provider(self, workspace):
        """A handler knows whose configuration it is."""
        workspace.write(self.TEXT)
        with pytest.raises(ProfileError) as caught:
            load_profile("billing")

        assert ("billing", "okta", "config", False) == (
            caught.value.profile,
            caught.value.provider,
            caught.value.category,
            caught.value.retryable,
        )

    def test_no_literal_is_told(self, workspace):
        """A literal secret in the wrong place is not repeated."""
        workspace.write(
            self.TEXT.replace('{ enw = "S" }', '["l1teral"]').replace(
                '"y"', '"l1teral"'
            )
        )

        assert "l1teral" not in workspace.told()


class TestReferences:
    @pytest.mark.parametrize("key", SECRET_KEYS)
    def test_each_secret_takes_a_reference(self, key):
        """Wherever a secret may stand, a reference may stand."""
        changes = {
            "private_key": {"client_secret": None},
            "client_assertion": {"client_secret": None},
            "private_key_password": {
                "client_secret": None,
                "private_key": {"env": "K"},
            },
        }.get(key, {})
        profile = Profile.from_mapping(mapping(**changes, **{key: {"env": "S"}}))

        assert "env" == getattr(profile, key).reader

    @pytest.mark.parametrize("table", SECRET_TABLES)
    def test_values_of_tables_take_references(self, table):
        """A gateway's key is a secret like any other."""
        profile = Profile.from_mapping(mapping(**{table: {"X": {"file": "k"}}}))

        assert isinstance(getattr(profile, table)["X"], SecretReference)

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ("", "is empty"),
            (
                {},
                "names no way to read a secret; there are command, env, file, keyring",
            ),
            ({"zzz": "x"}, "names no way to read a secret"),
            ({"envv": "x"}, "names no way to read a secret; did you mean 'env'?"),
            ({"comand": ["x"]}, "did you mean 'command'?"),
            ({"env": 3}, "env is text"),
            ({"env": ""}, "env is text"),
            ({"env": "A\0B"}, "env is text"),
            ({"file": []}, "file is text"),
            ({"file": "a\0b"}, "file is text"),
            ({"command": "pass"}, "command is an array of text"),
            ({"command": []}, "command is an array of text"),
            ({"command": ["a", 3]}, "command is an array of text"),
            ({"env": "A", "file": "b"}, "an env reference has no member 'file'"),
            ({"env": "A", "default": "x"}, "has no member 'default'"),
            ({"keyring": "s"}, "a keyring reference needs a username"),
            ({"keyring": "", "username": "u"}, "keyring is text"),
            ({"keyring": "s", "username": 3}, "username is text"),
            ({"keyring": "s", "username": "u", "env": "A"}, "has no member 'keyring'"),
            (["a", "b"], "one secret, got an array"),
            (3, "expected text or a reference"),
            (True, "expected text or a reference"),
        ],
    )
    @pytest.mark.parametrize("key", ["proxy", "headers.X-Key"])
    def test_what_is_no_reference(self, key, value, told):
        """A reference that cannot be read is told with an example."""
        name, _, member = key.partition(".")
        found = problems_of(**{name: {member: value} if member else value})

        assert [key] == [problem.key for problem in found]
        assert told in found[0].message

    def test_a_reference_is_of_the_profile(self):
        """Changing the mapping afterwards does not change the profile."""
        reference = {"env": "S"}
        profile = Profile.from_mapping(mapping(client_secret=reference))
        reference["env"] = "OTHER"

        assert {"env": "S"} == profile.client_secret.table


class TestProviders:
    @pytest.mark.parametrize("name", ["generic", *FIRST_PARTY])
    def test_no_setting_hides_a_key(self, name):
        """A key means the same with every provider."""
        assert not CORE_KEYS & find_provider(name).settings.keys()
