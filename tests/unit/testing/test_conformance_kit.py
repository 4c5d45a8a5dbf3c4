"""The conformance kit: what is wrong with a provider is found, and by which check."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import attrs
import pytest

from ccflow.emulator import Response
from ccflow.emulator import load_dialect
from ccflow.plugin import ErrorBody
from ccflow.plugin import Explanation
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin.registry import find_provider
from ccflow.protocol import assertion
from ccflow.protocol import client_auth
from ccflow.secret import Secret
from ccflow.testing import ProviderConformance
from ccflow.testing.conformance import dialect as dialect_check
from ccflow.testing.conformance import endpoint as endpoint_check
from ccflow.testing.conformance import request as request_check
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.candidate import KnownAnswer
from ccflow.testing.conformance.candidate import find_candidate
from ccflow.testing.conformance.check import Check
from ccflow.testing.conformance.checks import CHECKS
from tests.unit.protocol.wire import a_plan


GOOD = Provider(
    name="acme",
    token_endpoint="https://{domain}/token",
    settings={"domain": Setting("for example id.acme.example")},
    token_endpoint_auth_methods=("client_secret_basic", "private_key_jwt"),
    explanations=[Explanation(error="invalid_client", hint="ask the desk")],
    documentation=("https://acme.example/docs",),
)


def judged(provider, **more):
    """What came of each check, by its name."""
    candidate = Candidate(provider=provider, examples=20, **more)
    return {check.name: check.judge(candidate) for check in CHECKS}


def failures(provider, **more):
    """What is wrong, by the name of the check."""
    return {
        name: "\n".join(verdict.remarks)
        for name, verdict in judged(provider, **more).items()
        if verdict.state == "failed"
    }


def judge(name, provider, **more):
    """What came of one check."""
    (check,) = [check for check in CHECKS if check.name == name]
    return check.judge(Candidate(provider=provider, examples=20, **more))


def told(name, provider, **more):
    """What one check has against a provider."""
    verdict = judge(name, provider, **more)

    assert verdict.state == "failed", verdict
    return "\n".join(verdict.remarks)


def passes(name, provider, **more):
    """Whether one check has nothing against it."""
    verdict = judge(name, provider, **more)

    assert verdict.remarks == (), verdict
    return verdict.state == "passed"


def quirky(**changes):
    return attrs.evolve(GOOD, quirks=Quirks(**changes))


def explained(*explanations):
    return attrs.evolve(GOOD, explanations=explanations)


class TestGood:
    def test_nothing_is_wrong(self):
        """A plain provider passes what it can be judged by."""
        assert {} == failures(GOOD)

    def test_what_cannot_be_judged_says_why(self):
        """Sample, emulator, answers and functions are not there."""
        skipped = {
            name: verdict.remarks
            for name, verdict in judged(GOOD).items()
            if verdict.state == "skipped"
        }

        assert skipped == {
            "functions": ("all of it is data",),
            "known": ("no answers of its servers are given",),
            "sample": ("there is no sample profile",),
            "emulator": ("there is no emulator of it",),
        }

    def test_it_says_the_same_each_time(self):
        """A report can be repeated."""
        broken = quirky(scope_pattern="(?!)x", error_members=["a b"])

        assert judged(broken) == judged(broken)

    def test_each_check_has_a_name_and_a_sentence(self):
        """They are what a person reads."""
        names = [check.name for check in CHECKS]

        assert len({*names}) == len(names)
        assert all(check.claim.endswith(".") for check in CHECKS)


CONTRADICTIONS = {
    "a code that passes and does not": (
        {"retryable_errors": ["Invalid Client"]},
        "invalid_client is in retryable_errors",
    ),
    "a required scope that is forbidden": (
        {"required_scopes": ["a"], "forbidden_scopes": ["a"]},
        "in required_scopes and in forbidden_scopes",
    ),
    "a scope of two kinds": (
        {"exclusive_scopes": ["a"], "forbidden_scopes": ["a"]},
        "in exclusive_scopes and in forbidden_scopes",
    ),
    "two scopes where one is taken": (
        {"required_scopes": ["a", "b"], "single_scope": True},
        "several required_scopes",
    ),
    "a required scope of another shape": (
        {"required_scopes": ["a"], "scope_pattern": "b+"},
        "does not match scope_pattern",
    ),
    "a separator within a scope": (
        {"forbidden_scopes": ["a,b"], "scope_separator": ","},
        "holds the scope_separator",
    ),
    "algorithms of another method": (
        {"assertion_algorithms": ["HS256"]},
        "private_key_jwt is a method, and HS256 are not for it",
    ),
    "an issuer that nobody knows": (
        {"assertion_audience": "issuer"},
        "issuer is not known",
    ),
    "nowhere to look for an error": ({"error_members": []}, "no error can be read"),
    "a member twice": ({"scope_members": ["a", "a"]}, "has something twice"),
}


class TestConsistency:
    @pytest.mark.parametrize(
        ("changes", "expected"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
    )
    def test_a_contradiction_between_quirks(self, changes, expected):
        """Whatever else fails, this says why."""
        assert expected in told("consistency", quirky(**changes))

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"basic_encoding": "raw"}, "basic_encoding is set"),
            ({"assertion_lifetime": 60}, "assertion_lifetime is about assertions"),
        ],
    )
    def test_a_quirk_of_a_method_that_is_not_there(self, changes, expected):
        """Nothing reads it."""
        provider = attrs.evolve(
            quirky(**changes), token_endpoint_auth_methods=("client_secret_post",)
        )

        assert expected in told("consistency", provider)

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"token_endpoint": "https://{domian}/token"}, "did you mean 'domain'?"),
            ({"token_endpoint": "http://{domain}/token"}, "plain http"),
            ({"token_endpoint": "https://id.example/"}, "settings.domain: is used"),
            (
                {"token_endpoint_auth_methods": ("client_secret_post",) * 2},
                "token_endpoint_auth_methods[1]: is named twice",
            ),
        ],
    )
    def test_what_toml_could_not_say(self, changes, expected):
        """A provider in Python is held to what a table is held to."""
        assert expected in told("consistency", attrs.evolve(GOOD, **changes))

    @pytest.mark.parametrize(
        ("setting", "expected"),
        [
            (Setting("a host", "a b"), "settings.domain.default"),
            (Setting(" "), "help: is not one line"),
            (Setting("x", "c", choices={"a": "a", "b": "b"}), "there is no 'c'"),
        ],
    )
    def test_a_setting_that_refuses_itself(self, setting, expected):
        """Its own default, or no word on what it is."""
        provider = attrs.evolve(GOOD, settings={"domain": setting})

        assert expected in told("consistency", provider)

    def test_settings_that_a_function_uses_are_used(self):
        """Nobody can know which ones a function reads."""
        provider = attrs.evolve(
            GOOD, token_endpoint=lambda settings: f"https://{settings['domain']}/t"
        )

        assert passes("consistency", provider)


class TestDocumentation:
    @pytest.mark.parametrize(
        ("pages", "expected"),
        [
            ((), "no page"),
            (("http://acme.example/",), "not the https address"),
            (("https://intranet/docs",), "not the https address"),
            (("https://a.example/b c",), "characters that no address has"),
            (("https://a.example/",) * 2, "named twice"),
        ],
    )
    def test_pages_have_addresses(self, pages, expected):
        """They are looked at, and not asked for."""
        provider = attrs.evolve(GOOD, documentation=pages)

        assert expected in told("documentation", provider)


class TestEndpoint:
    @pytest.mark.parametrize("path", ["a/../token", "./token", "a//%2e%2e"])
    def test_dots_for_a_segment(self, path):
        """Whoever reads the address decides where it leads."""
        provider = attrs.evolve(
            GOOD, token_endpoint=lambda it: f"https://{it['domain']}/{path}"
        )

        assert "'https://a.example/" in told("endpoint", provider)

    def test_a_template_is_filled_in_its_place(self):
        """What a setting does to the parts of the address is looked at."""
        _, plan = a_plan(token_endpoint="https://id.example/else")

        settings = {"domain": "id.example"}
        (complaint,) = endpoint_check.complaints(GOOD, plan, settings)
        assert "the path of" in complaint

    def test_settings_that_never_fit(self):
        """Something has to be taken."""
        provider = attrs.evolve(
            GOOD,
            settings={
                "domain": Setting("a host", pattern=r"[a-z]+\.example\.\.x"),
            },
        )

        assert "no settings were found that it takes" in told("endpoint", provider)

    def test_an_address_in_clear(self):
        """Whatever the settings are, it is refused."""
        provider = attrs.evolve(
            GOOD, token_endpoint=lambda it: f"http://{it['domain']}/token"
        )

        assert "no settings were found that it takes" in told("endpoint", provider)


class TestFunctions:
    def test_one_that_is_not_pure(self):
        """The same settings lead to the same place."""
        count = itertools.count()
        provider = attrs.evolve(
            GOOD, token_endpoint=lambda it: f"https://{it['domain']}/{next(count)}"
        )

        assert "and then" in told("functions", provider)

    def test_one_that_raises(self):
        """What it raises is told."""
        provider = attrs.evolve(
            GOOD, token_endpoint=lambda it: f"https://{it['host']}/"
        )

        assert "KeyError: 'host'" in told("functions", provider)

    @pytest.mark.parametrize(
        ("problems", "expected"),
        [
            ([("scope", 1)], "not a key and a text"),
            (["scope"], "not a key and a text"),
            ([("scpoe", "is missing")], "'scpoe', which no profile has"),
        ],
    )
    def test_what_check_request_gives(self, problems, expected):
        """Keys of a profile, and sentences."""
        provider = attrs.evolve(GOOD, check_request=lambda *_: problems)

        assert expected in told("functions", provider)

    def test_one_that_refuses_everything(self):
        """A method that no profile can use is no method."""
        provider = attrs.evolve(
            GOOD, check_request=lambda *_: [("scope", "is never right")]
        )
        found = failures(provider)

        assert ["requests"] == [*found]
        assert "client_secret_basic: no profile was found" in found["requests"]
        assert "is never right" in found["requests"]


def unsigned(plan, signer, *, now, jti):
    """An assertion that nobody signed."""
    made = assertion.make_assertion(plan, signer, now=now, jti=jti).reveal()
    return Secret(made.rpartition(".")[0] + ".")


def for_another(plan, signer, *, now, jti):
    """An assertion for somebody else's server."""
    plan = attrs.evolve(plan, assertion_audience="https://else.example/")
    return assertion.make_assertion(plan, signer, now=now, jti=jti)


