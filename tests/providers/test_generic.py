"""The generic provider: any server, every quirk from the profile."""

from __future__ import annotations

import json
from base64 import b64encode

import attrs
import pytest

from ccflow.errors import ProfileError
from ccflow.protocol.quirks import Quirks
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import headers_of
from tests.unit.protocol.wire import outcome_of


# A value that differs from the default, for every quirk.
QUIRKS = {
    "access_token_members": ["accessToken"],
    "assertion_algorithms": ["ES256"],
    "assertion_audience": "urn:x",
    "assertion_lifetime": 30,
    "assertion_not_before": True,
    "basic_encoding": "raw",
    "bearer_token_types": ["Kind"],
    "certificate_headers": ["x5t"],
    "client_assertion_type": "urn:y",
    "client_id_with_assertion": True,
    "content_type": "application/x-www-form-urlencoded;charset=UTF-8",
    "correlation_id_headers": ["X-Trace"],
    "correlation_id_members": ["ticket"],
    "default_expires_in": 60.0,
    "error_description_members": ["text"],
    "error_members": ["fault"],
    "endpoint_origins": ["https://tokens.example"],
    "exclusive_scopes": ["all"],
    "expires_at_members": ["until"],
    "expires_in_members": ["expires"],
    "expires_in_unit": "milliseconds",
    "forbidden_scopes": ["openid"],
    "grant_type": "account_credentials",
    "metadata_locations": ["{origin}/about"],
    "metadata_members": ["about"],
    "permanent_errors": ["never"],
    "rate_limit_errors": ["quota"],
    "rate_limit_headers": ["X-Limited"],
    "rate_limit_reset_header": "X-Reset",
    "request_headers": {"Accept": "text/json", "X-Tenant": "acme"},
    "required_scopes": ["a"],
    "client_auth_errors": ["invalid_grant"],
    "retryable_errors": ["again"],
    "scope_echoed": True,
    "scope_members": ["scopes"],
    "scope_pattern": "[a-z]",
    "scope_required": True,
    "scope_separator": ",",
    "single_scope": True,
}


class TestQuirks:
    def test_the_table_is_complete(self):
        """No quirk is added without a place in these tests."""
        assert QUIRKS.keys() == attrs.fields_dict(Quirks).keys()

    @pytest.mark.parametrize("name", QUIRKS)
    def test_each_can_be_set_in_the_profile(self, name):
        """A profile overrides any quirk by its field name."""
        value = QUIRKS[name]
        _, plan = a_plan(quirks={name: value}, scope="a")
        expected = tuple(value) if isinstance(value, list) else value

        assert expected == getattr(plan.quirks, name)
        assert expected != getattr(Quirks(), name)

    @pytest.mark.parametrize("name", QUIRKS)
    def test_each_has_its_type(self, name):
        """A value of another type is told with the quirk's name."""
        with pytest.raises(ProfileError) as caught:
            a_profile(quirks={name: {"a": 1} if name != "request_headers" else "x"})

        assert [f"quirks.{name}"] == [problem.key for problem in caught.value.problems]

    def test_they_reach_the_wire(self):
        """Encoding, content type and headers are on the request."""
        request = a_request(client_secret="a b", scope="a", quirks=QUIRKS)
        headers = headers_of(request)

        assert (
            "Basic " + b64encode(b"a-client:a b").decode() == headers["authorization"]
        )
        assert QUIRKS["content_type"] == headers["content-type"]
        assert "acme" == headers["x-tenant"]
        assert "text/json" == headers["accept"]

    def test_they_reach_the_answer(self):
        """Codes, texts, limits and identifiers are read by the profile's names."""
        found = outcome_of(
            an_answer(
                403,
                json.dumps({"fault": "quota", "text": "slow", "ticket": 7}),
                {"X-Reset": f"{NOW + 9:.0f}"},
            ),
            quirks=QUIRKS,
            scope="a",
        )

        assert ("rate_limit", "quota", "slow", "7", 10.0) == (
            found.category,
            found.error,
            found.error_description,
            found.correlation_id,
            found.retry_after,
        )

    def test_a_code_of_a_wrong_secret(self):
        """What the server says so of is no fault of the request."""
        refusal = an_answer(400, json.dumps({"error": "Invalid Grant"}))
        quirks = {"client_auth_errors": ["invalid_grant"]}

        assert "request" == outcome_of(refusal).category
        assert "client_auth" == outcome_of(refusal, quirks=quirks).category

    def test_they_reach_the_token(self):
        """Token, type, lifetime and scope are read by the profile's names."""
        found = outcome_of(
            an_answer(
                200,
                json.dumps(
                    {
                        "accessToken": "t",
                        "token_type": "KIND",
                        "expires": "3599000",
                        "scopes": ["a"],
                        "expires_in": 7,
                    }
                ),
            ),
            quirks=QUIRKS,
            scope="a",
        )

        assert "t" == found.access_token.reveal()
        assert ("KIND", 3599.0, ("a",)) == (
            found.token_type,
            found.expires_in,
            found.scope,
        )
        assert {} == found.extra

    @pytest.mark.parametrize(
        ("quirks", "told"),
        [
            ({"basic_encodin": "raw"}, "did you mean 'basic_encoding'"),
            ({"basic_encoding": "plus"}, "expected one of 'form', 'raw', got 'plus'"),
            ({"expires_in_unit": "hours"}, "'seconds', 'milliseconds', got 'hours'"),
            ({"assertion_lifetime": 0}, "above zero"),
            ({"assertion_lifetime": 1.5}, "expected a whole number, got a number"),
            ({"default_expires_in": -1}, "above zero"),
            ({"default_expires_in": float("nan")}, "above zero"),
            ({"default_expires_in": 10**400}, "too large"),
            ({"scope_required": 1}, "expected true or false, got a whole number"),
            ({"error_members": "error"}, "expected an array of text, got text"),
            ({"error_members": ["a", 1]}, r"members\[1\]: expected text"),
            ({"request_headers": {"A": 1}}, "headers.A: expected text, got a whole"),
            ({"request_headers": {"A b": "1"}}, "not the name of a header"),
            ({"request_headers": {"Authorization": "1"}}, "sets this header itself"),
        ],
    )
    def test_a_wrong_one_is_told(self, quirks, told):
        """What is wrong with a quirk is said with its place."""
        with pytest.raises(ProfileError, match=told) as caught:
            a_profile(quirks=quirks)

        assert caught.value.problems[0].key.startswith(f"quirks.{next(iter(quirks))}")


class TestProfile:
    def test_it_is_the_default_provider(self):
        """A profile with an endpoint needs no provider."""
        assert "generic" == a_profile().provider

    def test_it_needs_an_endpoint(self):
        """Without an endpoint nothing can be asked, and that is said."""
        with pytest.raises(ProfileError, match="token_endpoint: is missing"):
            a_profile(token_endpoint=None)
