"""Each method of client authentication, read back by a server of four lines."""

from __future__ import annotations

import jwt
import pytest

from ccflow.protocol.assertion import lasting_claims
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.request import make_token_request
from ccflow.secret import Secret
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import headers_of
from tests.unit.protocol.wire import parse_basic_as_server
from tests.unit.protocol.wire import parse_form


HARD = [
    "plain",
    "co:lon",
    "per%cent",
    "%2B",
    "pl+us",
    "sp ace",
    "a&b=c/d?e#f",
    "ümläut €",
    "-_.~!*'()",
    "quote\"s'\\",
    "%&+£€",
]


class TestClientSecretBasic:
    @pytest.mark.parametrize("client_id", HARD)
    @pytest.mark.parametrize("secret", HARD)
    def test_a_server_that_decodes_reads_both_halves(self, client_id, secret):
        """Whatever an identifier and a secret hold, RFC 6749 servers read them."""
        request = a_request(client_id=client_id, client_secret=secret)

        assert (client_id, secret) == parse_basic_as_server(
            headers_of(request)["authorization"], decodes=True
        )

    @pytest.mark.parametrize("secret", HARD)
    def test_a_server_that_does_not_decode_reads_raw_ones(self, secret):
        """With ``basic_encoding = "raw"`` a secret arrives as it was typed."""
        request = a_request(client_secret=secret, quirks={"basic_encoding": "raw"})

        assert ("a-client", secret) == parse_basic_as_server(
            headers_of(request)["authorization"], decodes=False
        )

    def test_the_vector_of_the_specification(self):
        """The example of OAuth 2.1, appendix B, with ``%20`` in place of ``+``."""
        request = a_request(client_secret=" %&+£€")

        assert ("a-client", "%20%25%26%2B%C2%A3%E2%82%AC") == parse_basic_as_server(
            headers_of(request)["authorization"], decodes=False
        )

    def test_only_one_method_is_applied(self):
        """No credential and no client_id is repeated in the form."""
        assert [("grant_type", "client_credentials")] == parse_form(
            a_request().wire_body()
        )


class TestClientSecretPost:
    @pytest.mark.parametrize("client_id", HARD)
    @pytest.mark.parametrize("secret", HARD)
    def test_a_server_reads_both_from_the_form(self, client_id, secret):
        """Whatever an identifier and a secret hold, a form parser reads them."""
        request = a_request(
            client_id=client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_post",
        )

        assert [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
        ] == parse_form(request.wire_body())
        assert "authorization" not in headers_of(request)


class TestClientAssertion:
    def test_a_ready_made_assertion_is_sent_unchanged(self):
        """A projected service account token goes out as it came, without a client."""
        request = a_request(
            client_id=None, client_secret=None, client_assertion="e.y.J"
        )

        assert [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", "e.y.J"),
        ] == parse_form(request.wire_body())

    def test_the_client_goes_beside_it_where_the_server_wants_that(self):
        """Servers that need ``client_id`` with an assertion get it by a quirk."""
        request = a_request(
            client_secret=None,
            client_assertion="e.y.J",
            quirks={"client_id_with_assertion": True},
        )

        assert ("client_id", "a-client") in parse_form(request.wire_body())

    @pytest.mark.parametrize(
        ("provider", "is_sent"),
        [("okta", False), ("curity", False), ("generic", False), ("oracle-idcs", True)],
    )
    def test_only_oracle_wants_the_client_beside_it(self, provider, is_sent):
        """Whether ``client_id`` goes beside an assertion is the provider's choice."""
        request = a_request(provider, client_secret=None, client_assertion="e.y.J")
        names = [name for name, _ in parse_form(request.wire_body())]

        assert is_sent is ("client_id" in names)


class TestAuthenticate:
    def test_a_method_that_is_not_there_is_an_error(self):
        """A plan of a later version does not go out without authentication."""
        import attrs

        _, plan = a_profile().plan()
        plan = attrs.evolve(plan, auth_method="of_tomorrow")

        with pytest.raises(ValueError, match="not implemented"):
            authenticate(make_token_request(plan, {}), plan, Secret("x"))


class TestLastingClaims:
    def test_two_readings_of_one_client(self):
        """Times, identifier and signature do not count."""
        one = jwt.encode({"iss": "c", "jti": "1", "iat": 1, "exp": 2}, "k" * 32)
        two = jwt.encode({"iss": "c", "jti": "2", "iat": 3, "nbf": 3}, "l" * 32)

        assert lasting_claims(one) == lasting_claims(two) is not None

    @pytest.mark.parametrize(
        ("claims", "header"),
        [
            ({"iss": "d"}, {}),
            ({"iss": "c", "aud": "x"}, {}),
            ({"iss": "c"}, {"kid": "2"}),
        ],
    )
    def test_another_client(self, claims, header):
        """All else does."""
        one = jwt.encode({"iss": "c"}, "k" * 32)

        assert lasting_claims(one) != lasting_claims(
            jwt.encode(claims, "k" * 32, headers=header)
        )

    @pytest.mark.parametrize(
        "text", ["", "a.b", "a.b.c", "....", "e30.W10.e30", "e30.NQ.", "é.é.é", "x" * 9]
    )
    def test_no_jwt(self, text):
        """What is no such JWT has none."""
        assert lasting_claims(text) is None
