"""What a plan says of client certificates (RFC 8705)."""

from __future__ import annotations

import pytest

from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.provider import TLS_METHODS
from ccflow.protocol.request import make_token_request
from ccflow.secret import Secret


METHODS = sorted(TLS_METHODS)
METHOD = "token_endpoint_auth_method"


def profile_of(**changes: object) -> Profile:
    values = {
        "token_endpoint": "https://id.example/token",
        "client_id": "me",
        "tls_certificate": "/etc/ccflow/client.pem",
        **changes,
    }
    kept = {key: value for key, value in values.items() if value is not None}
    return Profile.from_mapping(kept, name="billing")


def problems_of(**changes: object) -> list[tuple[str | None, str, str | None]]:
    with pytest.raises(ProfileError) as caught:
        profile_of(**changes)
    return [(it.key, it.message, it.hint) for it in caught.value.problems]


class TestMethod:
    @pytest.mark.parametrize("method", METHODS)
    def test_the_certificate_is_the_credential(self, method):
        """Nothing else proves who asks."""
        _, plan = profile_of(**{METHOD: method}).plan()

        assert (method, "tls_certificate") == (plan.auth_method, plan.credential)

    @pytest.mark.parametrize("method", METHODS)
    def test_the_form_names_the_client(self, method):
        """RFC 8705 section 2: client_id is required, and nothing secret goes."""
        _, plan = profile_of(**{METHOD: method}).plan()
        bare = make_token_request(plan, {})
        request = authenticate(bare, plan, Secret("the certificate"))

        assert request.parameters == (*bare.parameters, ("client_id", "me"))
        assert request.headers == bare.headers

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "credential", ["client_assertion", "client_secret", "private_key"]
    )
    def test_other_credentials_are_too_many(self, method, credential):
        """A credential that the method does not use is told."""
        changes = {METHOD: method, credential: {"env": "S"}}

        assert problems_of(**changes) == [
            (
                credential,
                f"{method} does not use it",
                "take it out; the certificate alone says who asks",
            )
        ]

    @pytest.mark.parametrize("method", METHODS)
    def test_it_needs_a_certificate(self, method):
        """So is a certificate that is missing."""
        changes = {METHOD: method, "tls_certificate": None}

        assert problems_of(**changes) == [
            ("tls_certificate", f"{method} needs it", "set tls_certificate")
        ]

    def test_it_needs_a_client_id(self):
        """And a client without a name."""
        found = problems_of(**{METHOD: "tls_client_auth", "client_id": None})

        assert [key for key, _, _ in found] == ["client_id"]

    def test_it_is_never_implied(self):
        """A certificate may be there beside any method, so it means none."""
        ((key, message, hint),) = problems_of()

        assert (key, message) == ("client_secret", "there is no credential")
        assert hint.endswith('or token_endpoint_auth_method = "tls_client_auth"')

    def test_beside_a_secret(self):
        """Beside another credential that one decides."""
        _, plan = profile_of(client_secret={"env": "S"}).plan()

        assert (plan.auth_method, plan.credential) == (
            "client_secret_basic",
            "client_secret",
        )

    def test_provider_that_does_not_take_it(self):
        """A provider without the method says which ones it has."""
        changes = {
            METHOD: "tls_client_auth",
            "provider": "okta",
            "domain": "acme.okta.com",
            "token_endpoint": None,
            "scope": "a",
        }
        ((key, message, hint), *_) = problems_of(**changes)

        assert (key, message) == (METHOD, "okta does not take 'tls_client_auth'")
        assert "private_key_jwt" in hint


class TestFiles:
    def test_key_without_a_certificate(self):
        """A key alone shows nothing to anybody."""
        changes = {
            "tls_certificate": None,
            "tls_private_key": "client.key",
            "client_secret": {"env": "S"},
        }
        ((key, message, _),) = problems_of(**changes)

        assert key == "tls_certificate"
        assert message == "is missing, and tls_private_key is there"

    def test_plain_http(self):
        """On a connection without TLS nobody sees a certificate."""
        changes = {
            "token_endpoint": "http://localhost:8080/token",
            METHOD: "tls_client_auth",
        }

        assert problems_of(**changes) == [
            (
                "tls_certificate",
                "nobody sees it, since token_endpoint is plain http",
                "use https, or take it out",
            )
        ]

    def test_password(self):
        """The key of a certificate may be encrypted, as private_key may."""
        made = profile_of(
            **{METHOD: "tls_client_auth", "private_key_password": {"env": "P"}}
        )

        assert made.private_key_password is not None