def too_long(plan, signer, *, now, jti):
    """An assertion of tomorrow."""
    return assertion.make_assertion(plan, signer, now=now + 86400, jti=jti)


class TestRequests:
    @pytest.mark.parametrize(
        ("broken", "expected"),
        [
            (unsigned, "the signature by"),
            (for_another, "aud is"),
            (too_long, "it is not valid when it is sent"),
        ],
    )
    def test_an_assertion_that_is_not_right(self, monkeypatch, broken, expected):
        """The reader does not believe what our own code says of itself."""
        monkeypatch.setattr(request_check, "make_assertion", broken)
        found = failures(GOOD)

        assert ["requests"] == [*found]
        assert f"private_key_jwt: {expected}" in found["requests"]

    def test_a_secret_that_is_not_encoded(self, monkeypatch):
        """A server that decodes reads another one."""
        plain = attrs.evolve(GOOD, token_endpoint_auth_methods=("client_secret_basic",))

        def authenticate(request, plan, credential):
            return client_auth.client_secret_basic(
                request, plan.client_id, credential, encoding="raw"
            )

        monkeypatch.setattr(request_check, "authenticate", authenticate)

        assert "read" in told("requests", plain)

    def test_a_secret_sent_twice(self, monkeypatch):
        """One credential to a request (RFC 6749 section 2.3)."""

        def authenticate(request, plan, credential):
            request = client_auth.authenticate(request, plan, credential)
            return client_auth.client_secret_post(request, plan.client_id, credential)

        monkeypatch.setattr(request_check, "authenticate", authenticate)

        assert "more than one credential" in told("requests", GOOD)

    def test_a_media_type_that_is_no_form(self):
        """A quirk can break a request as well."""
        found = told("requests", quirky(content_type="application/json"))

        assert "Content-Type is application/json" in found

    def test_every_algorithm_that_is_named(self):
        """Each one is signed with, and read."""
        algorithms = ("RS384", "PS512", "ES512", "EdDSA", "Ed25519", "Ed448")

        assert passes("requests", quirky(assertion_algorithms=algorithms))


