"""Oracle identity domains: scopes, several tokens at once, and its errors."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from tests.unit.protocol.wire import TOKEN
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


ALL = "urn:opc:resource:consumer::all"
MULTI = "urn:opc:resource:multiresourcescope"
ONE = "http://abccorp1.com/scope1"
TWO = "http://abccorp2.com/scope1"


class TestScope:
    @pytest.mark.parametrize(
        "scope",
        [
            [ALL],
            ["urn:opc:idm:__myscopes__"],
            [ONE, "http://abccorp1.com/scope2"],
            [ONE, TWO, MULTI],
            [ONE, "urn:opc:resource:expiry=3600"],
        ],
    )
    def test_what_oracle_takes(self, scope):
        """The documented combinations can be asked for."""
        assert tuple(scope) == a_plan("oracle-idcs", scope=scope)[1].scope

    @pytest.mark.parametrize(
        ("scope", "told"),
        [
            ([ALL, ONE], "must be the only scope"),
            ([ONE, TWO], "2 audiences"),
            ([ONE, "https://abccorp1.com/scope1"], "2 audiences"),
            (["a b".replace(" ", "\t")], "is not a scope"),
            (['a"b'], "is not a scope"),
            (["ä"], "is not a scope"),
        ],
    )
    def test_what_oracle_refuses(self, scope, told):
        """A combination that is known to fail is told before sending."""
        with pytest.raises(ProfileError, match=told):
            a_profile("oracle-idcs", scope=scope)

    def test_one_is_needed(self):
        """A request without a scope is told before sending."""
        with pytest.raises(ProfileError, match="needs a scope"):
            a_profile("oracle-idcs", scope=None).plan()


class TestMethods:
    def test_basic_is_the_default_and_raw(self):
        """A secret is joined as it is, which Oracle's own samples do."""
        _, plan = a_plan("oracle-idcs")

        assert ("client_secret_basic", "raw") == (
            plan.auth_method,
            plan.quirks.basic_encoding,
        )

    def test_a_secret_cannot_sign(self):
        """A method that Oracle's metadata does not list is told."""
        with pytest.raises(ProfileError, match="does not take 'client_secret_jwt'"):
            a_profile("oracle-idcs", token_endpoint_auth_method="client_secret_jwt")

    def test_only_rs256(self):
        """An algorithm that Oracle would refuse is told."""
        with pytest.raises(ProfileError, match="does not take 'PS256'"):
            a_profile(
                "oracle-idcs",
                client_secret=None,
                private_key={"file": "k"},
                token_endpoint_auth_signing_alg="PS256",
            )


class TestSuccess:
    def test_documented_body(self):
        """No scope, a JWT, 3600 s."""
        body = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
        found = outcome_of(an_answer(200, json.dumps(body)), "oracle-idcs")

        assert ("Bearer", 3600.0, None) == (
            found.token_type,
            found.expires_in,
            found.scope,
        )

    def test_a_stray_refresh_token_is_dropped(self):
        """A refresh token that comes along is neither used nor kept."""
        body = {"access_token": TOKEN, "refresh_token": "r", "id_token": "i", "x": 1}
        found = outcome_of(an_answer(200, json.dumps(body)), "oracle-idcs")

        assert {"x": 1} == found.extra

    def test_several_tokens(self):
        """The first token of ``tokenResponses`` is used; all stay in ``extra``."""
        answers = [
            {"access_token": None},
            {"access_token": "one", "token_type": "Bearer", "expires_in": 60},
            {"access_token": "two", "token_type": "Bearer", "expires_in": 90},
        ]
        body = {"tokenResponses": answers, "id_token": "i"}
        found = outcome_of(an_answer(200, json.dumps(body)), "oracle-idcs")

        assert ("one", 60.0) == (found.access_token.reveal(), found.expires_in)
        assert {"tokenResponses": answers} == found.extra

    @pytest.mark.parametrize(
        "answers", [[], {}, None, ["x"], [{}], [{"access_token": ""}], [None]]
    )
    def test_several_answers_without_a_token(self, answers):
        """An envelope with nothing in it is no token."""
        found = outcome_of(
            an_answer(200, json.dumps({"tokenResponses": answers})), "oracle-idcs"
        )

        assert isinstance(found, TokenResponseError)


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "code", "hint"),
        [
            (401, "invalid_client", "alias of the certificate"),
            (400, "unauthorized_client", "tick Client credentials"),
            (400, "unsupported_grant_type", "tick Client credentials"),
            (400, "invalid_scope", "goes alone"),
            (403, "access_denied", "app roles"),
        ],
    )
    def test_each_has_its_page_in_the_console(self, status, code, hint):
        """A refusal names the page of the console, and has the ``ecid``."""
        found = outcome_of(
            an_answer(status, json.dumps({"error": code, "ecid": "Suwmo0F0"})),
            "oracle-idcs",
        )

        assert isinstance(found, TokenRefusedError)
        assert hint in found.hint
        assert "Suwmo0F0" == found.correlation_id


class TestSample:
    def test_its_profiles_can_be_used(self):
        """A newcomer who copies the sample has profiles that plan."""
        import ccflow_oracle_idcs

        path = Path(ccflow_oracle_idcs.__file__).with_name("sample_profile.toml")
        for name, values in tomllib.loads(path.read_text())["profiles"].items():
            _, plan = Profile.from_mapping(values, name).plan()
            assert "oracle-idcs" == plan.provider
