"""Okta: what is refused before sending, and every answer that Okta documents."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenUnavailableError
from ccflow.plugin.registry import find_provider
from tests.unit.protocol.wire import DATE
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import TOKEN
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


KEY = {"client_secret": None, "private_key": {"file": "key.pem"}}


def problems_of(**changes):
    """Return the key and the text of each problem of a profile."""
    with pytest.raises(ProfileError) as caught:
        a_profile("okta", **changes)
    return {problem.key: str(problem) for problem in caught.value.problems}


class TestSettings:
    @pytest.mark.parametrize(
        ("domain", "told"),
        [
            ("https://acme.okta.com", "write the domain alone"),
            ("http://acme.okta.com/", "write the domain alone"),
            ("https://acme.okta.com/oauth2/default", "write the domain alone"),
            ("acme-admin.okta.com", "write it without -admin"),
            ("acme-admin.oktapreview.com", "write it without -admin"),
            ("acme-admin.okta-emea.com", "write it without -admin"),
            ("acme.okta.com/oauth2", "expected the Okta domain"),
            ("acme.okta.com@evil.example", "cannot be part of a URL"),
            ("acme.okta.com?x=", "cannot be part of a URL"),
            ("acme okta", "cannot be part of a URL"),
            ("", "cannot be part of a URL"),
        ],
    )
    def test_a_wrong_domain_is_corrected(self, domain, told):
        """What people paste from the browser is answered by what to write."""
        problems = problems_of(domain=domain)

        assert {"domain"} == problems.keys()
        assert told in problems["domain"]

    @pytest.mark.parametrize(
        "domain",
        [
            "acme.okta.com",
            "acme.oktapreview.com",
            "acme.okta-emea.com",
            "acme.okta-gov.com",
            "login.acme.com",
            "localhost:8443",
            "127.0.0.1:8443",
            "[::1]:8443",
        ],
    )
    def test_a_right_domain_is_taken(self, domain):
        """Every cell of Okta, custom domains, and emulators can be named."""
        _, plan = a_plan("okta", domain=domain)

        assert f"https://{domain}/oauth2/default/v1/token" == plan.token_endpoint

    @pytest.mark.parametrize("server", ["a/b", "..", "a..b", "", "a%2f", "ä", "a?b"])
    def test_an_authorization_server_is_one_segment(self, server):
        """An identifier cannot reach another path."""
        assert {"authorization_server"} == problems_of(
            authorization_server=server
        ).keys()


class TestScope:
    def test_one_is_needed(self):
        """A custom server without a scope is told before sending, both ways out."""
        profile = a_profile("okta", scope=None)

        with pytest.raises(ProfileError, match=r"needs a scope.*default_scope = true"):
            profile.plan()

    def test_it_may_come_with_the_call(self):
        """A profile without a scope serves callers that bring one."""
        assert ("a",) == a_profile("okta", scope=None).plan(scope=("a",))[1].scope

    def test_default_scopes(self):
        """With ``default_scope = true`` none is sent, and none is missed."""
        assert () == a_plan("okta", scope=None, default_scope=True)[1].scope

    @pytest.mark.parametrize(
        "scope", ["openid", "profile", "email", "offline_access", "phone"]
    )
    def test_openid_scopes_are_refused_with_the_reason(self, scope):
        """Scopes that ask for a user end before sending, and say why."""
        text = problems_of(scope=["customScope", scope])["scope"]

        assert repr(scope) in text
        assert "the client credentials grant has none" in text

    def test_okta_scopes_belong_to_the_org_server(self):
        """An API scope at a custom server is answered by where it is granted."""
        assert (
            'set authorization_server = "org"'
            in (problems_of(scope="okta.users.read")["scope"])
        )

    def test_a_call_is_checked_as_well(self):
        """A scope that a caller brings passes the same rules."""
        with pytest.raises(ProfileError, match="'openid'"):
            a_profile("okta").plan(scope=("openid",))


class TestMethods:
    def test_basic_is_the_default(self):
        """A secret alone means Basic."""
        assert "client_secret_basic" == a_plan("okta")[1].auth_method

    @pytest.mark.parametrize(
        "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
    )
    def test_any_secret_method_can_be_named(self, method):
        """An app that is registered for another method can say so."""
        _, plan = a_plan("okta", token_endpoint_auth_method=method)

        assert method == plan.auth_method

    def test_the_org_server_wants_a_key(self):
        """A secret at the org server is told before sending."""
        text = problems_of(authorization_server="org", scope="okta.users.read")

        assert "takes only private_key_jwt" in text["token_endpoint_auth_method"]

    def test_the_org_server_with_a_key(self):
        """The org server is planned with its endpoint and its issuer's audience."""
        _, plan = a_plan(
            "okta", authorization_server="org", scope="okta.users.read", **KEY
        )

        assert "private_key_jwt" == plan.auth_method
        assert "https://acme.okta.com/oauth2/v1/token" == plan.assertion_audience

    @pytest.mark.parametrize("algorithm", ["PS256", "EdDSA", "HS256"])
    def test_algorithms_that_okta_does_not_take(self, algorithm):
        """An algorithm that Okta would refuse is told before sending."""
        assert {"token_endpoint_auth_signing_alg"} == problems_of(
            token_endpoint_auth_signing_alg=algorithm, **KEY
        ).keys()


