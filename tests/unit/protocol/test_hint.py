"""Which explanations an error has, and in what order."""

from __future__ import annotations

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.general_explanations import CAUSES
from ccflow.protocol.hint import choose_hint
from ccflow.protocol.hint import find_causes


CODE = Explanation(error="invalid_client", hint="look at the page")
TEXT = Explanation(error="invalid_client", description="badger", hint="feed it")
CLOCK = Explanation(
    error="invalid_client", description="too late", cause="clock", hint="wind it"
)
KEY = ["private_key_jwt"]


def causes(own, text, methods=(), code="invalid_client"):
    return [it.hint for it in find_causes(own, code, text, 401, methods)]


class TestChoice:
    def test_the_order(self):
        """A text before a code, and the provider before everybody."""
        own = (CODE, TEXT)
        told = [
            choose_hint(own, code, text, 401)
            for code, text in [
                ("invalid_client", "badger: secret expired"),
                ("invalid_client", "secret expired"),
                ("invalid_client", "else"),
                ("unauthorized_client", "else"),
                ("no_such_code", "else"),
            ]
        ]

        assert told[0] == "feed it"
        assert told[1].startswith("the client secret has expired")
        assert told[2] == "look at the page"
        assert told[3].startswith("allow the client credentials grant")
        assert told[4].startswith("check client_id")
        assert choose_hint(own, "no_such_code", "else", 400) is None

    def test_advice_comes_after_the_provider(self):
        """What a kind of answer says of itself is more than what is general."""
        asked = ("invalid_client", "secret expired", 401)

        assert choose_hint((CODE,), *asked, advice="wait") == "look at the page"
        assert choose_hint((), *asked, advice="wait") == "wait"


class TestCauses:
    def test_a_text_that_names_one(self):
        """What fits, and what the provider says of the code."""
        expired = "the client secret has expired"
        found = causes((CODE, TEXT), "secret expired", ["client_secret_post"])

        assert found[0].startswith(expired)
        assert found[1:] == ["look at the page"]

    def test_no_text(self):
        """Each that would come with one, each hint once, and the code last."""
        found = causes((CODE, TEXT), None)

        assert found[0] == "feed it"
        assert found[-1] == "look at the page"
        assert {it.hint for it in CAUSES if it.error == "invalid_client"} < {*found}
        assert len(found) == len(set(found))

    def test_what_the_provider_tells_is_told_once(self):
        """The general explanation of the same cause is left out."""
        found = causes((CODE, CLOCK), None, KEY)

        assert found[0] == "wind it"
        assert not [it for it in found if "outside its time" in it]
        assert [it for it in found if "assertion_audience" in it]

    def test_what_the_method_cannot_have_is_left_out(self):
        """Neither the provider's nor the general ones are told."""
        found = " ".join(causes((CODE, CLOCK), None, ["client_secret_post"]))

        assert "wind it" not in found
        assert "assertion" not in found
        assert "basic_encoding" not in found
        assert "secret has expired" in found
