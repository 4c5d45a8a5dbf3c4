"""
The curl examples of the vendors' documents, byte for byte.

What an example spells out is compared with the wire; what it leaves open (a
domain, an identifier) is filled in.
"""

from __future__ import annotations

from base64 import b64encode

from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.request import make_token_request
from ccflow.protocol.request import with_grant
from ccflow.secret import Secret
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import headers_of


class TestOkta:
    def test_documented_curl(self):
        """
        Seeds 0, 1 and 4: ``curl --request POST --url
        https://{yourOktaDomain}/oauth2/default/v1/token`` with four headers and
        ``grant_type=client_credentials&scope=customScope``.
        """
        request = a_request(
            "okta", client_id="client_id", client_secret="client_secret"
        )

        assert "https://acme.okta.com/oauth2/default/v1/token" == request.url
        assert {
            "accept": "application/json",
            # What curl makes of --user "client_id:client_secret".
            "authorization": "Basic Y2xpZW50X2lkOmNsaWVudF9zZWNyZXQ=",
            "cache-control": "no-cache",
            "content-type": "application/x-www-form-urlencoded",
        } == headers_of(request)
        assert b"grant_type=client_credentials&scope=customScope" == request.wire_body()

    def test_identifiers_of_okta_are_not_touched(self):
        """
        The letters, digits, dashes and underscores of generated identifiers reach
        the header as they are, so ``MG9hY...`` begins as in the documents.
        """
        secret = "Zm9v_YmFy-0123456789"
        request = a_request("okta", client_id="0oabc-_1", client_secret=secret)

        assert (
            "Basic " + b64encode(f"0oabc-_1:{secret}".encode()).decode()
            == headers_of(request)["authorization"]
        )
        assert headers_of(request)["authorization"].startswith("Basic MG9hY")

    def test_the_org_server_has_a_path_of_its_own(self):
        """The org server is reached without the name of a server in the path."""
        profile = a_profile(
            "okta",
            authorization_server="org",
            client_secret=None,
            private_key={"file": "key.pem"},
            scope="okta.users.read",
        )

        assert (
            "https://acme.okta.com/oauth2/v1/token" == profile.plan()[1].token_endpoint
        )

    def test_a_custom_server_is_named_in_the_path(self):
        """Any other server is reached by its identifier."""
        assert (
            "https://login.acme.com/oauth2/aus9o8/v1/token"
            == a_request(
                "okta", domain="login.acme.com", authorization_server="aus9o8"
            ).url
        )


class TestOracle:
    def test_documented_curl_with_basic(self):
        """
        Seed 2, Authorization header: Basic, the content type with its charset, and
        ``grant_type=client_credentials&scope=<scope value>``.
        """
        request = a_request("oracle-idcs")

        assert (
            "https://idcs-0123.identity.oraclecloud.com/oauth2/v1/token" == request.url
        )
        assert {
            "accept": "application/json",
            "authorization": "Basic "
            + b64encode(b"0123abcd:5f1c-an-oracle-secret").decode(),
            "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
        } == headers_of(request)
        assert (
            b"grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__"
            == request.wire_body()
        )

    def test_documented_curl_with_an_assertion(self):
        """
        Seed 2, JWT client assertion: ``client_id`` stands before the assertion, the
        type is percent-encoded as the example writes it, the scope comes last.
        """
        profile = a_profile(
            "oracle-idcs", client_secret=None, private_key={"file": "key.pem"}
        )
        _, plan = profile.plan()
        request = authenticate(make_token_request(plan, {}), plan, Secret("head.pay.s"))
        request = with_grant(request, plan, {})

        assert (
            b"grant_type=client_credentials"
            b"&client_id=0123abcd"
            b"&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-"
            b"type%3Ajwt-bearer"
            b"&client_assertion=head.pay.s"
            b"&scope=urn%3Aopc%3Aidm%3A__myscopes__"
        ) == request.wire_body()
        assert "authorization" not in headers_of(request)
        assert (
            "application/x-www-form-urlencoded;charset=UTF-8"
            == headers_of(request)["content-type"]
        )

    def test_scopes_that_are_encoded_already_are_encoded_again(self):
        """A role with a space, which Oracle wants encoded twice, can be asked for."""
        request = a_request(
            "oracle-idcs", scope=["urn:opc:idm:role.User%20Administrator"]
        )

        assert request.wire_body().endswith(b"role.User%2520Administrator")


class TestCurity:
    def test_documented_curl(self):
        """
        Seed 3: ``curl -k -X POST https://localhost:8443/oauth/v2/oauth-token -H
        'content-type: application/x-www-form-urlencoded' -d
        'grant_type=client_credentials&client_id=server&client_secret=Secr3t!'``.
        """
        request = a_request("curity")

        assert "https://localhost:8443/oauth/v2/oauth-token" == request.url
        assert {
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
        } == headers_of(request)
        assert (
            b"grant_type=client_credentials&client_id=server&client_secret=Secr3t!"
            == request.wire_body()
        )

    def test_documented_curl_with_a_scope(self):
        """Seed 3, with ``&scope=read`` appended to the form."""
        assert (
            b"grant_type=client_credentials&client_id=server&client_secret=Secr3t!"
            b"&scope=read"
        ) == a_request("curity", scope="read").wire_body()

    def test_the_path_is_configuration(self):
        """A server with an extra segment and a gateway's header can be asked."""
        request = a_request(
            "curity",
            host="moi.example.com",
            token_path="ext/oauth-token",
            headers={"Ocp-Apim-Subscription-Key": "k3y"},
        )

        assert "https://moi.example.com/oauth/v2/ext/oauth-token" == request.url
        assert "k3y" == headers_of(request)["ocp-apim-subscription-key"]
