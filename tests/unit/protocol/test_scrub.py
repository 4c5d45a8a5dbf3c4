"""Nothing of a secret and nothing that breaks a terminal comes back in an error."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from base64 import urlsafe_b64encode
from urllib.parse import quote
from urllib.parse import quote_plus
from urllib.parse import unquote_plus

import pytest

from ccflow.plugin.registry import find_provider
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import headers_of
from tests.unit.protocol.wire import outcome_of


SECRET = "s3cr&t: ü/+?\"<b>'"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl"
FORMS = {
    "raw": SECRET,
    "percent": quote(SECRET, safe=""),
    "form": quote_plus(SECRET),
    "base64": b64encode(SECRET.encode()).decode(),
    "base64url": urlsafe_b64encode(SECRET.encode()).decode(),
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON with umlauts": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "HTML": html.escape(SECRET),
    "HTML without quotes": html.escape(SECRET, quote=False),
    "HTML with numbers": html.escape(SECRET)
    .replace("&quot;", "&#34;")
    .replace("&#x27;", "&#39;"),
    "base64 without padding": b64encode(SECRET.encode()).decode().rstrip("="),
    "Python, among quotes": repr(f"'\"{SECRET}")[4:-1],
    "decoded once too often": unquote_plus(SECRET),
}


class TestSecrets:
    @pytest.mark.parametrize("form", FORMS)
    def test_an_echoed_secret_is_masked(self, form):
        """A server that repeats the secret, in any coding, tells nobody."""
        text = Scrubber([Secret(SECRET)]).text(f"bad secret {FORMS[form]} given")

        assert text.startswith("bad secret ********")
        assert text.endswith(" given")
        assert FORMS[form].rstrip("=") not in text

    def test_an_echoed_basic_header_is_masked(self):
        """A server that repeats the Authorization header tells nobody."""
        request = a_request(client_secret=SECRET)
        header = headers_of(request)["authorization"]
        text = Scrubber(request.secrets()).text(f"got {header!r}; {SECRET}")

        assert "got 'Basic ********'; ********" == text

    @pytest.mark.parametrize("value", ["Basic", "Basic x", "Basic /w==", "Basic äöü"])
    def test_a_secret_that_begins_like_a_basic_header(self, value):
        """A key that only looks like such a header does not break the error."""
        assert "got ********" == Scrubber([Secret(value)]).text(f"got {value}")

    @pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
    @pytest.mark.parametrize("before", ["", "x", "xx", "client_secret="])
    @pytest.mark.parametrize("sent", [SECRET, quote(SECRET, safe="")])
    def test_base64_of_all_that_was_sent(self, before, sent, encode):
        """A server that repeats the whole request in base64 tells nobody."""
        said = encode(f"{before}{sent}&x=y".encode()).decode()
        text = Scrubber([Secret(SECRET)]).text(f"got {said}")

        assert "********" in text
        kept = {text[at : at + 8] for at in range(len(text) - 8)} - {"********"}
        inside = encode(f"{before}{sent}".encode()).decode().rstrip("=")
        assert not [it for it in kept if it in inside[len(before) * 4 // 3 + 2 :]]

    @pytest.mark.parametrize("rest", ["", "...", '\u2026"', "')."])
    @pytest.mark.parametrize("form", FORMS)
    def test_the_beginning_of_a_secret(self, form, rest):
        """A text that somebody cut in the midst of a secret tells nothing of it."""
        for length in range(12, len(FORMS[form])):
            said = f"got {FORMS[form][:length]}{rest}"

            assert Scrubber([Secret(SECRET)]).text(said).startswith("got *****")

    def test_a_header_that_is_cut_at_a_quote(self):
        """The description of a challenge ends at the first quote, even in a secret."""
        secret = 'Ak5-hV8-wQ2"bR9-tY6'
        challenge = f'Bearer error="x", error_description="you said {secret}"'
        answer = an_answer(401, "", {"WWW-Authenticate": challenge})
        error = outcome_of(answer, secrets=(secret,))

        assert "you said ********" == error.error_description

    def test_the_longer_one_goes_first(self):
        """A secret that is a part of another one leaves no rest of it."""
        scrubber = Scrubber([Secret("abc"), Secret("abcdef")])

        assert "********" == scrubber.text("abcdef")

    def test_a_secret_that_is_broken_over_lines(self):
        """Taking a line break out does not put a secret together."""
        assert "got ********" == Scrubber([Secret("two words")]).text("got two\nwords")

    @pytest.mark.parametrize("blank", ["  ", "\n", " \r\n\t", "\x00"])
    def test_blanks_are_alike(self, blank):
        """A secret with a blank is found whatever the server made of the blank."""
        assert "got ********" == Scrubber([Secret("two words")]).text(
            f"got two{blank}words"
        )

    def test_blanks_that_the_server_made_one(self):
        """A secret with several blanks is found where a page shows one."""
        assert "got ********" == Scrubber([Secret("two \t words")]).text(
            "got two words"
        )

    def test_without_secrets(self):
        """A request by certificate has nothing to mask, and text stays."""
        assert "as it is" == Scrubber([]).text("as it is")

    def test_what_is_hidden_does_not_print(self):
        """The one who knows the secrets prints nothing of them."""
        assert "Scrubber()" == repr(Scrubber([Secret(SECRET)]))


def each(text, write):
    return "".join(map(write, text))


WRITERS = {
    "~ escaped": lambda it: quote(it, safe="").replace("~", "%7E"),
    "~ escaped, lower": lambda it: quote(it, safe="").replace("~", "%7e"),
    "every mark": lambda it: each(it, lambda c: c if c.isalnum() else f"%{ord(c):02x}"),
    "a form": lambda it: quote_plus(it, safe="*"),
    "every character, percent": lambda it: each(it, lambda c: f"%{ord(c):02X}"),
    "every character, JSON": lambda it: each(it, lambda c: f"\\u{ord(c):04x}"),
    "every character, %u": lambda it: each(it, lambda c: f"%u{ord(c):04X}"),
    "every character, braces": lambda it: each(it, lambda c: f"\\u{{{ord(c):x}}}"),
    "every character, Python": lambda it: each(it, lambda c: f"\\U{ord(c):08x}"),
    "every character, C": lambda it: each(it, lambda c: f"\\{ord(c):03o}"),
    "every character, HTML": lambda it: each(it, lambda c: f"&#x{ord(c):X};"),
    "every character, decimal": lambda it: each(it, lambda c: f"&#{ord(c)};"),
    "one by one another": lambda it: each(
        it, lambda c: f"%{ord(c):02x}" if ord(c) % 2 else f"&#{ord(c)};"
    ),
    "three layers": lambda it: html.escape(json.dumps(quote(it, safe="")))[6:-6],
    "hex": lambda it: it.encode().hex(),
    "base64 behind a client": lambda it: b64encode(
        f"client:{quote(it, safe='').replace('~', '%7E')}".encode()
    ).decode(),
    "quoted four times": lambda it: (
        quote(quote(quote(quote(it, safe=""))))
        + each(it, lambda c: f"%252525{ord(c):02x}")
    ),
    "base64 that begins in a word": lambda it: (
        "dump/" + b64encode(f"{it}!".encode()).decode()
    ),
    "base64 of two bytes each": lambda it: b64encode(it.encode("utf-16-le")).decode(),
}


class TestWriters:
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("secret", ["Abc8Q~dEf-GHI.jkl_mno", "p@ss w/rd*-long"])
    def test_whoever_escapes_whatever(self, secret, writer):
        """No way to escape a secret is another secret."""
        text = Scrubber([Secret(secret)]).text(f"got {WRITERS[writer](secret)} given")

        assert "got ******** given" == text

    @pytest.mark.parametrize(
        "text",
        [
            "invalid token",
            "inval%69d-token",
            "client credentials",
            "client id",
        ],
    )
    def test_a_short_word_is_looked_for_as_it_is(self, text):
        """A parameter of the request that is a word does not empty a sentence."""
        scrubber = Scrubber(map(Secret, ["id_token", "client_id", "ab", "x+"]))

        assert text == scrubber.text(text)

    def test_a_secret_with_marks_at_its_ends(self):
        """They go with it."""
        text = Scrubber([Secret("<{Abcdefgh12345}>!")]).text("a <{Abcdefgh12345}>! b")

        assert "a ******** b" == text

    @pytest.mark.parametrize(
        ("value", "told"),
        [("xS3cr3t-S3cr3t", True), ("s3cr3t", False), ("S3cr3t%2dS3cr3t", True)],
    )
    def test_whether_it_is_there(self, value, told):
        """The same is asked where nothing is to be masked."""
        assert told == Scrubber([Secret("S3cr3t-S3cr3t")]).is_in(value)


class TestNamed:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ('{"access_token":"tk-1","token_type":"Bea', '"access_token":"********","'),
            ('{"x":1,"refresh_token":"rt-9', '{"x":1,"refresh_token":"********'),
            ('{"a":"b\\"c","id_token":"a\\"b","x', '"id_token":"********","x'),
            ("access_token: tk-9f8e", "access_token: ********"),
            ("access_token: abc", "access_token: ********"),
            ("access_token=tk-9f8&x=1", "access_token=********&x=1"),
            ("client-secret = hunter2, more", "client-secret = ********, more"),
            ("clientSecret='two words' x", "clientSecret='********' x"),
            ("[refreshToken] => rt1 [x]", "[refreshToken] => ******** [x]"),
            ('log: {\\"password\\":\\"p w\\"}', ':\\"********\\"}'),
            ("a %22api_key%22%3A%22k1%22 b", "%22api_key%22%3A%22********%22 b"),
            ("&quot;id_token&quot;:&quot;a b&quot;", "&quot;:&quot;********&quot;"),
            ("<access_token>tk1</access_token>", "<access_token>********</access"),
            ("access_token: abc token_type: bearer", ": ******** token_type: bearer"),
            ("got Authorization: Bearer tk-abc here", "Bearer ******** here"),
            ("sent Basic bWU6YQ== now", "sent Basic ******** now"),
            ("DPoP abc.def", "DPoP ********"),
        ],
    )
    def test_a_value_behind_the_name_of_a_credential(self, text, shown):
        """A server that puts its token into an error tells nobody."""
        assert shown in Scrubber([]).text(text)

    @pytest.mark.parametrize(
        "text",
        [
            "the access_token is missing",
            "invalid client_secret for client abc",
            "access_token: expired",
            "token=invalid",
            "client_secret: the one of this client has expired.",
            "client_assertion: 'aud' is wrong",
            "client_assertion: jti already used",
            "client_secret_expires_at: 0, token_type: MAC",
            'Bearer realm="x", error="invalid_token", scope=a',
            "Bearer authentication is required, not Basic auth",
            "Basic client_secret_basic or Bearer invalid_token",
            "<p><token>expired</token> and no more</p>",
        ],
    )
    def test_prose_stays(self, text):
        """What says why is what an error is read for."""
        assert text == Scrubber([]).text(text)

    @pytest.mark.parametrize(
        ("body", "masked"),
        [
            ("tk-9f8e7d6c5b4a-secret", True),
            ("0a1b2c3d4e5f6a7b\n", True),
            ("b6d0cd2e-3ce5-4ee6-ae5f-d9aae77b79cc", False),
            ("ERR_NGINX_503_BAD_GATEWAY", False),
            ("no tk-9f8e7d6c5b4a-secret", False),
            ("NotFound", False),
        ],
    )
    def test_a_body_of_one_word(self, body, masked):
        """One with letters and digits mixed may be a token; a UUID is none."""
        shown = str(outcome_of(an_answer(404, body)))

        assert masked is (body.strip() not in shown)
        assert masked is ("one word, which may be a token" in shown)


class TestTokens:
    @pytest.mark.parametrize(
        "token",
        [
            JWT,
            JWT.rpartition(".")[0] + ".",
            "eyJhbGciOiJub25lIn0",
            "0a1b2c3d4e" * 4,
            "A21AAJ_" + "x" * 40,
            "-" * 39 + "1",
            "x" * 40 + "1==",
        ],
    )
    def test_whatever_looks_like_a_token_is_masked(self, token):
        """A token that a server puts into its text is not passed on."""
        assert "have ********!" == Scrubber([]).text(f"have {token}!")

    @pytest.mark.parametrize(
        "text",
        [
            "b6d0cd2e-3ce5-4ee6-ae5f-d9aae77b79cc",
            "b6d0cd2e-3ce5-4ee6-ae5f-d9aae77b79cc-00000025",
            "https://login.acme.com/oauth2/default/v1/authorize",
            "client_credentials",
            "x" * 200,
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ],
    )
    def test_what_helps_stays(self, text):
        """Identifiers, addresses and words are what an error is read for."""
        assert text == Scrubber([]).text(text)


class TestShape:
    def test_control_characters_become_a_blank(self):
        """No text of a server moves a cursor, rings a bell or starts a line."""
        text = Scrubber([]).text("a\r\nb\x1b[31mc\x00d\u2028e\u202ef\x85g\u200bh")

        assert "a b [31mc d e f g h" == text

    def test_lone_surrogates_go(self):
        """What no terminal can write does not come out of an error."""
        assert "a b" == Scrubber([]).text(json.loads('"a\\ud800b"'))

    @pytest.mark.parametrize("longest", [20, 300])
    def test_it_is_short(self, longest):
        """A page of text becomes a line."""
        text = Scrubber([]).text("word " * 1000, longest)

        assert longest == len(text)
        assert text.endswith("...")

    def test_it_is_not_cut_without_need(self):
        """A text of exactly the length stays whole."""
        assert "x" * 300 == Scrubber([]).text("x" * 300)

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize(
        "text",
        [
            "a" * 1_000_000,
            "eyJ" * 300_000,
            "a." * 500_000,
            "-" * 999_999,
            "1" * 999_999,
            'token="' * 140_000,
            "Bearer " * 140_000,
        ],
        ids=["letters", "heads", "dots", "dashes", "digits", "names", "schemes"],
    )
    def test_a_hostile_text_takes_no_time(self, text):
        """A megabyte made to be slow is read like any other."""
        assert 300 >= len(Scrubber([Secret("abc" * 20)]).text(text))

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize("text", ["%41", "%25", "&amp;", "QUJD", "41", "a ", "\\"])
    def test_a_hostile_member_takes_no_time(self, text):
        """So is what is only looked through."""
        scrubber = Scrubber([Secret("abc" * 20), Secret("x" * 3000)])

        assert not scrubber.is_in(text * (100_000 // len(text)))


class TestErrors:
    def read(self, provider, body, request, plan):
        answer = an_answer(401, json.dumps(body), {"X-Request-Id": f"id-{SECRET}"})
        try:
            read_response(
                find_provider(provider),
                plan,
                answer,
                Scrubber(request.secrets()),
                now=0,
            )
        except Exception as error:
            return error
        raise AssertionError("an answer of 401 was no error")

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_no_part_of_an_error_holds_the_secret(self, form, method):
        """Code, text, identifier and message are scrubbed alike."""
        changes = {"client_secret": SECRET, "token_endpoint_auth_method": method}
        request = a_request(**changes)
        _, plan = a_profile(**changes).plan()
        echo = FORMS[form]
        body = {
            "error": f"bad_{echo}",
            "error_description": f"'{echo}' {headers_of(request)}",
            "correlation_id": echo,
        }
        error = self.read("generic", body, request, plan)
        shown = f"{error} {error!r} {vars(error)}"

        for value in FORMS.values():
            assert value.rstrip("=") not in shown

    def test_an_echoed_assertion(self):
        """The assertion of the request is masked, whatever its shape."""
        from ccflow.protocol.client_auth import authenticate
        from ccflow.protocol.request import make_token_request

        _, plan = a_profile(client_secret=None, client_assertion="opaque.assert").plan()
        request = authenticate(
            make_token_request(plan, {}), plan, Secret("opaque.assert")
        )
        body = {"error": "invalid_client", "error_description": "opaque.assert is bad"}
        error = self.read("generic", body, request, plan)

        assert "******** is bad" == error.error_description

    def test_known_codes_stay(self):
        """A parameter that happens to be a word does not spoil the code."""
        request = a_request(extra_parameters={"response_type": "client"})
        _, plan = a_profile().plan()
        error = self.read("generic", {"error": "invalid_client"}, request, plan)

        assert "invalid_client" == error.error
        assert "token_endpoint_auth_method" in error.hint

    def test_a_title_and_a_location_are_scrubbed(self):
        """What a page or a redirect repeats is masked as well."""
        title = an_answer(403, f"<html><title>No <i>{SECRET}</i>\n</title></html>")
        location = an_answer(302, "", {"Location": "https://a.example/s3cr3t-1/x"})

        assert "titled 'No ********'" in str(outcome_of(title, secrets=(SECRET,)))
        assert "s3cr3t-1" not in str(outcome_of(location, secrets=("s3cr3t-1",)))
