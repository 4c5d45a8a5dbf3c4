"""What plugins offer: wrong types and values are told at once, before any use."""

from __future__ import annotations

import attrs
import pytest

from ccflow.errors import ProviderError
from ccflow.plugin import Explanation
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import SecretReader
from ccflow.plugin import Setting
from ccflow.plugin import StoreSetting
from ccflow.plugin import TokenStoreFactory
from ccflow.plugin import catalogue
from ccflow.plugin.offer_check import offer_problems
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import find_provider
from ccflow.stores.memory import MemoryStore
from tests.support.plugins import Installed
from tests.support.plugins import offering


def a_provider(**changes):
    values = {
        "name": "acme",
        "token_endpoint": "https://{domain}/token",
        "settings": {"domain": Setting("the domain")},
        "token_endpoint_auth_methods": ("client_secret_basic",),
    }
    return Provider(**{**values, **changes})


def quirks(**changes):
    return {"quirks": Quirks(**changes)}


def setting(**changes):
    return {"settings": {"domain": Setting(**{"help": "the domain", **changes})}}


# What a plugin's author wrote, and what is told of it.
WRONG = [
    ({"token_endpoint": 3}, "token_endpoint: expected text, got a whole number"),
    ({"issuer": 5}, "issuer: expected text, got a whole number"),
    ({"metadata_base": b"x"}, "metadata_base: expected text, got bytes"),
    ({"settings": {"domain": "x"}}, "settings.domain: expected Setting, got a str"),
    (
        {"settings": {"domain": Setting("x"), 3: Setting("x")}},
        "settings: expected text for each key, got a whole number",
    ),
    (setting(help=None), "settings.domain.help: expected text, got None"),
    (setting(help=str), "settings.domain.help: expected text, got type"),
    (setting(default=5), "settings.domain.default: expected text, got a whole"),
    (setting(choices={"a": 1}), "settings.domain.choices.a: expected text, got"),
    (setting(default="a b"), "settings.domain.default: 'a b' cannot be part of a URL"),
    ({"quirks": {"basic_encoding": "raw"}}, "quirks: expected Quirks, got a dict"),
    ({"quirks": None}, "quirks: expected Quirks, got None"),
    ({"explanations": ("x",)}, "explanations[0]: expected Explanation, got a str"),
    (
        {"explanations": [Explanation(hint="a"), Explanation(hint=3)]},
        "explanations[1].hint: expected text, got a whole number",
    ),
    (
        {"explanations": [Explanation(hint="a", status_code="401")]},
        "explanations[0].status_code: expected a whole number, got text",
    ),
    ({"read_error": "x"}, "read_error: expected a function, got text"),
    ({"check_request": 5}, "check_request: expected a function, got a whole number"),
    ({"documentation": (3,)}, "documentation[0]: expected text, got a whole number"),
    ({"documentation": ("docs",)}, "documentation[0]: 'docs' is not the address"),
    ({"extra_parameters": {"a": 3}}, "extra_parameters.a: expected text, got a whole"),
    (
        {"extra_parameters": {"a": "{nope}"}},
        "extra_parameters.a: {nope} is no setting",
    ),
    (quirks(basic_encoding="rw"), "quirks.basic_encoding: expected one of 'form'"),
    (quirks(scope_required="no"), "quirks.scope_required: expected true or false"),
    (quirks(default_expires_in="300"), "quirks.default_expires_in: expected a number"),
    (quirks(default_expires_in=True), "quirks.default_expires_in: expected a number"),
    (quirks(content_type=None), "quirks.content_type: expected text, got None"),
    (quirks(error_members=(3,)), "quirks.error_members[0]: expected text, got a"),
    (quirks(request_headers={"a": 1}), "quirks.request_headers.a: expected text, got"),
    ({"extra_parameters": {3: "x"}}, "extra_parameters: expected text for each key"),
    (
        quirks(assertion_algorithms=("RS265",)),
        "quirks.assertion_algorithms[0]: expected one of 'RS256'",
    ),
    ({"token_endpoint": "https://{nope}/"}, "token_endpoint: {nope} is no setting"),
    ({"token_endpoint": "http://{domain}/"}, "is plain http"),
]


