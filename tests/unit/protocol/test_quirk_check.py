"""Values of quirks that cannot be, whoever gave them."""

from __future__ import annotations

import pytest

from ccflow.protocol.quirk_check import quirk_problems
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.quirks import changed_quirks


def found(**values):
    return list(quirk_problems(Quirks(**values)))


class TestQuirkProblems:
    def test_the_usual_ones(self):
        """Nothing is wrong with the standards."""
        assert [] == found()

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("grant_type", "", "'' is empty"),
            ("content_type", "", "'' is empty"),
            ("content_type", "json", "'json' is not a media type"),
            ("scope_separator", "", "'' is empty"),
            ("scope_pattern", "(", "'(' is no regular expression"),
            ("expires_in_members", [""], "'' is empty"),
            ("retryable_errors", ["x", " "], "' ' is empty"),
            ("error_members", ["a..b"], "'a..b' has an empty part"),
            ("scope_members", [".a"], "'.a' has an empty part"),
            ("access_token_members", [], "is empty, so that nothing can be found"),
            ("metadata_locations", [], "is empty, so that nothing can be found"),
            ("metadata_locations", ["{nope}/x"], "begin it with {origin}/ or"),
            ("metadata_locations", ["{origin}/{x}"], "'{origin}/{x}' is no location"),
            ("endpoint_origins", ["foo"], "'foo' is not an origin"),
            ("correlation_id_headers", ["a:b"], "'a:b' is not the name of a header"),
            ("rate_limit_headers", ["a b"], "'a b' is not the name of a header"),
            ("rate_limit_reset_header", "a:", "'a:' is not the name of a header"),
        ],
    )
    def test_what_cannot_be(self, name, value, told):
        """One mistake is one problem, with the name of the field."""
        ((key, fault),) = found(**{name: value})

        assert name == key
        assert told in fault

    @pytest.mark.parametrize(
        "values",
        [
            {"scope_separator": " "},
            {"error_members": []},
            {"correlation_id_headers": ["Host"]},
            {"expires_in_members": ["data.0.expires_in"]},
            {"retryable_errors": ["invalid_client"]},
            {"rate_limit_errors": ["temporarily_unavailable"]},
        ],
    )
    def test_what_can(self, values):
        """A blank parts scopes, a header may come back, and usual codes give way."""
        assert [] == found(**values)

    @pytest.mark.parametrize(
        ("values", "key", "other"),
        [
            (
                {"retryable_errors": ["a_b"], "permanent_errors": ["A b"]},
                "permanent_errors",
                "retryable_errors",
            ),
            (
                {"permanent_errors": ["temporarily_unavailable"]},
                "permanent_errors",
                "retryable_errors",
            ),
            (
                {"retryable_errors": ["slow_down"]},
                "retryable_errors",
                "rate_limit_errors",
            ),
        ],
    )
    def test_a_code_without_effect(self, values, key, other):
        """What another list takes first was put there for nothing."""
        ((name, fault),) = found(**values)

        assert key == name
        assert f"is in {other} as well, which wins" in fault


class TestRequestHeaders:
    def test_accept_is_always_sent(self):
        """Servers answer in their own way to whoever takes anything."""
        headers = Quirks(request_headers={"X-Tenant": "a"}).request_headers

        assert {"Accept": "application/json", "X-Tenant": "a"} == headers

    def test_unless_it_is_named(self):
        """However it is written."""
        headers = Quirks(request_headers={"accept": "a/b"}).request_headers

        assert {"accept": "a/b"} == headers

    def test_those_of_a_profile_are_put_over_them(self):
        """By name, as tables are."""
        provider = Quirks(request_headers={"X-A": "1", "X-B": "1"})
        quirks = changed_quirks(
            provider, {"request_headers": {"x-b": "2"}, "grant_type": "x"}
        )

        assert "x" == quirks.grant_type
        assert {"Accept": "application/json", "X-A": "1", "x-b": "2"} == (
            quirks.request_headers
        )

    def test_a_change_of_something_else_keeps_them(self):
        """Nothing is lost on the way."""
        provider = Quirks(request_headers={"accept": "a/b"})

        assert {"accept": "a/b"} == (
            changed_quirks(provider, {"grant_type": "x"}).request_headers
        )