# Okta's table of errors: status, code, text, and a word of the hint.
OAUTH_ERRORS = [
    (
        400,
        "invalid_scope",
        (
            "The authorization server resource does not have any "
            "configured default scopes, 'scope' must be provided."
        ),
        "mark one as default",
    ),
    (400, "invalid_scope", "No scopes were requested.", "mark one as default"),
    (
        400,
        "invalid_scope",
        (
            "One or more scopes are not configured for the authorization "
            "server resource."
        ),
        "correct its spelling",
    ),
    (
        400,
        "invalid_scope",
        "Cannot request 'openid' scopes using client credentials.",
        "take the OpenID scopes out",
    ),
    (
        401,
        "invalid_client",
        "The client secret supplied for a confidential client is invalid.",
        "the secret is wrong or was rotated",
    ),
    (401, "invalid_client", "No client credentials found.", "no credential arrived"),
    (
        401,
        "invalid_client",
        "Found Authentication header but was not valid client credentials.",
        "basic_encoding",
    ),
    (
        401,
        "invalid_client",
        ("The client_assertion must contain the 'exp' claim as seconds since epoch."),
        "whole seconds",
    ),
    (
        401,
        "invalid_client",
        "The parsing of the client_assertion failed.",
        "must be a JWT",
    ),
    (
        400,
        "invalid_request",
        "The token request must specify a 'grant_type'. Valid values: [...]",
        "the form did not arrive",
    ),
    (400, "server_error", "The claim could not be evaluated.", "Claims"),
    (403, "server_error", "The feature is not enabled.", "a feature is off"),
    (
        401,
        "invalid_client",
        (
            "Client authentication failed. Either the client or the "
            "client credentials are invalid."
        ),
        "token_endpoint_auth_method",
    ),
    (
        401,
        "invalid_client",
        "Invalid value for 'client_id' parameter.",
        "Okta knows no such client",
    ),
    (
        400,
        "unauthorized_client",
        (
            "The client is not authorized to use the provided grant type."
            " Configured grant types: [authorization_code]."
        ),
        "tick Client Credentials",
    ),
    (
        400,
        "unauthorized_client",
        "This client cannot use a custom authorization server.",
        'authorization_server = "org"',
    ),
    (
        400,
        "unsupported_grant_type",
        (
            "'client_credentials' grant type can only be used with a "
            "custom authorization server."
        ),
        "name a custom authorization_server",
    ),
    (
        401,
        "access_denied",
        (
            "Policy evaluation failed for this request, please check the "
            "policy configurations."
        ),
        "Access Policies",
    ),
    (
        400,
        "access_denied",
        ("Policy evaluation succeeded, but all the requested scopes were rejected."),
        "Access Policies",
    ),
    (
        403,
        "access_denied",
        ("The request is made from outside the client's permitted network zones."),
        "Networks",
    ),
    (
        400,
        "consent_required",
        "You are not allowed any of the requested scopes.",
        "Okta API Scopes",
    ),
    (
        401,
        "invalid_request",
        ("Cannot supply multiple client credentials. Use one of the following: ..."),
        "send one credential",
    ),
    (401, "invalid_client", "The client_assertion token is expired.", "clock"),
    (
        401,
        "invalid_client",
        "The client_assertion token has an expiration too far into the future.",
        "clock",
    ),
    (
        401,
        "invalid_client",
        "The client_assertion token must be issued before the current time.",
        "clock",
    ),
    (
        401,
        "invalid_client",
        (
            "The audience claim for client_assertion must be the endpoint"
            " invoked for the request."
        ),
        "assertion_audience",
    ),
    (
        401,
        "invalid_client",
        "The client_assertion token has already been used.",
        "sent twice",
    ),
    (
        401,
        "invalid_client",
        "The client_assertion signature is invalid.",
        "Public Keys",
    ),
    (401, "invalid_client", "The client_assertion JWT kid is invalid.", "Public Keys"),
    (
        401,
        "invalid_client",
        (
            "The client does not have a JWKSet configured, but the "
            "client_assertion requires one."
        ),
        "Public Keys",
    ),
    (
        401,
        "invalid_client",
        "Error retrieving the client JWKSet from jwks_uri.",
        "jwks_uri",
    ),
    (
        401,
        "invalid_client",
        "The client secret is too short to verify a JWT HMAC.",
        "32 characters",
    ),
    (400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "untick"),
    (
        400,
        "use_dpop_nonce",
        "Authorization server requires nonce in DPoP proof.",
        "untick",
    ),
]

CATEGORIES = {
    "invalid_client": "client_auth",
    "unauthorized_client": "client_auth",
    "invalid_scope": "scope",
    "consent_required": "scope",
}