class TestProvider:
    @pytest.mark.parametrize(("changes", "told"), WRONG)
    def test_what_is_wrong_has_its_place(self, changes, told):
        """A field of a wrong type, or with an impossible value, is one problem."""
        (problem,) = offer_problems(a_provider(**changes))

        assert told in str(problem)

    def test_all_is_told_at_once(self):
        """One mistake hides no other, of its type or its value."""
        provider = a_provider(
            token_endpoint="http://{domain}/",
            settings={"domain": Setting(help=None), "room": Setting("x", default="/")},
            issuer=5,
            quirks=None,
        )

        assert {it.key for it in offer_problems(provider)} == {
            *("token_endpoint", "issuer", "quirks"),
            *("settings.domain.help", "settings.room.default"),
        }

    def test_functions_are_taken(self):
        """Where a function may stand, one is in order, and may use any setting."""
        provider = a_provider(
            token_endpoint=lambda settings: "https://a.example",
            issuer=lambda settings: "https://a.example",
            read_success=dict,
            read_error=lambda body: None,
            check_request=lambda settings, method, scope: (),
        )

        assert offer_problems(provider) == []

    def test_a_setting_that_only_code_uses_is_in_order(self):
        """Data uses its settings in templates; in Python nobody can know."""
        provider = a_provider(token_endpoint="https://a.example/token")

        assert offer_problems(provider) == []

    @pytest.mark.parametrize("name", sorted(FIRST_PARTY))
    def test_our_packages_are_in_order(self, name):
        """They are not looked at when they are used."""
        assert offer_problems(find_provider(name)) == []

    def test_the_catalogue_is_in_order(self):
        """So that whoever copies one of its providers into Python has a good one."""
        names = sorted(catalogue.names() - {"google", "workday"})

        assert [it for it in names if offer_problems(find_provider(it))] == []


def a_factory(**changes):
    made = {"name": "acme", "make": lambda texts, secrets: MemoryStore()}
    return TokenStoreFactory(**{**made, **changes})


class TestOthers:
    @pytest.mark.parametrize(
        ("thing", "told"),
        [
            (SecretReader("vault", 5), "read: expected a function, got a whole number"),
            (SecretReader("vault", None), "read: expected a function, got None"),
            (SecretReader(5, str), "key: expected text, got a whole number"),
            (a_factory(make="MemoryStore"), "make: expected a function, got text"),
            (
                a_factory(settings={"room": "hall"}),
                "settings.room: expected StoreSetting, got a str",
            ),
            (
                a_factory(settings={"room": StoreSetting("x", kind="number")}),
                "settings.room.kind: expected one of 'text', 'path', 'secret', got",
            ),
            (
                a_factory(settings={"room": StoreSetting(help=3)}),
                "settings.room.help: expected text, got a whole number",
            ),
        ],
    )
    def test_readers_and_stores_are_looked_at_too(self, thing, told):
        """One rule for all that plugins offer."""
        (problem,) = offer_problems(thing)

        assert str(problem).startswith(told)

    def test_good_ones_are_in_order(self):
        """What is as it should be is no problem."""
        settings = {"room": StoreSetting("a room", default="hall")}

        assert offer_problems(SecretReader("vault", lambda table, base: "")) == []
        assert offer_problems(a_factory(settings=settings)) == []


class TestLoading:
    @pytest.fixture
    def installed(self, monkeypatch):
        """Nothing is installed but what a test adds."""
        return Installed(monkeypatch)

    def test_it_says_which_distribution(self, installed):
        """All problems in one line, so that a row of a list can hold them."""
        provider = a_provider(quirks={"a": 1}, issuer=5)
        installed.add("acme", offering(provider), dist="acme-tools")
        with pytest.raises(ProviderError) as caught:
            find_provider("acme")

        assert str(caught.value) == (
            "the provider 'acme' of acme-tools is broken: "
            "issuer: expected text, got a whole number; "
            "quirks: expected Quirks, got a dict; update or uninstall acme-tools"
        )

    def test_only_the_named_one_has_to_be_right(self, installed):
        """One that is broken disturbs nobody who names another one of its package."""
        broken = attrs.evolve(a_provider(quirks=None), name="broken")
        installed.add("acme", offering(broken, a_provider()))

        assert find_provider("acme") == a_provider()
