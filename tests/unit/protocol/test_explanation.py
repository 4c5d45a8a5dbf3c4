"""What an error means, and what to do next."""

from __future__ import annotations

import json
import re

import attrs
import pytest

from ccflow.errors import TokenError
from ccflow.plugin import catalogue
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import find_provider
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.explanation import find_hint
from ccflow.protocol.explanation import plain_code
from ccflow.protocol.general_explanations import GENERAL
from ccflow.protocol.page import PAGES
from ccflow.protocol.page import explain_page
from ccflow.protocol.plan_to_read import make_plan_to_read
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


PROVIDERS = ["generic", *sorted(FIRST_PARTY)]
# Not those that say what to use instead.
EVERY = [*PROVIDERS, *sorted(catalogue.names() - {"google", "workday"})]

BASIC, POST, KEY = "client_secret_basic", "client_secret_post", "private_key_jwt"

# What goes wrong, by its cause: the methods that can have it, and its texts.
TROUBLES = {
    "clock": (
        [KEY, "client_secret_jwt"],
        ["The client_assertion is expired.", "The token is not yet valid."],
    ),
    "encoding": (
        [BASIC],
        ["Found Authentication header, but could not decode it.", "Malformed Basic"],
    ),
    "audience": ([KEY, "client_secret_jwt"], ["The audience claim is wrong."]),
    "method": (
        [BASIC, POST, KEY, "tls_client_auth"],
        ["The authentication method is not allowed."],
    ),
    "expired_secret": (
        [BASIC, POST, "client_secret_jwt"],
        [
            "The client secret has expired",
            "The client secret is expired.",
            "Client credentials have expired",
        ],
    ),
}
# The same of what is told by a code: the texts say no more.
CODES = {
    "unauthorized_client": "The client may not use the grant type.",
    "access_denied": "Policy evaluation failed.",
}


def error_of(provider, code, text, status=400, method=""):
    provider = find_provider(provider)
    plan = attrs.evolve(make_plan_to_read(provider), auth_method=method)
    members = {"error": code, "error_description": text}
    answer = an_answer(status, json.dumps(members))
    found = outcome_of(answer, provider, plan=plan)
    assert isinstance(found, TokenError)
    return found


def hint_of(provider, code, text, status=400, method=""):
    return error_of(provider, code, text, status, method).hint


def hints_about(provider, cause):
    """Return the hints that a provider, or else everybody, has for a cause."""
    known = (*find_provider(provider).explanations, *GENERAL)
    return {it.hint for it in known if it.cause == cause}


class TestTroubles:
    @pytest.mark.parametrize("cause", sorted(TROUBLES))
    @pytest.mark.parametrize("provider", EVERY)
    def test_each_has_a_text_of_its_own(self, provider, cause):
        """What a provider says of the code alone hides no cause that a text names."""
        methods, texts = TROUBLES[cause]
        expected = hints_about(provider, cause)
        able = {*find_provider(provider).token_endpoint_auth_methods, *methods[:1]}
        for method in [it for it in methods if it in able]:
            for text in texts:
                told = hint_of(provider, "invalid_client", text, 401, method)

                assert told in expected, (method, text)

    @pytest.mark.parametrize("code", sorted(CODES))
    @pytest.mark.parametrize("provider", EVERY)
    def test_a_text_that_only_rewords_a_code_hides_no_page(self, provider, code):
        """A missing grant or policy is told with the provider's page, if it has one."""
        explanations = find_provider(provider).explanations
        own = {it.hint for it in explanations if it.error == code}
        general = {it.hint for it in GENERAL if it.error == code}

        assert hint_of(provider, code, CODES[code]) in (own or general)

    def test_a_missing_grant_under_another_code(self):
        """The text tells it, whatever the provider says of the code."""
        text = "The grant type is not allowed for this client"

        assert "allow the client credentials grant" in hint_of(
            "spring", "invalid_client", text
        )

    @pytest.mark.parametrize("provider", EVERY)
    def test_nobody_is_told_of_what_the_method_has_not(self, provider):
        """Who sends no Basic header is not told how to write one, and so on."""
        texts = [None, "expired", "malformed", "bad signature", "bad audience"]
        for text in texts:
            hints = {
                method: hint_of(provider, "invalid_client", text, 401, method)
                for method in (BASIC, POST, KEY)
            }

            assert "quirks.basic_encoding" not in hints[KEY] + hints[POST]
            if text is not None and "Epic" not in hints[BASIC]:
                for method in (BASIC, POST):
                    assert not hints[method].startswith("set assertion_audience")
                    assert "the assertion is outside" not in hints[method]

    @pytest.mark.parametrize(
        "text",
        [
            "Too many requests, rate limit exceeded",
            "Rate-limit exceeded",
            "request was throttled",
        ],
    )
    def test_a_rate_limit_under_another_code(self, text):
        """What to do is to ask less often, not to compare what is sent."""
        assert "ask less often" in hint_of("generic", "invalid_request", text)

    def test_the_definition_of_a_code_tells_nothing(self):
        """The page of the provider is the better word."""
        text = (
            "Client authentication failed (e.g., unknown client, no client "
            "authentication included, or unsupported authentication method)."
        )
        for provider in ("curity", "oracle-idcs", "spring"):
            known = find_provider(provider).explanations
            (own,) = [
                it.hint
                for it in known
                if it.error == "invalid_client" and it.description is None
            ]

            assert own == hint_of(provider, "invalid_client", text)

    def test_okta_names_its_policies(self):
        """A missing policy is what access_denied means there."""
        assert "Access Policies" in hint_of("okta", "access_denied", None)

    @pytest.mark.parametrize(
        ("code", "text", "told"),
        [
            ("invalid_client", "assertion signature is not valid", "key_id"),
            ("invalid_client", "Client is disabled", "switched off"),
            ("invalid_client", "Unknown client", "compare client_id"),
            ("invalid_client", "client_id 7 is not valid", "compare client_id"),
            (
                "invalid_client",
                "Invalid client_id or client_secret",
                "check client_id, the secret",
            ),
            ("invalid_client", "Invalid consumer key", "check client_id, the secret"),
            ("invalid_client", "The client credentials are not valid", "check"),
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
        """The order of a table is its precedence."""
        table = [
            Explanation(hint="text", error="e", description="x"),
            Explanation(hint="code", error="e"),
            Explanation(hint="other", error="f"),
        ]

        assert "text" == find_hint(table, "e", "x", 400)
        assert "code" == find_hint(table, "e", "y", 400)
        assert find_hint(table, "g", "x", 400) is None

    def test_a_cause_belongs_to_a_method(self):
        """It is told to those who can have it, and to all where nobody knows."""
        it = Explanation(hint="h", cause="encoding")

        assert it.fits("e", None, 400, [BASIC])
        assert it.fits("e", None, 400, [POST, BASIC])
        assert it.fits("e", None, 400)
        assert not it.fits("e", None, 400, [POST, KEY])
        assert Explanation(hint="h", cause="method").fits("e", None, 400, [KEY])

    def test_a_cause_that_nobody_knows_breaks_at_once(self):
        """It would be told to everybody, silently."""
        with pytest.raises(ValueError, match="no cause 'clocks'"):
            Explanation(hint="h", cause="clocks")

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
                if other.description == it.description
                and other.error in {None, it.error}
                and other.status_code in {None, it.status_code}
                and other.cause in {None, it.cause}
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