class TestAnswers:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"read_error": lambda body: "no"}, "returns str, not ErrorBody"),
            ({"read_success": lambda body: ["no"]}, "returns list, not Mapping"),
            ({"read_error": lambda body: body["error"]}, "KeyError"),
            (
                {"read_error": lambda body: body.update(a=1) or None},
                "changes what it is given",
            ),
        ],
    )
    def test_a_reader_that_does_not_keep_its_word(self, changes, expected):
        """The engine goes on without it, and its author should know."""
        provider = attrs.evolve(GOOD, **changes)

        assert expected in told("answers", provider)

    def test_a_reader_that_hides_members(self):
        """What the quirks name and nobody reads is told, too."""
        provider = attrs.evolve(
            GOOD, read_error=lambda body: ErrorBody("always") if body else None
        )

        assert "the error is not read" in told("members", provider)

    def test_known_answers(self):
        """Codes and tokens are those that their author expects."""
        answers = (
            KnownAnswer(name="one", status=400, body=b'{"error": "a"}', error="b"),
            KnownAnswer(name="two", status=200, body=b'{"error": "a"}', token="t"),
            KnownAnswer(name="three", status=200, body=b'{"access_token": "t"}'),
            KnownAnswer(
                name="four", status=200, body=b'{"access_token": "t"}', token="u"
            ),
            KnownAnswer(name="five", status=400, body=b'{"error": "a"}', error="a"),
        )
        found = failures(GOOD, answers=answers)

        assert ["known"] == [*found]
        assert found["known"].splitlines()[0] == "one: the code 'a' is read, not 'b'"
        assert "two: it is not taken for a token" in found["known"]
        assert "three: it is taken for a token" in found["known"]
        assert "four: another token is read" in found["known"]
        assert "five" not in found["known"]