class TestErrors:
    @pytest.mark.parametrize(("status", "code", "text", "hint"), OAUTH_ERRORS)
    def test_oauth_envelope(self, status, code, text, hint):
        """Every documented refusal has its code, its text, and a hint of its own."""
        body = {"error": code, "error_description": text}
        found = outcome_of(an_answer(status, json.dumps(body)), "okta")

        assert isinstance(found, TokenRefusedError)
        assert (code, text, status) == (
            found.error,
            found.error_description,
            found.status_code,
        )
        assert hint in found.hint
        if code in CATEGORIES:
            assert CATEGORIES[code] == found.category

    @pytest.mark.parametrize("status", [400, 401])
    def test_hybrid_envelope(self, status):
        """An unknown client comes as an OAuth code in Okta's own envelope."""
        body = {
            "errorCode": "invalid_client",
            "errorSummary": "Invalid value for 'client_id' parameter.",
            "errorLink": "invalid_client",
            "errorId": "oaeX1y2z3",
            "errorCauses": [],
        }
        found = outcome_of(an_answer(status, json.dumps(body)), "okta")

        assert isinstance(found, TokenRefusedError)
        assert ("invalid_client", "client_auth", "oaeX1y2z3") == (
            found.error,
            found.category,
            found.correlation_id,
        )
        assert "Okta knows no such client" in found.hint

    @pytest.mark.parametrize(
        ("status", "code", "kind", "category", "hint"),
        [
            (404, "E0000007", TokenRefusedError, "request", "authorization_server"),
            (405, "E0000022", TokenRefusedError, "request", "takes no POST"),
            (400, "E0000021", TokenRefusedError, "request", "Accept"),
            (429, "E0000047", TokenUnavailableError, "rate_limit", "Rate Limits"),
            (403, "E0000047", TokenUnavailableError, "rate_limit", "Rate Limits"),
            (500, "E0000009", TokenUnavailableError, "server", "try again later"),
            (503, "E0000010", TokenUnavailableError, "server", "try again later"),
        ],
    )
    def test_api_envelope(self, status, code, kind, category, hint):
        """Okta's numbered errors are read, explained and put in their class."""
        body = {
            "errorCode": code,
            "errorSummary": "Some text",
            "errorLink": code,
            "errorId": "oae1",
            "errorCauses": [],
        }
        found = outcome_of(an_answer(status, json.dumps(body)), "okta")

        assert kind is type(found)
        assert (code, category, "oae1", "Some text") == (
            found.error,
            found.category,
            found.correlation_id,
            found.error_description,
        )
        assert hint in found.hint

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (400, "temporarily_unavailable", TokenUnavailableError),
            (500, "server_error", TokenUnavailableError),
            (400, "server_error", TokenRefusedError),
            (403, "server_error", TokenRefusedError),
        ],
    )
    def test_what_passes_goes_by_the_code(self, status, code, kind):
        """Overload under 400 is worth a retry, a claim that fails is not."""
        found = outcome_of(an_answer(status, json.dumps({"error": code})), "okta")

        assert kind is type(found)

    def test_a_rate_limit_says_when_to_come_back(self):
        """429 with Okta's headers: the wait is reset minus Date, plus one."""
        found = outcome_of(
            an_answer(
                429,
                '{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit '
                'due to too many requests."}',
                {
                    "Date": DATE,
                    "X-Rate-Limit-Limit": "60",
                    "X-Rate-Limit-Remaining": "0",
                    "X-Rate-Limit-Reset": f"{NOW + 41:.0f}",
                    "X-Okta-Request-Id": "Y8",
                },
            ),
            "okta",
        )

        assert (42.0, "Y8", True) == (
            found.retry_after,
            found.correlation_id,
            found.retryable,
        )


class TestSuccess:
    def test_documented_body(self):
        """Seeds 0, 1 and 4: type, lifetime and scope."""
        body = {
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "customScope",
        }
        found = outcome_of(an_answer(200, json.dumps(body)), "okta")

        assert ("Bearer", 3600.0, ("customScope",)) == (
            found.token_type,
            found.expires_in,
            found.scope,
        )


class TestIssuer:
    @pytest.mark.parametrize(
        ("server", "issuer"),
        [
            ("default", "https://acme.okta.com/oauth2/default"),
            ("aus1", "https://acme.okta.com/oauth2/aus1"),
            ("org", "https://acme.okta.com"),
        ],
    )
    def test_it_follows_the_server(self, server, issuer):
        """The org server's issuer is its domain, without ``/oauth2``."""
        provider = find_provider("okta")

        assert issuer == provider.issuer(
            {"domain": "acme.okta.com", "authorization_server": server}
        )


class TestSample:
    def test_its_profiles_can_be_used(self):
        """A newcomer who copies the sample has profiles that plan."""
        import ccflow_okta

        path = Path(ccflow_okta.__file__).with_name("sample_profile.toml")
        for name, values in tomllib.loads(path.read_text())["profiles"].items():
            assert "okta" == Profile.from_mapping(values, name).plan()[1].provider
