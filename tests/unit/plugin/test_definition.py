"""A provider as data is the value that Python makes, or all its mistakes at once."""

from __future__ import annotations

import pickle
import tomllib

import attrs
import pytest

from ccflow.errors import ProviderError
from ccflow.plugin import HOST
from ccflow.plugin import NAME
from ccflow.plugin import PATH
from ccflow.plugin import Explanation
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin.data_field import data_types
from ccflow.plugin.definition import make_provider
from ccflow.plugin.definition import provider_types
from ccflow.plugin.definition_check import TEMPLATES
from tests.providers.test_generic import QUIRKS


FULL = """
token_endpoint = "https://{region}.{domain}/{path}/token"
issuer = "https://{domain}"
metadata_base = "https://{domain}/meta"
token_endpoint_auth_methods = ["client_secret_post", "private_key_jwt"]
documentation = ["https://docs.example.com"]
extra_parameters = { account = "{account}" }

[settings]
domain = { help = "the domain", corrections = { "^https:" = "the host alone" } }
path = { help = "the path", default = "a/b", pattern = "PATH" }
account = { help = "the account", pattern = "NAME" }
region = { help = "where", default = "eu", choices = { eu = "europe", us = "usa" } }

[quirks]
basic_encoding = "raw"
assertion_lifetime = 60

[[explanations]]
error = "invalid_client"
status_code = 400
description = "secret"
hint = "look at the console"
"""

SMALL = """
token_endpoint = "https://{host}/token"
token_endpoint_auth_methods = ["client_secret_basic"]
settings.host.help = "the host"
"""


def made(text, **options):
    return make_provider("acme", tomllib.loads(text), **options)


def problems(text):
    with pytest.raises(ProviderError) as caught:
        made(text, file="a.toml", prefix="providers.acme.")
    assert {"a.toml"} == {problem.file for problem in caught.value.problems}
    return {
        problem.key.removeprefix("providers.acme."): problem
        for problem in caught.value.problems
    }


class TestValue:
    def test_it_is_the_one_of_python(self):
        """The same fields by the same names."""
        assert made(FULL) == Provider(
            name="acme",
            token_endpoint="https://{region}.{domain}/{path}/token",
            issuer="https://{domain}",
            metadata_base="https://{domain}/meta",
            token_endpoint_auth_methods=("client_secret_post", "private_key_jwt"),
            documentation=("https://docs.example.com",),
            extra_parameters={"account": "{account}"},
            settings={
                "domain": Setting(
                    help="the domain",
                    pattern=HOST,
                    corrections={"^https:": "the host alone"},
                ),
                "path": Setting(help="the path", default="a/b", pattern=PATH),
                "account": Setting(help="the account", pattern=NAME),
                "region": Setting(
                    help="where",
                    default="eu",
                    choices={"eu": "europe", "us": "usa"},
                ),
            },
            quirks=Quirks(basic_encoding="raw", assertion_lifetime=60),
            explanations=(
                Explanation(
                    error="invalid_client",
                    status_code=400,
                    description="secret",
                    hint="look at the console",
                ),
            ),
        )

    def test_nothing_that_is_data_is_left_out(self):
        """Every field but the functions has its key; the table above has them all."""
        functions = {"read_success", "read_error", "check_request"}
        fields = {field.name for field in attrs.fields(Provider)}

        assert provider_types().keys() == fields - functions - {"name"}
        assert provider_types().keys() == tomllib.loads(FULL).keys()

    def test_every_text_is_a_template(self):
        """A new text of `Provider` would not be checked as the address it may be."""
        texts = {key for key, kind in provider_types().items() if kind is str}

        assert {*TEMPLATES} == texts

    @pytest.mark.parametrize("name", sorted(QUIRKS))
    def test_every_quirk_can_be_said(self, name):
        """By the name of its field."""
        table = {**tomllib.loads(SMALL), "quirks": {name: QUIRKS[name]}}
        expected = Quirks(**{name: QUIRKS[name]})

        assert expected == make_provider("acme", table).quirks

    def test_the_quirks_are_all_there(self):
        """The list above is complete."""
        assert QUIRKS.keys() == data_types(Quirks).keys()

    def test_it_pickles(self):
        """A profile that carries it can be sent to another process."""
        provider = made(FULL)

        assert provider == pickle.loads(pickle.dumps(provider))

    def test_little_is_needed(self):
        """The methods alone; the rest is the generic server's."""
        provider = made('token_endpoint_auth_methods = ["client_secret_basic"]')

        assert (None, {}, Quirks()) == (
            provider.token_endpoint,
            provider.settings,
            provider.quirks,
        )