class TestHints:
    @pytest.mark.parametrize(
        ("explanations", "expected"),
        [
            ([Explanation(error="a", hint="b\nc")], "not one line"),
            ([Explanation(error="a", hint="b" * 500)], "500 characters"),
            ([Explanation(error="a", description="x*", hint="b")], "an empty text"),
            ([Explanation(hint="b")], "any answer at all"),
            (
                [
                    Explanation(error="a_code", description="x", hint="b"),
                    Explanation(error="A Code", description="x", hint="c"),
                ],
                "A Code /x/ is never told: the explanation of a_code /x/",
            ),
        ],
    )
    def test_an_explanation_that_explains_nothing(self, explanations, expected):
        """Endless, about anything, or behind another one."""
        assert expected in told("explanations", explained(*explanations))

    def test_what_goes_by_a_text_may_stand_anywhere(self):
        """It is told before what goes by the code alone."""
        provider = explained(
            Explanation(error="a", status_code=401, hint="c"),
            Explanation(error="a", hint="d"),
            Explanation(error="a", description="x", hint="b"),
        )

        assert passes("explanations", provider)

    def test_a_code_that_means_something_else(self):
        """A rate limit comes before what does not pass."""
        provider = quirky(rate_limit_errors=["access_denied"])

        assert "access_denied under 503 passes" in told("hints", provider)


class TestSample:
    def test_it_is_loaded_with_the_candidate(self, tmp_path):
        """Without being installed, and whatever else stands in the file."""
        file = tmp_path / "sample.toml"
        file.write_text(
            '[profiles.a]\nprovider = "acme"\ndomain = "a.example"\nclient_id = "c"\n'
            'client_secret = { env = "S" }\n[profiles.b]\nprovider = "no-such"\n'
        )

        assert passes("sample", GOOD, sample=file)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "has no profile of acme"),
            ('[profiles.a]\nprovider = "acme"\n', "domain: is missing"),
            ("[profiles", "is not TOML"),
        ],
    )
    def test_one_that_does_not_work(self, text, expected, tmp_path):
        """The place is told."""
        file = tmp_path / "sample.toml"
        file.write_text(text)

        assert expected in told("sample", GOOD, sample=file)


