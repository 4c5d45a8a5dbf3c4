"""What is taken from a document, and what is not."""

from __future__ import annotations

import json

import attrs
import pytest

from ccflow.errors import TokenError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.plugin.registry import find_provider
from ccflow.protocol.metadata import Metadata
from ccflow.protocol.metadata import read_metadata
from ccflow.protocol.metadata_error import no_metadata
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from tests.unit.protocol.lookups import ISSUER
from tests.unit.protocol.lookups import SMART
from tests.unit.protocol.lookups import planned
from tests.unit.protocol.lookups import planned_for
from tests.unit.protocol.wire import DATE
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import an_answer


DOCUMENT = {
    "issuer": ISSUER,
    "token_endpoint": "https://id.example/realms/a/token",
    "mtls_endpoint_aliases": {"token_endpoint": "https://mtls.id.example/token"},
    "token_endpoint_auth_methods_supported": ["private_key_jwt", 7],
    "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
    "grant_types_supported": ["client_credentials"],
    "scopes_supported": "openid",
}
HTML = "<!doctype html><title>Sign in</title>"


def outcome(document, plan=None, status=200, headers=None, secrets=(), **options):
    """Read an answer; the error is returned."""
    plan = plan or planned()
    body = document if isinstance(document, str | bytes) else json.dumps(document)
    answer = an_answer(status, body, headers)
    scrubber = Scrubber(map(Secret, secrets))
    try:
        return read_metadata(
            plan, plan.metadata_urls[0], answer, scrubber, now=NOW, **options
        )
    except TokenError as error:
        return error


def refused(document, category="malformed", kind=TokenResponseError, **options):
    """Read an answer that is an error, and return that."""
    error = outcome(document, **options)

    assert type(error) is kind, error
    assert category == error.category
    plan = options.get("plan") or planned()
    assert plan.metadata_urls[0] in str(error)
    assert str(error).startswith("generic: " if plan.provider == "generic" else "smart")
    assert str(error).endswith(f"; {error.hint}")
    assert error.retryable is (kind is TokenUnavailableError)
    return error


class TestDocument:
    def test_what_is_read(self):
        """Texts and lists of texts; a member of another type counts as missing."""
        assert Metadata(
            issuer=ISSUER,
            token_endpoint="https://id.example/realms/a/token",
            mtls_token_endpoint="https://mtls.id.example/token",
            token_endpoint_auth_methods_supported=("private_key_jwt",),
            token_endpoint_auth_signing_alg_values_supported=("RS256",),
            grant_types_supported=("client_credentials",),
            scopes_supported=None,
        ) == outcome(DOCUMENT)

    def test_media_type_and_byte_order_mark_do_not_matter(self):
        """A document is read by its content."""
        body = b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode()

        assert outcome(DOCUMENT) == outcome(body, headers={"Content-Type": "text/html"})

    def test_client_with_a_certificate(self):
        """It is for the alias, where there is one (RFC 8705 section 5)."""
        origins = {"endpoint_origins": ["https://mtls.id.example"]}
        found = outcome(DOCUMENT, planned(quirks=origins), mtls=True)
        plain = outcome({**DOCUMENT, "mtls_endpoint_aliases": None}, mtls=True)

        assert "https://mtls.id.example/token" == found.endpoint(mtls=True)
        assert "https://id.example/realms/a/token" == found.endpoint(mtls=False)
        assert "https://id.example/realms/a/token" == plain.endpoint(mtls=True)

    def test_wrapped_document_of_oracle(self):
        """Oracle's form has the document under a member, and another issuer."""
        oracle = attrs.evolve(find_provider("oracle-idcs"), token_endpoint=None)
        host = "idcs-0123456789abcdef0123456789abcdef.identity.oraclecloud.com"
        plan, _ = planned_for(oracle, settings={"domain": host}, scope=("a",))
        document = {
            "issuer": "https://identity.oraclecloud.com/",
            "token_endpoint": f"https://{host}:443/oauth2/v1/token",
        }
        for body in (document, {"openid-configuration": document}):
            assert document["token_endpoint"] == outcome(body, plan).token_endpoint

    def test_smart_configuration_without_an_issuer(self):
        """Where no issuer is known, none is expected, and none is believed."""
        settings = {"fhir_host": "fhir.example"}
        plan, _ = planned_for(SMART, settings=settings)
        endpoint = {"token_endpoint": "https://fhir.example/oauth/token"}
        found = outcome(endpoint, plan)
        other = outcome({**endpoint, "issuer": "https://id.example"}, plan)

        assert [None, "https://id.example"] == [found.issuer, other.issuer]
        assert plan.at(found.token_endpoint) == plan.at(other.token_endpoint)

    def test_smart_configuration_at_another_origin(self):
        """The origin is all that binds such a document, so it is checked too."""
        plan, _ = planned_for(SMART, settings={"fhir_host": "fhir.example"})
        document = {"token_endpoint": "https://auth.example/token"}

        assert "'https://auth.example'" in str(refused(document, plan=plan))


