"""What an error means, and what to do next."""

from __future__ import annotations

import json
import re

import pytest

from ccflow.errors import TokenError
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import find_provider
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.explanation import find_hints
from ccflow.protocol.explanation import plain_code
from ccflow.protocol.general_explanations import GENERAL
from ccflow.protocol.page import PAGES
from ccflow.protocol.page import explain_page
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


PROVIDERS = ["generic", *sorted(FIRST_PARTY)]

# What goes wrong: code, text as servers write it, and a part of the hint.
TROUBLES = {
    "clock": ("invalid_client", "The client_assertion is expired.", "clock"),
    "encoding": (
        "invalid_client",
        "Found Authentication header, but could not decode it.",
        "basic_encoding|client_secret_post",
    ),
    "audience": (
        "invalid_client",
        "The audience claim is wrong.",
        "assertion_audience",
    ),
    "method": (
        "invalid_client",
        "The authentication method is not allowed.",
        "method",
    ),
    "expired secret": ("invalid_client", "The client secret has expired.", "expired"),
    "grant": (
        "unauthorized_client",
        "The client may not use the grant type.",
        "[Cc]lient.[Cc]redentials",
    ),
    "policy": (
        "access_denied",
        "Policy evaluation failed.",
        "polic|Polic|role|procedure",
    ),
}


def hint_of(provider, code, text, status=400):
    body = {"error": code, "error_description": text}
    found = outcome_of(an_answer(status, json.dumps(body)), provider)
    assert isinstance(found, TokenError)
    return found.hint


class TestTroubles:
    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_each_has_a_text_of_its_own(self, provider):
        """What goes wrong most often is told apart, by every provider that can."""
        # Okta's texts are published, and none of them is of such a kind.
        unknown = {"expired secret", "method"} if provider == "okta" else {}
        hints = {
            name: hint_of(provider, code, text)
            for name, (code, text, _) in TROUBLES.items()
            if name not in unknown
        }

        for name, hint in hints.items():
            assert re.search(TROUBLES[name][2], hint), name
        assert len(set(hints.values())) == len(hints)

    @pytest.mark.parametrize(
        ("code", "text", "told"),
        [
            ("invalid_client", "assertion signature is not valid", "key_id"),
            ("invalid_client", "Client is disabled", "switched off"),
            ("invalid_client", "Unknown client", "compare client_id"),
            ("invalid_client", "client_id 7 is not valid", "compare client_id"),
            ("invalid_client", "jti has already been used", "one request"),
            ("invalid_client", "something else", "basic_encoding"),
            (
                "unauthorized_client",
                "Bad credentials",
                "check client_id and the secret",
            ),
            ("unauthorized_client", "no", "allow the client credentials grant"),
            ("invalid_scope", "scope is required", "set scope"),
            ("invalid_scope", "openid is not allowed", "no user"),
            ("invalid_scope", "no such thing", "spelling"),
            ("access_denied", "No audience parameter was provided", "set audience"),
            ("invalid_request", "Missing grant_type", "did not arrive"),
            ("invalid_request", "duplicate parameter", "extra_parameters"),
            ("invalid_request", "several client credentials", "ccflow show"),
            ("invalid_request", "multiple credentials", "send one credential"),
            ("Realm does not exist", None, "tenant or realm"),
            ("invalid_token", None, "wants an access token already"),
        ],
    )
    def test_the_general_ones_go_by_the_text(self, code, text, told):
        """One code has many causes, and the text tells which it is."""
        assert told in hint_of("generic", code, text)

    @pytest.mark.parametrize("code", ["invalid_scope", "access_denied", "no_such_code"])
    def test_a_text_of_any_length_takes_no_time(self, code):
        """Patterns see a shortened text, however long the server's is."""
        hint_of("generic", code, "secret " * 50_000)
        hint_of("oracle-idcs", "invalid_client", "realm client secret " * 50_000)


