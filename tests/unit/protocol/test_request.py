"""The token request as a value and as bytes."""

from __future__ import annotations

import pytest

from ccflow.errors import SecretError
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import headers_of
from tests.unit.protocol.wire import parse_form


class TestParameters:
    def test_everything_that_is_asked_for_is_sent_in_order(self):
        """Scope, audience, each resource and the extra parameters are in the form."""
        request = a_request(
            scope=["b", "a"],
            audience="https://api.example.com/",
            resource=["https://one.example", "https://two.example"],
            extra_parameters={"account_id": "A 1&2"},
        )

        assert [
            ("grant_type", "client_credentials"),
            ("scope", "b a"),
            ("audience", "https://api.example.com/"),
            ("resource", "https://one.example"),
            ("resource", "https://two.example"),
            ("account_id", "A 1&2"),
        ] == parse_form(request.wire_body())

    def test_nothing_is_sent_empty(self):
        """A server that chokes on ``scope=`` never sees one."""
        _, plan = a_profile(scope="a", resource="urn:b").plan(scope=(), resource=())
        request = with_grant(make_token_request(plan, {}), plan, {})

        assert b"grant_type=client_credentials" == request.wire_body()

    def test_a_space_is_never_a_plus(self):
        """Servers that decode only ``%20`` read a scope of two words."""
        assert b"scope=a%20b" in a_request(scope="a b").wire_body()

    def test_scopes_keep_their_order_and_lose_their_doubles(self):
        """The scope on the wire is what the profile says, each value once."""
        assert ("scope", "z a m") in parse_form(
            a_request(scope=["z", "a", "z", "m"]).wire_body()
        )


class TestHeaders:
    def test_the_profile_wins_over_the_provider(self):
        """A header of the profile replaces the provider's, whatever its case."""
        request = a_request("okta", headers={"ACCEPT": "application/jwt"})

        assert "application/jwt" == headers_of(request)["accept"]
        assert 1 == [name.lower() for name, _ in request.wire_headers()].count(
            b"accept"
        )

    @pytest.mark.parametrize(
        "value", ["k3y\r\nEvil: 1", "k3y\n", " k3y", "k3y ", "k\0y", "k\x7fy"]
    )
    def test_a_value_that_is_no_header_is_refused_unshown(self, value):
        """A stray line break in a header's secret is told without the secret."""
        with pytest.raises(SecretError) as caught:
            a_request(headers={"X-Key": value})

        assert str(caught.value).startswith("headers.X-Key: ")
        assert "k3y" not in str(caught.value)

    @pytest.mark.parametrize("value", ["k", "k y", "k\ty", "schlüssel"])
    def test_any_other_value_is_sent_as_it_is(self, value):
        """Spaces within, tabs and UTF-8 reach the server."""
        request = a_request(headers={"X-Key": value})

        assert value == headers_of(request)["x-key"]


class TestRepr:
    def test_it_can_be_printed(self):
        """A request in a log or a debugger shows everything but its secrets."""
        request = a_request(
            "curity",
            headers={"X-Key": "k3y-of-gateway"},
            extra_parameters={"account": "acc0unt"},
        )

        text = f"{request!r} {request}"

        assert "oauth-token" in text
        for secret in ("Secr3t!", "k3y-of-gateway", "acc0unt"):
            assert secret not in text
            assert secret in {value.reveal() for value in request.secrets()}