class TestIssuer:
    @pytest.mark.parametrize(
        "issuer",
        [
            "https://evil.example",
            "https://id.example/realms/b",
            "https://id.example/realms/A",
            "https://id.example:443/realms/a",
            "HTTPS://id.example/realms/a",
        ],
    )
    def test_any_difference_counts(self, issuer):
        """The issuer is compared as text, never normalised, and never adopted."""
        error = refused({**DOCUMENT, "issuer": issuer})

        assert repr(issuer) in str(error)
        assert repr(ISSUER) in str(error)
        assert "set issuer" in error.hint

    def test_slash_at_the_end(self):
        """The most common difference has a hint of its own."""
        error = refused({**DOCUMENT, "issuer": f"{ISSUER}/"})

        assert "slash" in error.hint

    @pytest.mark.parametrize("issuer", [None, 7, [ISSUER], {"a": ISSUER}, True])
    def test_no_issuer(self, issuer):
        """A document that does not say whose it is belongs to nobody."""
        assert "names no issuer" in str(refused({**DOCUMENT, "issuer": issuer}))

    def test_other_issuer_is_shortened(self):
        """What a server writes there is shown in part, on one line."""
        error = refused({**DOCUMENT, "issuer": "https://x.example/\n" + "ab/" * 9999})

        assert len(str(error)) < 1000
        assert "\n" not in str(error)


class TestEndpoint:
    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://evil.example/token",
            "https://id.example.evil.example/token",
            "https://id.example:8443/token",
            "https://mtls.id.example/token",
            "http://localhost/token",
        ],
    )
    def test_another_origin(self, endpoint):
        """A secret stays at the origin that was asked."""
        error = refused({**DOCUMENT, "token_endpoint": endpoint})

        assert "another origin" in str(error)
        assert "quirks.endpoint_origins" in error.hint

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://id.example/token",
            "https://joe:pw@id.example/token",
            "https://id.example/token#top",
            "/token",
            "",
            "https://id.example/to ken",
            "javascript:alert(1)",
        ],
    )
    def test_endpoint_that_is_none(self, endpoint):
        """What is found is checked like what stands in a profile."""
        error = refused({**DOCUMENT, "token_endpoint": endpoint})

        assert "names no token_endpoint that can be used" in str(error)
        assert "pw" not in str(error)

    @pytest.mark.parametrize("endpoint", [None, 7, ["https://id.example/token"]])
    def test_no_endpoint(self, endpoint):
        """Some servers have none, such as those of the implicit flow alone."""
        error = refused({**DOCUMENT, "token_endpoint": endpoint})

        assert "names no token_endpoint" in str(error)

    def test_other_origin_that_is_listed(self):
        """An origin that the provider or the profile lists is one of the server's."""
        origins = {"endpoint_origins": ["https://tokens.example/", "https://b.example"]}
        document = {**DOCUMENT, "token_endpoint": "https://tokens.example:443/token"}

        assert "https://tokens.example:443/token" == (
            outcome(document, planned(quirks=origins)).token_endpoint
        )

    @pytest.mark.parametrize(
        "alias", ["https://evil.example/token", "http://id.example/token", 7]
    )
    def test_alias_is_checked_where_it_is_used(self, alias):
        """Who has no certificate does not care where others go."""
        document = {**DOCUMENT, "mtls_endpoint_aliases": {"token_endpoint": alias}}

        assert isinstance(outcome(document), Metadata)
        assert refused(document, mtls=True)