class TestExplanation:
    def test_all_that_it_names_must_fit(self):
        """Code, status and text are looked at together."""
        it = Explanation(hint="h", error="e", status_code=400, description="no+ way")

        assert it.fits("e", "There is NOOO way", 400)
        assert not it.fits("f", "no way", 400)
        assert not it.fits("e", "no way", 401)
        assert not it.fits("e", "away", 400)
        assert not it.fits("e", None, 400)
        assert not it.fits(None, "no way", 400)

    def test_one_that_names_nothing_fits_all(self):
        """It is the last word of a table."""
        assert Explanation(hint="h").fits(None, None, None)

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("invalid_client", "Invalid Client", True),
            ("invalid_client", "INVALID-CLIENT", True),
            ("invalid_client", "InvalidClient", True),
            ("invalid_client", "invalid_client_id", False),
            ("E0000007", "e0000007", True),
            ("!", "?", False),
            ("ungültig", "UNGÜLTIG", True),
        ],
    )
    def test_codes_are_compared_by_their_letters(self, one, other, same):
        """Case, blanks and punctuation make no other code."""
        assert same is (plain_code(one) == plain_code(other))

    def test_a_sentence_is_a_text(self):
        """Servers put the text where the code belongs."""
        it = Explanation(hint="h", description="realm")

        assert it.fits("Realm does not exist", None, 404)
        assert not it.fits("realm_unknown", None, 404)

    def test_the_first_that_fits_is_the_hint(self):
        """The order of a table is its precedence, and all that fit can be asked for."""
        table = [
            Explanation(hint="text", error="e", description="x"),
            Explanation(hint="code", error="e"),
            Explanation(hint="other", error="f"),
        ]

        assert "text" == find_hint(table, "e", "x", 400)
        assert "code" == find_hint(table, "e", "y", 400)
        assert find_hint(table, "g", "x", 400) is None
        assert ["text", "code"] == list(find_hints(table, "e", "x", 400))

    def test_a_pattern_that_is_none_breaks_at_once(self):
        """A plugin's mistake shows when it is imported, not in an answer."""
        with pytest.raises(re.error):
            Explanation(hint="h", description="(")


class TestTables:
    @pytest.mark.parametrize("provider", [None, *PROVIDERS])
    def test_no_explanation_stands_behind_one_that_takes_all(self, provider):
        """Each of a table can be reached."""
        table = GENERAL if provider is None else find_provider(provider).explanations
        for place, it in enumerate(table):
            before = table[:place]
            hides = [
                other
                for other in before
                if other.description is None
                and other.error in {None, it.error}
                and other.status_code in {None, it.status_code}
            ]

            assert not hides, it

    @pytest.mark.parametrize("provider", [None, *PROVIDERS])
    def test_hints_are_one_line_of_plain_words(self, provider):
        """They begin small and end without a full stop, as parts of a sentence."""
        table = GENERAL if provider is None else find_provider(provider).explanations
        for it in (*table, *PAGES):
            assert "\n" not in it.hint
            assert not it.hint.endswith(".")
            assert len(it.hint) < 400


class TestPages:
    @pytest.mark.parametrize(
        ("title", "words", "told"),
        [
            ("Sign in", "", "login page"),
            ("Welcome", "please log in here", "login page"),
            ("502 Bad Gateway", "cloudflare", "behind it is not"),
            ("Error", "cloudflare ray id", "firewall"),
            ("404 Not Found", "sign in", "nothing is served"),
        ],
    )
    def test_the_title_says_more_than_the_words(self, title, words, told):
        """A page is told by its title, and else by what stands on it."""
        page = f"<html><title>{title}</title><p>{words}</p></html>"

        assert told in explain_page(page)

    def test_a_page_of_nobody(self):
        """A page that no pattern fits gets the general advice."""
        assert explain_page("<html><title>Hello</title></html>") is None
        found = outcome_of(an_answer(200, "<html><title>Hello</title></html>"))

        assert "proxy, gateway or login page" in found.hint

    def test_a_provider_may_explain_pages(self):
        """The title is a text like any other for the table of a provider."""
        from attrs import evolve

        from tests.unit.protocol.wire import a_plan

        provider, plan = a_plan()
        it = Explanation(hint="ask Bob", description="bob's firewall")
        provider = evolve(provider, explanations=(it,))
        page = "<html><title>Bob's Firewall</title></html>"

        assert "ask Bob" == outcome_of(an_answer(403, page), provider, plan=plan).hint

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize("part", ["<", "access denied ", "<title>", "not ", "a b "])
    def test_a_hostile_page_takes_no_time(self, part):
        """Only the beginning of a page is looked at."""
        explain_page(f"<html>{part * 300_000}")