class TestDialect:
    OKTA = find_provider("okta")

    def test_it_has_the_name_of_the_provider(self):
        """Or nobody would find it."""
        found = told("emulator", GOOD, dialect=load_dialect("curity"))

        assert found == "the emulator is called 'curity', not 'acme'"

    def test_errors_that_are_not_read(self):
        """A dialect speaks as the vendor; a provider that is deaf to it is told."""
        quirks = attrs.evolve(self.OKTA.quirks, error_members=("code",))
        deaf = attrs.evolve(self.OKTA, quirks=quirks)
        found = told("emulator", deaf, dialect=load_dialect("okta"))

        assert "an unknown client, as okta: the code None is read" in found

    def test_tokens_that_are_not_given(self):
        """A quirk that the emulated vendor does not share."""
        quirks = attrs.evolve(self.OKTA.quirks, client_assertion_type="urn:x")
        strange = attrs.evolve(self.OKTA, quirks=quirks)
        found = told("emulator", strange, dialect=load_dialect("okta"))

        assert "okta-private-key-jwt gets no token" in found

    def test_an_error_that_passes_for_a_token(self, monkeypatch):
        """What is no error for an emulator is told, too."""
        body = json.dumps({"access_token": "t", "token_type": "Bearer"}).encode()
        kind = attrs.evolve(
            load_dialect("okta"),
            fail=lambda status, request, tenant: Response(status=200, body=body),
        )

        assert "a 400: HTTP 200 is taken for a token" in told(
            "emulator", self.OKTA, dialect=kind
        )

    def test_every_mistake_is_made(self):
        """The emulator of Okta is asked for many errors, and has many answers."""
        said = []

        def read(provider, status, headers, body):
            said.append((status, body))
            return outcome_of(provider, status, headers, body)

        outcome_of = dialect_check.outcome_of
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dialect_check, "outcome_of", read)
            assert passes("emulator", self.OKTA, dialect=load_dialect("okta"))

        assert len({status for status, _ in said}) >= 8
        assert len(said) >= 20


class TestFinding:
    def test_by_name(self):
        """Sample and emulator of an installed provider are found with it."""
        found = find_candidate("okta")

        assert found.provider is find_provider("okta")
        assert found.sample.name == "sample_profile.toml"
        assert found.dialect.name == "okta"

    def test_in_the_catalogue(self):
        """Its sample stands beside its file."""
        assert find_candidate("auth0").sample.name == "auth0.sample.toml"

    def test_in_a_file(self, tmp_path):
        """A file describes the provider and is its sample."""
        file = tmp_path / "ccflow.toml"
        file.write_text(
            '[providers.acme]\ntoken_endpoint = "https://a.example/token"\n'
            'token_endpoint_auth_methods = ["client_secret_post"]\n'
        )
        found = find_candidate("acme", sample=file)

        assert found.provider.token_endpoint == "https://a.example/token"
        assert found.sample == file

    def test_a_check_that_raises_is_a_complaint(self):
        """Whoever wrote the provider gets told, and the other checks go on."""
        check = Check(name="x", claim="It is.", complain=lambda _: 1 / 0)
        verdict = check.judge(Candidate(provider=GOOD))

        assert ("failed", ("ZeroDivisionError: division by zero",)) == (
            verdict.state,
            verdict.remarks,
        )


class TestClass:
    @pytest.mark.parametrize(
        ("attributes", "told"),
        [
            ({}, "TestAcme.provider is None; set it to a Provider, or to the name"),
            ({"provider": 5}, "TestAcme.provider is 5; set it to"),
        ],
    )
    def test_one_without_a_provider(self, attributes, told):
        """One sentence, and not what Python makes of it."""
        kit = type("TestAcme", (ProviderConformance,), attributes)()

        with pytest.raises(pytest.fail.Exception) as caught:
            kit.test_it_holds(CHECKS[0])

        assert told in str(caught.value)


class TestPage:
    def test_every_check_is_in_the_reference(self):
        """The table of the page has each check with its sentence, in order."""
        page = (
            Path(__file__).resolve().parents[3] / "docs" / "reference" / "provider.md"
        )
        section = page.read_text("utf-8").split("## Conformance")[1].split("\n## ")[0]
        rows = re.findall(r"^\| `(\w+)` \| (.*?) \|$", section, re.MULTILINE)

        assert [(check.name, check.claim) for check in CHECKS] == rows
