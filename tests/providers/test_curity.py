"""Curity: paths that are configuration, opaque tokens, and its errors."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "token_endpoint"),
        [
            ({}, "https://localhost:8443/oauth/v2/oauth-token"),
            ({"host": "id.acme.com"}, "https://id.acme.com/oauth/v2/oauth-token"),
            (
                {"token_path": "oauth-token-mutual-tls"},
                "https://localhost:8443/oauth/v2/oauth-token-mutual-tls",
            ),
            (
                {"token_path": "ext/oauth-token"},
                "https://localhost:8443/oauth/v2/ext/oauth-token",
            ),
            (
                {"token_endpoint": "http://localhost:8443/token"},
                "http://localhost:8443/token",
            ),
        ],
    )
    def test_endpoint(self, settings, token_endpoint):
        """Host, port and path follow the installation; an endpoint overrides all."""
        assert token_endpoint == a_plan("curity", **settings)[1].token_endpoint

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("token_path", "/oauth-token"),
            ("token_path", "oauth-token/"),
            ("token_path", "../admin"),
            ("token_path", "a//b"),
            ("token_path", "a?b=c"),
            ("token_path", "a%2fb"),
            ("token_path", "a\\b"),
            ("host", "https://id.acme.com"),
            ("host", "id.acme.com/oauth"),
            ("host", "id.acme.com:port"),
            ("host", "id.acme.com:99999"),
            ("host", "user@id.acme.com"),
            ("host", "-id.acme.com"),
            ("host", "id..acme.com"),
        ],
    )
    def test_nothing_else_gets_into_the_url(self, key, value):
        """A setting that would reach another host or path is a problem."""
        with pytest.raises(ProfileError):
            a_profile("curity", **{key: value})

    def test_plain_http_needs_loopback(self):
        """A cluster's plain http is refused with the reason."""
        with pytest.raises(ProfileError, match="only a loopback address"):
            a_profile("curity", token_endpoint="http://curity-idsvr-runtime-svc:8443/t")


class TestMethods:
    @pytest.mark.parametrize(
        ("changes", "method"),
        [
            ({}, "client_secret_post"),
            (
                {"token_endpoint_auth_method": "client_secret_basic"},
                "client_secret_basic",
            ),
            (
                {"client_secret": None, "private_key": {"file": "k"}},
                "private_key_jwt",
            ),
            (
                {"client_secret": None, "client_assertion": {"file": "k"}},
                "private_key_jwt",
            ),
        ],
    )
    def test_the_form_is_the_default(self, changes, method):
        """A secret goes in the form, as in the tutorial, unless it is named."""
        assert method == a_plan("curity", **changes)[1].auth_method


class TestSuccess:
    @pytest.mark.parametrize("scope", [{}, {"scope": ""}, {"scope": "read"}])
    def test_documented_body(self, scope):
        """Seed 3: lower-case bearer, an opaque token, 299 s, with or without scope."""
        body = {
            "access_token": "0470b16b-7bf8-4fa3-9ae1-6a10e0f0b699",
            "token_type": "bearer",
            "expires_in": 299,
            **scope,
        }
        found = outcome_of(an_answer(200, json.dumps(body)), "curity")

        assert ("bearer", 299.0, ("read",) if scope.get("scope") else None) == (
            found.token_type,
            found.expires_in,
            found.scope,
        )

    def test_tokens_are_never_parsed(self):
        """A wrapped token that looks like a JWT and is none is passed on as it is."""
        token = "eyJub3QtYS1qd3Q.!!.??"
        found = outcome_of(
            an_answer(200, json.dumps({"access_token": token})), "curity"
        )

        assert token == found.access_token.reveal()


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "code", "hint"),
        [
            (401, "invalid_client", "Client Authentication"),
            (400, "invalid_client", "Client Authentication"),
            (400, "unauthorized_client", "capability Client Credentials"),
            (400, "unsupported_grant_type", "capability Client Credentials"),
            (400, "invalid_scope", "add the scope"),
        ],
    )
    def test_each_has_its_page_in_the_console(self, status, code, hint):
        """A refusal names the page of the Admin UI to look at."""
        found = outcome_of(an_answer(status, json.dumps({"error": code})), "curity")

        assert isinstance(found, TokenRefusedError)
        assert hint in found.hint

    def test_a_wrong_path(self):
        """404 without a page points to ``token_path``."""
        found = outcome_of(an_answer(404), "curity")

        assert "token_path" in found.hint

    def test_an_error_page(self):
        """The Admin UI's HTML on a wrong path is told from an answer of the server."""
        found = outcome_of(
            an_answer(404, "<html><title>Not Found</title></html>"), "curity"
        )

        assert isinstance(found, TokenResponseError)
        assert "titled 'Not Found'" in str(found)


class TestSample:
    def test_its_profiles_can_be_used(self):
        """A newcomer who copies the sample has profiles that plan."""
        import ccflow_curity

        path = Path(ccflow_curity.__file__).with_name("sample_profile.toml")
        for name, values in tomllib.loads(path.read_text())["profiles"].items():
            assert "curity" == Profile.from_mapping(values, name).plan()[1].provider