class TestMistakes:
    @pytest.mark.parametrize(
        ("changed", "key", "told"),
        [
            ("tokn_endpoint = 'x'", "tokn_endpoint", "did you mean 'token_endpoint'?"),
            ("name = 'x'", "name", "unknown key"),
            ("read_error = 'x'", "read_error", "unknown key"),
            ("issuer = 3", "issuer", "expected text, got a whole number"),
            ("issuer = 'http://x.example'", "issuer", "is plain http"),
            ("issuer = 'x.example'", "issuer", "'x.example' is not a complete URL"),
            ("issuer = ''", "issuer", "is not a URL"),
            ("issuer = 'https://{hst}'", "issuer", "did you mean 'host'?"),
            ("issuer = 'https://{zz}'", "issuer", "describe it in [settings.zz]"),
            ("issuer = 'https://{Host}'", "issuer", "belongs to no setting"),
            ("issuer = 'https://{host'", "issuer", "a setting is written {name}"),
            ("settings.host.hlp = 'x'", "settings.host.hlp", "did you mean 'help'?"),
            ("settings.port.default = '1'", "settings.port.help", "is missing"),
            ("settings.port = '1'", "settings.port", "expected a table, got text"),
            (
                "settings.port.help = 'x'",
                "settings.port",
                "is used nowhere; put {port} into token_endpoint",
            ),
            (
                "settings.host.pattern = '('",
                "settings.host.pattern",
                "'(' is no regular expression",
            ),
            (
                "settings.host.corrections = { '[' = 'x' }",
                "settings.host.corrections",
                "'[' is no regular expression",
            ),
            (
                "settings.host.default = 'a/b'",
                "settings.host.default",
                "'a/b' does not fit; expected the host",
            ),
            (
                "settings.host = { default = 'b', choices = { a = 'x' } }",
                "settings.host.default",
                "there is no 'b'; use a",
            ),
            (
                "settings.host.choices = { a = 'x/y' }",
                "settings.host.choices.a",
                "'x/y' does not fit",
            ),
            ("settings.scope.help = 'x'", "settings.scope", "a key of every profile"),
            ("settings.Port.help = 'x'", "settings.Port", "not a name for a setting"),
            (
                "settings.host.help = ' '",
                "settings.host.help",
                "is not one line of text",
            ),
            (
                "settings.host.pattern = 'HOTS'",
                "settings.host.pattern",
                "takes 'HOTS' alone; did you mean 'HOST'?",
            ),
            (
                "settings.host.choices = { a = 3 }",
                "settings.host.choices.a",
                "expected text, got a whole number",
            ),
            ("quirks = 3", "quirks", "expected a table, got a whole number"),
            (
                "quirks.basic_encodin = 'raw'",
                "quirks.basic_encodin",
                "did you mean 'basic_encoding'?",
            ),
            (
                "quirks.basic_encoding = 'plus'",
                "quirks.basic_encoding",
                "expected one of 'form', 'raw', got 'plus'",
            ),
            (
                "quirks.assertion_algorithms = ['RS265']",
                "quirks.assertion_algorithms[0]",
                "got 'RS265'; did you mean 'RS256'?",
            ),
            (
                "quirks.assertion_lifetime = 0",
                "quirks.assertion_lifetime",
                "expected seconds above zero, got 0",
            ),
            (
                "quirks.request_headers.Host = 'x'",
                "quirks.request_headers.Host",
                "ccflow sets this header itself",
            ),
            (
                'quirks.request_headers.A = "b\\r\\nc: d"',
                "quirks.request_headers.A",
                "its value has a line break",
            ),
            (
                'quirks.content_type = "a\\r\\nb"',
                "quirks.content_type",
                "is not a media type",
            ),
            (
                "quirks.default_expires_in = 31622401",
                "quirks.default_expires_in",
                "expected seconds between 0 and 31622400, got 31622401",
            ),
            (
                "quirks.scope_pattern = '('",
                "quirks.scope_pattern",
                "'(' is no regular expression",
            ),
            (
                "quirks.basic_encoding = 'rww'",
                "quirks.basic_encoding",
                "got 'rww'; did you mean 'raw'?",
            ),
            (
                "quirks.certificate_headers = ['x5t#S265']",
                "quirks.certificate_headers[0]",
                "did you mean 'x5t#S256'?",
            ),
            (
                "quirks.request_headers.A = 3",
                "quirks.request_headers.A",
                "expected text, got a whole number",
            ),
            ("quirks.grant_type = ''", "quirks.grant_type", "'' is empty"),
            ("quirks.error_members = []", "quirks.error_members", "is empty"),
            ("explanations = 'x'", "explanations", "expected an array of tables"),
            (
                "explanations = [{ hint = ' ' }]",
                "explanations[0]",
                "the hint of an explanation is empty",
            ),
            (
                "explanations = [{ hint = 'x', status_code = 9999 }]",
                "explanations[0]",
                "there is no HTTP status 9999",
            ),
            ("explanations = ['x']", "explanations[0]", "expected a table, got text"),
            (
                "explanations = [{ hint = 'x' }, { hnt = 'x' }]",
                "explanations[1].hnt",
                "did you mean 'hint'?",
            ),
            (
                "explanations = [{ hint = 'x', description = '(' }]",
                "explanations[0].description",
                "'(' is no regular expression",
            ),
            (
                "extra_parameters.scope = 'x'",
                "extra_parameters.scope",
                "ccflow sets this parameter itself",
            ),
            (
                "extra_parameters.a = '{hots}'",
                "extra_parameters.a",
                "did you mean 'host'?",
            ),
            ("documentation = ['docs']", "documentation[0]", "not the address of a"),
        ],
    )
    def test_each_has_its_place(self, changed, key, told):
        """One mistake is one problem, with file, key path and the next step."""
        table = tomllib.loads(SMALL)
        _merge(table, tomllib.loads(changed))
        with pytest.raises(ProviderError) as caught:
            make_provider("acme", table, file="a.toml", prefix="providers.acme.")
        (problem,) = caught.value.problems

        assert ("a.toml", f"providers.acme.{key}") == (problem.file, problem.key)
        assert told in str(problem)

    @pytest.mark.parametrize(
        ("methods", "key", "told"),
        [
            ("[]", "", "is empty"),
            ('"client_secret_basic"', "", "expected an array of text, got text"),
            (
                '["client_secret_basic", "client_secret_pots"]',
                "[1]",
                "did you mean 'client_secret_post'?",
            ),
            ('["zzz"]', "[0]", "there are client_secret_basic, "),
            (
                '["private_key_jwt", "private_key_jwt"]',
                "[1]",
                "is named twice; keep the first one",
            ),
        ],
    )
    def test_methods(self, methods, key, told):
        """A method that there is not has its place in the array."""
        ((path, problem),) = problems(
            f'token_endpoint = "https://x.example"\n'
            f"token_endpoint_auth_methods = {methods}"
        ).items()

        assert f"token_endpoint_auth_methods{key}" == path
        assert told in str(problem)

    def test_the_methods_are_needed(self):
        """Nobody knows how to authenticate without them."""
        assert ["token_endpoint_auth_methods"] == [*problems("")]

    def test_all_are_told_at_once(self):
        """Nobody has to come twice."""
        found = problems("""
            token_endpoint = "http://{host}/token"
            token_endpoint_auth_methods = ["post"]
            settings.host = { hlp = "the host" }
            settings.realm = { help = "x", default = "%" }
            quirks = { scope_required = 1, basic_encodin = "raw" }
            explanations = [{ error = 3 }]
            documentation = [""]
        """)

        assert {
            "token_endpoint",
            "token_endpoint_auth_methods[0]",
            "settings.host.hlp",
            "settings.realm.default",
            "quirks.scope_required",
            "quirks.basic_encodin",
            "explanations[0].error",
            "explanations[0].hint",
            "documentation[0]",
        } == found.keys()

    @pytest.mark.parametrize(
        ("changed", "keys"),
        [
            (
                'token_endpoint_auth_methods = [3, "client_secret_pst"]',
                {
                    "token_endpoint_auth_methods[0]",
                    "token_endpoint_auth_methods[1]",
                },
            ),
            (
                'settings.host = { hlp = "x", pattern = "(", default = "%" }',
                {
                    "settings.host.hlp",
                    "settings.host.pattern",
                    "settings.host.default",
                },
            ),
            (
                'settings.host = { help = 3, choices = { a = "b/c" } }',
                {"settings.host.help", "settings.host.choices.a"},
            ),
            (
                'settings.host = { help = "x", corrections = { "(" = "x", "[" = "x" }, '
                'default = "b", choices = { a = "%" } }',
                {
                    "settings.host.corrections",
                    "settings.host.default",
                    "settings.host.choices.a",
                },
            ),
            (
                'quirks = { assertion_algorithms = ["RS265", "X"], grant_type = "", '
                'basic_encoding = "rww", request_headers = { A = 1, B = 2 } }',
                {
                    "quirks.assertion_algorithms[0]",
                    "quirks.assertion_algorithms[1]",
                    "quirks.grant_type",
                    "quirks.basic_encoding",
                    "quirks.request_headers.A",
                    "quirks.request_headers.B",
                },
            ),
            (
                'settings.host = { help = "x", pattern = "(", default = "a/b" }',
                {"settings.host.pattern"},
            ),
            (
                'explanations = [{ hnt = "x", status_code = 9999 }]',
                {"explanations[0].hnt", "explanations[0]"},
            ),
        ],
    )
    def test_one_hides_no_other(self, changed, keys):
        """What stands beside a mistake is looked at all the same."""
        table = tomllib.loads(SMALL)
        _merge(table, tomllib.loads(changed))
        with pytest.raises(ProviderError) as caught:
            make_provider("acme", table)

        assert keys == {problem.key for problem in caught.value.problems}

    def test_what_broken_parameters_use(self):
        """Nobody knows, so that no setting is told to be useless."""
        found = problems(
            SMALL.replace("/token", "") + "settings.realm.help = 'x'\n"
            "extra_parameters.realm = 3"
        )

        assert ["extra_parameters.realm"] == [*found]

    def test_a_misspelt_setting_is_told_once(self):
        """What follows from a mistake is no other one."""
        found = problems(SMALL.replace("{host}", "{hots}"))

        assert ["token_endpoint"] == [*found]

    def test_a_wrong_name(self):
        """What no profile could write is no name."""
        with pytest.raises(ProviderError, match="cannot be called 'Acme Inc'"):
            make_provider("Acme Inc", tomllib.loads(SMALL))


class TestInstead:
    def test_it_is_an_error_with_the_next_step(self):
        """Naming such a provider says what to use, and where to read."""
        with pytest.raises(ProviderError) as caught:
            made('instead = "use x"\ndocumentation = ["https://y.example"]')

        assert (
            "the provider 'acme' cannot be used: use x; see https://y.example"
        ) == str(caught.value)

    @pytest.mark.parametrize(
        ("more", "key"),
        [("issuer = 'x'", "issuer"), ("documentation = 3", "documentation")],
    )
    def test_it_stands_alone(self, more, key):
        """A table that says so is no provider as well."""
        assert [key] == [*problems(f'instead = "use x"\n{more}')]

    def test_what_stands_beside_it(self):
        """It is no unknown key; one that is misspelt still is."""
        found = problems('instead = "use x"\nissuer = "x"\ndocs = []')

        assert "issuer: stands beside instead" in str(found["issuer"])
        assert "unknown key" in str(found["docs"])


def _merge(table, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value