class TestOtherAnswers:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 410, 418])
    @pytest.mark.parametrize("body", [DOCUMENT, HTML, ""])
    def test_not_here(self, status, body):
        """Gateways answer 401 and 403 for what is not there: the next one is asked."""
        assert outcome(body, status=status) is None

    @pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 599])
    def test_not_now(self, status):
        """A server that cannot answer is asked again, and no other address is."""
        error = refused(
            DOCUMENT,
            "server",
            TokenUnavailableError,
            status=status,
            headers={"Retry-After": "7", "X-Request-Id": "r-1"},
        )

        assert status == error.status_code
        assert 7.0 == error.retry_after
        assert "r-1" == error.correlation_id

    def test_rate_limit(self):
        """So is one that is asked too often, no earlier than it says."""
        date = {"Retry-After": "Fri, 15 Jan 2027 08:00:09 GMT", "Date": DATE}
        error = refused(
            DOCUMENT, "rate_limit", TokenUnavailableError, status=429, headers=date
        )

        assert 9.0 == error.retry_after

    def test_page_of_a_gateway(self):
        """A page with a failing status is the gateway's."""
        error = refused(
            "<html><title>502 Bad Gateway</title>",
            "intermediary",
            TokenUnavailableError,
            status=502,
        )

        assert "gateway is there" in error.hint

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("body", ["", DOCUMENT])
    def test_redirect(self, status, body):
        """It is not followed: whoever may redirect could name any endpoint."""
        headers = {"Location": "https://evil.example/x?y=1"}
        error = refused(body, "intermediary", status=status, headers=headers)

        assert "'https://evil.example/x'" in str(error)
        assert "set issuer" in error.hint

    def test_proxy_that_wants_a_password(self):
        """407 is of the proxy, not of the server."""
        assert "proxy" in refused("", "intermediary", status=407).hint

    def test_login_page(self):
        """A page is told by its title, and explained."""
        error = refused(HTML, "intermediary", headers={"Content-Type": "text/html"})

        assert "'Sign in'" in str(error)
        assert "login page" in error.hint
        assert "text/html" == error.content_type

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            ("", "an empty body"),
            ("[]", "JSON that is no object"),
            ('{"issuer": ', "JSON that breaks off"),
            ("hello", "plain text"),
            (b"\x00\xff\x01", "bytes"),
        ],
    )
    def test_something_else(self, body, what):
        """What came is named; a text that may hold anything is not quoted."""
        error = refused(body)

        assert f"answered with {what}" in str(error)
        assert "hello" not in str(error)

    def test_secret_of_the_request_comes_back(self):
        """A gateway's key is not shown, wherever it is echoed."""
        key = "key-that-is-secret"
        for document, options in (
            ({**DOCUMENT, "issuer": f"https://{key}.example"}, {}),
            ({**DOCUMENT, "token_endpoint": f"https://{key}.example/t"}, {}),
            ({**DOCUMENT, "token_endpoint": f"http://id.example/{key}"}, {}),
            (f"<html><title>{key}</title>", {"category": "intermediary"}),
        ):
            assert key not in str(refused(document, secrets=[key], **options))

    def test_nothing_anywhere(self):
        """Each address is named with what it said."""
        plan = planned()
        error = no_metadata(plan, [(url, 404) for url in plan.metadata_urls])

        assert (404, "malformed", False) == (
            error.status_code,
            error.category,
            error.retryable,
        )
        for url in plan.metadata_urls:
            assert f"{url} (HTTP 404)" in str(error)
        assert str(error).endswith(f"; {error.hint}")
