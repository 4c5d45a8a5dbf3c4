"""
Talk to the emulators as anybody would: over TLS, with httpx and PyJWT.

Nothing of ccflow is used but `ccflow.emulator`, and the files that it writes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import tomllib
import uuid
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ccflow.emulator import Client
from ccflow.emulator import emulate


NOW = 1_800_000_000
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
INVOICES = "https://api.example.com/invoices.read"
EMPLOYEES = "https://hr.example.com/employees.read"
MULTI = "urn:opc:resource:multiresourcescope"


class Caller:
    """A client written for the tests: profiles, clock, and an HTTP client."""

    def __init__(self):
        self.time = NOW
        self.servers = {}
        self.http = None

    def clock(self):
        return self.time

    def profile(self, name):
        config = Path(self.servers["okta"].config)
        return tomllib.loads(config.read_text())["profiles"][name]

    def read(self, name, key):
        """The content of the file that a profile refers to."""
        directory = Path(self.servers["okta"].config).parent
        value = self.profile(name)[key]
        file = value if isinstance(value, str) else value["file"]
        return (directory / file).read_text().removesuffix("\n")

    def server(self, name):
        return self.servers[self.profile(name)["provider"]]

    def endpoint(self, name):
        server = self.server(name)
        if self.profile(name).get("authorization_server") == "org":
            return f"{server.url}/oauth2/v1/token"
        return server.token_endpoint

    def claims(self, name, **changes):
        """What a client says of itself; a change to None leaves a claim out."""
        client_id = self.profile(name)["client_id"]
        is_oracle = name.startswith("oracle")
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.server(name).issuer if is_oracle else self.endpoint(name),
            "exp": self.time + 300,
            "iat": self.time,
            "jti": uuid.uuid4().hex,
            **changes,
        }
        return {key: value for key, value in claims.items() if value is not None}

    def assertion(self, name, *, key=None, algorithm=None, headers=None, **changes):
        profile = self.profile(name)
        if "private_key" in profile:
            key = key or self.read(name, "private_key")
            algorithm = algorithm or ("ES256" if "curity" in name else "RS256")
            headers = (
                {"kid": profile.get("key_id")} if headers is None else dict(headers)
            )
        else:
            key, algorithm = (
                key or self.read(name, "client_secret"),
                algorithm or "HS256",
            )
        headers = {name: value for name, value in (headers or {}).items() if value}
        return jwt.encode(self.claims(name, **changes), key, algorithm, headers)

    def post(self, name, form=None, *, url=None, **options):
        """Ask for a token; a parameter of None is left out."""
        parameters = {
            "grant_type": "client_credentials",
            "scope": " ".join(self.profile(name).get("scope", [])),
            **(form or {}),
        }
        sent = {key: value for key, value in parameters.items() if value is not None}
        return self.http.post(url or self.endpoint(name), data=sent, **options)

    def basic(self, name, form=None, *, secret=None, **options):
        pair = (
            self.profile(name)["client_id"],
            secret or self.read(name, "client_secret"),
        )
        return self.post(name, form, auth=pair, **options)

    def form(self, name, form=None, *, secret=None):
        credentials = {
            "client_id": self.profile(name)["client_id"],
            "client_secret": secret or self.read(name, "client_secret"),
        }
        return self.post(name, {**credentials, **(form or {})})

    def signed(self, name, form=None, *, assertion=None, **changes):
        credentials = {
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion or self.assertion(name, **changes),
        }
        if self.profile(name)["provider"] == "oracle-idcs":
            credentials["client_id"] = self.profile(name)["client_id"]
        return self.post(name, {**credentials, **(form or {})})

    def ask(self, name):
        """Ask as the profile says."""
        method = self.profile(name).get("token_endpoint_auth_method")
        default = {"curity": self.form}.get(name, self.basic)
        return {
            None: default,
            "client_secret_basic": self.basic,
            "client_secret_post": self.form,
            "client_secret_jwt": self.signed,
            "private_key_jwt": self.signed,
        }[method](name)


@pytest.fixture(scope="module")
def run():
    caller = Caller()
    with emulate("okta", "curity", "oracle-idcs", clock=caller.clock) as servers:
        caller.servers = {server.provider: server for server in servers}
        context = ssl.create_default_context(cafile=servers[0].ca_file)
        with httpx.Client(verify=context) as caller.http:
            yield caller


@pytest.fixture
def caller(run):
    """A caller whose servers are as new, but for the tokens issued."""
    run.time = NOW
    clients = {
        name: dict(server.tenant.clients) for name, server in run.servers.items()
    }
    yield run
    for name, server in run.servers.items():
        server.tenant.rate_limited = False
        server.tenant.expires_in = None
        server.tenant.scopes = ()
        server.tenant.clients = clients[name]


def error_of(response):
    """The status and the error as RFC 6749 has it."""
    body = response.json()
    return response.status_code, body["error"], body["error_description"]


PROFILES = (
    "okta",
    "okta-private-key-jwt",
    "okta-client-secret-jwt",
    "okta-org",
    "curity",
    "curity-basic",
    "curity-private-key-jwt",
    "oracle-idcs",
    "oracle-idcs-private-key-jwt",
)


class TestEveryProfile:
    @pytest.mark.parametrize("name", PROFILES)
    def test_gets_a_token_that_the_api_takes(self, caller, name):
        """Each profile that is written works, from its files alone."""
        token = caller.ask(name).json()["access_token"]

        answer = caller.http.get(
            f"{caller.server(name).api}/invoices/7",
            headers={"Authorization": f"bEaReR {token}"},
        )

        assert {
            "method": "GET",
            "path": "/api/invoices/7",
            "client_id": caller.profile(name)["client_id"],
            "scope": " ".join(caller.profile(name)["scope"]),
        } == answer.json()

    def test_there_is_no_other(self, caller):
        """The list above, and the one that is tried on its own below, is complete."""
        config = tomllib.loads(Path(caller.servers["okta"].config).read_text())

        assert {*PROFILES, "oracle-idcs-x5t"} == set(config["profiles"])

    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
    def test_token_ends(self, caller, name):
        """The API refuses a token whose time is over."""
        token = caller.ask(name).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        statuses = []
        for age in (token["expires_in"] - 1, token["expires_in"]):
            caller.time = NOW + age
            statuses.append(
                caller.http.get(f"{caller.server(name).api}/x", headers=headers)
            )

        assert [answer.status_code for answer in statuses] == [200, 401]

    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
    def test_lifetime_can_be_set(self, caller, name):
        """A test can have tokens that end soon."""
        caller.server(name).tenant.expires_in = 2

        assert caller.ask(name).json()["expires_in"] == 2

    @pytest.mark.parametrize(
        ("name", "scope"),
        [
            ("okta", "orders.write"),
            ("okta-org", "okta.orders.manage"),
            ("curity", "orders.write"),
            ("oracle-idcs", "https://orders.example.com/orders.write"),
            ("oracle-idcs", "orders.write"),
        ],
    )
    def test_scopes_can_be_registered(self, caller, name, scope):
        """A test brings the scopes of its service; else they are unknown."""
        ask = caller.signed if name == "okta-org" else caller.basic
        unknown = ask(name, {"scope": scope})
        caller.server(name).tenant.scopes = ("another", scope)
        known = ask(name, {"scope": scope})

        assert [400, 200] == [unknown.status_code, known.status_code]
        if name.startswith("oracle"):
            token = known.json()["access_token"]
            claims = jwt.decode(token, options={"verify_signature": False})
            assert scope == claims["aud"] + claims["scope"]

    @pytest.mark.parametrize("name", ["okta", "oracle-idcs"])
    def test_jwt_can_be_checked_with_the_published_keys(self, caller, name):
        """A token that is a JWT is signed by the key that the metadata lead to."""
        server = caller.server(name)
        path = "/oauth2/default" if name == "okta" else ""
        metadata = caller.http.get(
            f"{server.url}{path}/.well-known/openid-configuration"
        ).json()
        keys = jwt.PyJWKSet.from_dict(caller.http.get(metadata["jwks_uri"]).json())
        token = caller.ask(name).json()["access_token"]

        claims = jwt.decode(
            token,
            keys.keys[0].key,
            ["RS256"],
            issuer=server.issuer,
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
        )

        assert caller.profile(name)["client_id"] == claims["sub"]

    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
    def test_metadata_name_issuer_and_endpoint(self, caller, name):
        """Discovery finds what `EmulatedServer` says."""
        server = caller.server(name)
        base = server.url if name == "oracle-idcs" else server.issuer
        metadata = caller.http.get(f"{base}/.well-known/openid-configuration").json()

        assert (server.issuer, server.token_endpoint) == (
            metadata["issuer"],
            metadata["token_endpoint"],
        )


class TestOktaSuccess:
    def test_body(self, caller):
        """The four members of Okta's sample, in its order and spelling."""
        answer = caller.basic("okta", {"scope": "invoices.read customScope"})
        body = answer.json()

        assert [
            ("token_type", "Bearer"),
            ("expires_in", 3600),
            ("access_token", body["access_token"]),
            ("scope", "invoices.read customScope"),
        ] == list(body.items())

    def test_headers(self, caller):
        """A request number for support, and no caching."""
        headers = caller.ask("okta").headers

        assert headers["X-Okta-Request-Id"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "application/json"

    def test_claims(self, caller):
        """Scope is an array called scp, the client is called cid."""
        token = caller.ask("okta").json()["access_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        client_id = caller.profile("okta")["client_id"]

        assert (client_id, client_id, ["invoices.read"], "api://default") == (
            claims["cid"],
            claims["sub"],
            claims["scp"],
            claims["aud"],
        )

    def test_org_server_is_its_own_issuer(self, caller):
        """The issuer of the org server has no path."""
        token = caller.ask("okta-org").json()["access_token"]
        claims = jwt.decode(token, options={"verify_signature": False})

        assert caller.servers["okta"].url == claims["iss"]

    def test_secret_by_form(self, caller):
        """Basic and form post are interchangeable."""
        assert caller.form("okta").status_code == 200

    @pytest.mark.parametrize("secret", ["a+b%21", "a:b", "ä€"])
    @pytest.mark.parametrize("encoding", ["raw", "form"])
    def test_secret_in_either_encoding(self, caller, secret, encoding):
        """Form-encoded or not, an imported secret is recognised."""
        tenant = caller.servers["okta"].tenant
        tenant.clients["own id"] = Client(
            client_id="own id",
            token_endpoint_auth_method="client_secret_basic",
            secret=secret,
        )
        pair = ["own id", secret]
        if encoding == "form":
            pair = [httpx.QueryParams({"": part}).__str__()[1:] for part in pair]
        text = base64.b64encode(":".join(pair).encode()).decode()

        answer = caller.post("okta", headers={"Authorization": f"Basic {text}"})

        assert answer.status_code == 200

    def test_key_need_not_be_named(self, caller):
        """With one key registered, an assertion without kid is good."""
        assert caller.signed("okta-private-key-jwt", headers={}).status_code == 200

    def test_audience_may_be_an_array(self, caller):
        """The endpoint among others is enough."""
        name = "okta-private-key-jwt"
        answer = caller.signed(name, aud=["https://else", caller.endpoint(name)])

        assert answer.status_code == 200

    def test_client_id_beside_an_assertion(self, caller):
        """It is optional, and may be sent."""
        name = "okta-private-key-jwt"
        form = {"client_id": caller.profile(name)["client_id"]}

        assert caller.signed(name, form).status_code == 200

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_every_hmac(self, caller, algorithm):
        """All three sizes are taken."""
        answer = caller.signed("okta-client-secret-jwt", algorithm=algorithm)

        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["", "/oauth2/default"])
    def test_metadata_of_rfc_8414(self, caller, path):
        """The well-known part comes before the issuer's path, or after it."""
        url = caller.servers["okta"].url
        name = ".well-known/oauth-authorization-server"
        found = [
            caller.http.get(address).json()["issuer"]
            for address in (f"{url}/{name}{path}", f"{url}{path}/{name}")
        ]

        assert [url + path] * 2 == found


class TestOktaRefusals:
    @pytest.mark.parametrize(
        ("scope", "description"),
        [
            (
                None,
                (
                    "The authorization server resource does not have any configured "
                    "default scopes, 'scope' must be provided."
                ),
            ),
            (
                "nobody.knows",
                (
                    "One or more scopes are not configured for the authorization "
                    "server resource."
                ),
            ),
            (
                "invoices.read openid",
                "Cannot request 'openid' scopes using client credentials.",
            ),
        ],
    )
    def test_scope(self, caller, scope, description):
        """No scope, an unknown one, one for people."""
        answer = caller.basic("okta", {"scope": scope})

        assert (400, "invalid_scope", description) == error_of(answer)

    def test_wrong_secret(self, caller):
        """The secret is wrong."""
        answer = caller.basic("okta", secret="wrong")

        assert error_of(answer) == (
            401,
            "invalid_client",
            "The client secret supplied for a confidential client is invalid.",
        )

    def test_no_credentials(self, caller):
        """Nobody asks."""
        expected = (401, "invalid_client", "No client credentials found.")

        assert expected == error_of(caller.post("okta"))

    @pytest.mark.parametrize("header", ["Basic ???", "Basic YWJj", "Bearer x", "Basic"])
    def test_malformed_basic(self, caller, header):
        """A header that is no pair of credentials."""
        answer = caller.post("okta", headers={"Authorization": header})

        assert error_of(answer) == (
            401,
            "invalid_client",
            "Found Authentication header but was not valid client credentials.",
        )

    def test_unknown_client_comes_in_the_other_envelope(self, caller):
        """The OAuth code stands in errorCode."""
        answer = caller.post("okta", auth=("0oaNobody", "x"))
        body = answer.json()

        assert answer.status_code == 401
        assert {
            "errorCode": "invalid_client",
            "errorSummary": "Invalid value for 'client_id' parameter.",
            "errorLink": "invalid_client",
            "errorId": body["errorId"],
            "errorCauses": [],
        } == body

    def test_two_kinds_of_credentials(self, caller):
        """Basic and an assertion, Basic and a form, or a form and an assertion."""
        client_id = caller.profile("okta")["client_id"]
        assertion = {
            "client_assertion_type": JWT_BEARER,
            "client_assertion": caller.assertion("okta-private-key-jwt"),
        }
        answers = [
            caller.basic("okta", assertion),
            caller.basic("okta", {"client_id": client_id}),
            caller.form("okta", assertion),
        ]

        assert [error_of(answer) for answer in answers] == [
            (
                401,
                "invalid_request",
                (
                    "Cannot supply multiple client credentials. Use one of the "
                    "following: credentials in the Authorization header, credentials "
                    "in the post body, or a client_assertion in the post body."
                ),
            )
        ] * 3

    def test_credentials_in_the_query(self, caller):
        """They would be logged on the way."""
        answer = caller.basic("okta", params={"client_id": "x"})

        assert error_of(answer) == (
            400,
            "invalid_request",
            "Client credentials cannot be supplied via query parameters.",
        )

    def test_repeated_parameter(self, caller):
        """Two scopes are one parameter."""
        answer = caller.basic("okta", {"scope": ["invoices.read", "customScope"]})

        assert error_of(answer) == (
            400,
            "invalid_request",
            "The request contained multiple parameters with the same name.",
        )

    @pytest.mark.parametrize(
        ("grant_type", "error"),
        [
            (None, "invalid_request"),
            ("password", "unauthorized_client"),
            ("tls_client_auth", "unsupported_grant_type"),
        ],
    )
    def test_grant_type(self, caller, grant_type, error):
        """None, one that the client may not use, one that Okta does not know."""
        answer = caller.basic("okta", {"grant_type": grant_type})

        assert (400, error) == error_of(answer)[:2]

    def test_text_for_a_missing_grant_type(self, caller):
        """The text names the parameter."""
        text = error_of(caller.basic("okta", {"grant_type": None}))[2]

        assert text.startswith("The token request must specify a 'grant_type'.")

    def test_registered_method_is_enforced(self, caller):
        """A secret at a client with a key, and a key at a client with a secret."""
        other = caller.profile("okta-private-key-jwt")["client_id"]
        client_id = caller.profile("okta")["client_id"]
        answers = [
            caller.post("okta", auth=(other, "x")),
            caller.signed("okta-private-key-jwt", iss=client_id, sub=client_id),
            caller.basic("okta-client-secret-jwt"),
        ]

        assert [error_of(answer) for answer in answers] == [
            (
                401,
                "invalid_client",
                (
                    "Client authentication failed. Either the client or the client "
                    "credentials are invalid."
                ),
            )
        ] * 3

    def test_org_server_demands_a_key(self, caller):
        """A secret that is right elsewhere is not enough there."""
        url = f"{caller.servers['okta'].url}/oauth2/v1/token"
        answer = caller.basic("okta", {"scope": "okta.users.read"}, url=url)

        assert error_of(answer) == (
            401,
            "invalid_client",
            (
                "Client Credentials requests to the Org Authorization Server must use "
                "the private_key_jwt token_endpoint_auth_method."
            ),
        )

    @pytest.mark.parametrize(
        ("scope", "error", "description"),
        [
            (None, "invalid_scope", "No scopes were requested."),
            (
                "okta.apps.manage",
                "consent_required",
                "You are not allowed any of the requested scopes.",
            ),
        ],
    )
    def test_scope_at_the_org_server(self, caller, scope, error, description):
        """No scope, and one that nobody granted."""
        answer = caller.signed("okta-org", {"scope": scope})

        assert (400, error, description) == error_of(answer)

    def test_unknown_authorization_server(self, caller):
        """404 in the format of the management API."""
        url = f"{caller.servers['okta'].url}/oauth2/aus123/v1/token"
        answer = caller.basic("okta", url=url)
        body = answer.json()

        assert (answer.status_code, body["errorCode"], body["errorSummary"]) == (
            404,
            "E0000007",
            "Not found: Resource not found: aus123 (AuthorizationServer)",
        )

    @pytest.mark.parametrize(
        ("headers", "status"),
        [({"Content-Type": "application/json"}, 400), ({"Accept": "text/html"}, 406)],
    )
    def test_media_types(self, caller, headers, status):
        """JSON is answered, and not understood."""
        answer = caller.basic("okta", headers=headers)

        assert (status, "E0000021") == (answer.status_code, answer.json()["errorCode"])

    def test_wrong_method(self, caller):
        """A token is not got by GET."""
        answer = caller.http.get(caller.endpoint("okta"))

        assert (answer.status_code, answer.json()["errorCode"]) == (405, "E0000022")


class TestOktaAssertions:
    @pytest.mark.parametrize(
        ("changes", "description"),
        [
            ({"exp": NOW}, "The client_assertion token is expired."),
            (
                {"exp": NOW + 3601},
                "The client_assertion token has an expiration too far into the future.",
            ),
            (
                {"exp": None},
                (
                    "The client_assertion must contain the 'exp' claim as seconds "
                    "since epoch."
                ),
            ),
            (
                {"exp": str(NOW + 60)},
                (
                    "The client_assertion must contain the 'exp' claim as seconds "
                    "since epoch."
                ),
            ),
            (
                {"iat": NOW + 1},
                "The client_assertion token must be issued before the current time.",
            ),
            (
                {"aud": "https://localhost/oauth2/default"},
                (
                    "The audience claim for client_assertion must be the endpoint "
                    "invoked for the request."
                ),
            ),
            (
                {"iss": "0oaNobody"},
                "The issuer claim for client_assertion is not a valid client_id.",
            ),
            (
                {"sub": "0oaNobody"},
                "The subject claim for client_assertion is not a valid client_id.",
            ),
            ({"headers": {"kid": "x"}}, "The client_assertion JWT kid is invalid."),
            (
                {"algorithm": "PS256"},
                "The client_assertion JWT signature algorithm is invalid.",
            ),
            (
                {"key": rsa.generate_private_key(65537, 2048)},
                "The client_assertion signature is invalid.",
            ),
            (
                {"key": "x" * 64, "algorithm": "HS256"},
                (
                    "The issuer and subject claim for client_assertion is invalid "
                    "because the client does not have a client secret."
                ),
            ),
            ({"assertion": "x.y"}, "The parsing of the client_assertion failed."),
        ],
    )
    def test_flaw(self, caller, changes, description):
        """Each flaw has Okta's own words."""
        answer = caller.signed("okta-private-key-jwt", **changes)

        assert (401, "invalid_client", description) == error_of(answer)

    def test_issuer_is_no_audience(self, caller):
        """The URL of the server is not the endpoint that was invoked."""
        answer = caller.signed(
            "okta-private-key-jwt", aud=caller.servers["okta"].issuer
        )

        assert error_of(answer)[2].startswith("The audience claim")

    def test_an_hour_is_not_too_far(self, caller):
        """Okta's own Go SDK asks for exactly one."""
        answer = caller.signed("okta-private-key-jwt", exp=NOW + 3600)

        assert answer.status_code == 200

    def test_identifier_is_used_up(self, caller):
        """The same assertion again is refused."""
        name = "okta-private-key-jwt"
        assertion = caller.assertion(name)
        answers = [caller.signed(name, assertion=assertion) for _ in range(2)]

        assert answers[0].status_code == 200
        assert error_of(answers[1]) == (
            401,
            "invalid_client",
            "The client_assertion token has already been used.",
        )

    def test_identifier_is_used_up_by_a_refusal(self, caller):
        """A 400 for the scope burns it, too."""
        name = "okta-private-key-jwt"
        assertion = caller.assertion(name)
        caller.signed(name, {"scope": "nobody.knows"}, assertion=assertion)

        answer = caller.signed(name, assertion=assertion)

        assert error_of(answer)[2].endswith("has already been used.")

    def test_identifier_is_optional(self, caller):
        """Without one, the same assertion works again."""
        name = "okta-private-key-jwt"
        assertion = caller.assertion(name, jti=None)
        answers = [caller.signed(name, assertion=assertion) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]

    def test_short_secret(self, caller):
        """31 characters are too few for an HMAC."""
        name = "okta-client-secret-jwt"
        tenant = caller.servers["okta"].tenant
        client_id = caller.profile(name)["client_id"]
        tenant.clients[client_id] = Client(
            client_id=client_id,
            token_endpoint_auth_method="client_secret_jwt",
            secret="x" * 31,
        )

        answer = caller.signed(name)

        assert (
            (error_of(answer)[2])
            == "The client secret is too short to verify a JWT HMAC."
        )

    def test_key_where_a_secret_is_registered(self, caller):
        """The client has no key set."""
        answer = caller.signed(
            "okta-client-secret-jwt",
            key=caller.read("okta-private-key-jwt", "private_key"),
            algorithm="RS256",
        )

        assert error_of(answer)[2].startswith("The client does not have a JWKSet")

    def test_wrong_type(self, caller):
        """The type must be the one of RFC 7523."""
        answer = caller.signed("okta-private-key-jwt", {"client_assertion_type": "jwt"})

        assert error_of(answer) == (
            400,
            "invalid_request",
            "The client_assertion_type is invalid.",
        )

    def test_other_client_id(self, caller):
        """The parameter must not contradict the assertion."""
        answer = caller.signed("okta-private-key-jwt", {"client_id": "other"})

        assert answer.json()["errorCode"] == "invalid_client"


class TestOktaRateLimit:
    def test_answer(self, caller):
        """The headers say when the limit ends, in epoch seconds."""
        caller.servers["okta"].tenant.rate_limited = True
        answer = caller.ask("okta")

        assert (429, "E0000047", "60", "0", str(NOW + 60)) == (
            answer.status_code,
            answer.json()["errorCode"],
            answer.headers["X-Rate-Limit-Limit"],
            answer.headers["X-Rate-Limit-Remaining"],
            answer.headers["X-Rate-Limit-Reset"],
        )
        assert answer.headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"

    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
    def test_number_of_requests(self, caller, name):
        """A number is counted down, at every server."""
        caller.server(name).tenant.rate_limited = 2

        assert [caller.ask(name).status_code for _ in range(3)] == [429, 429, 200]


class TestCurity:
    def test_body(self, caller):
        """An opaque token, the type in lower case, one second lost."""
        body = caller.ask("curity").json()
        token = body["access_token"]

        assert str(uuid.UUID(token)) == token
        assert {
            "access_token": token,
            "scope": "read",
            "token_type": "bearer",
            "expires_in": 299,
        } == body

    def test_scope_is_answered_only_if_asked_for(self, caller):
        """Without a scope there is none in the answer."""
        body = caller.form("curity", {"scope": None}).json()

        assert {"access_token", "token_type", "expires_in"} == set(body)

    def test_client_id_and_scheme_of_the_tutorial(self, caller):
        """The client is called server."""
        assert caller.profile("curity")["client_id"] == "server"

    def test_both_transports_of_a_secret(self, caller):
        """One setting allows both."""
        answers = [caller.basic("curity"), caller.form("curity-basic")]

        assert [answer.status_code for answer in answers] == [200, 200]

    def test_form_encoded_basic(self, caller):
        """A secret with reserved characters works encoded, too."""
        secret = caller.read("curity", "client_secret")
        encoded = str(httpx.QueryParams({"": secret}))[1:]

        assert encoded != secret
        assert caller.basic("curity", secret=encoded).status_code == 200

    def test_issuer_as_audience(self, caller):
        """The issuer is taken besides the endpoint."""
        issuer = caller.servers["curity"].issuer
        answer = caller.signed("curity-private-key-jwt", aud=[issuer])

        assert issuer.endswith("/oauth/v2/oauth-anonymous")
        assert answer.status_code == 200

    def test_assertion_may_be_used_again(self, caller):
        """Identifiers are not enforced unless configured."""
        name = "curity-private-key-jwt"
        assertion = caller.assertion(name)
        answers = [caller.signed(name, assertion=assertion) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"iat": NOW + 10}, 200),
            ({"iat": NOW + 11}, 400),
            ({"exp": NOW - 9}, 200),
            ({"exp": NOW - 10}, 400),
            ({"aud": "https://localhost/"}, 400),
            ({"headers": {"kid": "other"}}, 400),
            ({"assertion": "rubbish"}, 400),
        ],
    )
    def test_assertion(self, caller, changes, status):
        """Clocks may differ by ten seconds; other flaws are not explained."""
        answer = caller.signed("curity-private-key-jwt", **changes)

        assert status == answer.status_code

    def test_hmac_of_a_registered_symmetric_key(self, caller):
        """A client may have a symmetric key as its verifier."""
        tenant = caller.servers["curity"].tenant
        tenant.clients["server"] = Client(
            client_id="server",
            token_endpoint_auth_method="client_secret_jwt",
            secret="s" * 40,
        )

        answer = caller.signed("curity", key="s" * 40)

        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"scope": "admin"}, "invalid_scope"),
            ({"grant_type": None}, "invalid_request"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"client_secret": "wrong"}, "invalid_client"),
            ({"client_id": "nobody"}, "invalid_client"),
            ({"client_secret": None}, "invalid_client"),
            ({"scope": ["read", "write"]}, "invalid_request"),
            ({"client_assertion": "x"}, "invalid_request"),
            ({"client_id": "server-private-key-jwt"}, "invalid_client"),
        ],
    )
    def test_refusal(self, caller, form, error):
        """Errors are those of RFC 6749."""
        answer = caller.form("curity", form)

        assert (400, error) == error_of(answer)[:2]

    def test_wrong_secret_in_basic(self, caller):
        """401 with a challenge, where a header was sent."""
        answer = caller.basic("curity-basic", secret="wrong")

        assert error_of(answer)[:2] == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic")

    def test_pages_for_people(self, caller):
        """A wrong path and a wrong method are answered in HTML."""
        url = caller.servers["curity"].url
        answers = [
            caller.form("curity") and caller.http.post(f"{url}/oauth/v2/token"),
            caller.http.get(caller.endpoint("curity")),
        ]

        assert [
            (answer.status_code, answer.headers["Content-Type"]) for answer in answers
        ] == [(404, "text/html;charset=utf-8"), (405, "text/html;charset=utf-8")]


class TestOracle:
    def test_body(self, caller):
        """No scope in the answer."""
        body = caller.ask("oracle-idcs").json()

        assert {
            "access_token": body["access_token"],
            "token_type": "Bearer",
            "expires_in": 3600,
        } == body

    def test_content_type_with_charset(self, caller):
        """Oracle's documents all send it."""
        answer = caller.basic(
            "oracle-idcs",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
        )

        assert answer.status_code == 200

    def test_issuer_is_not_the_host(self, caller):
        """All domains have the same one, with a slash at the end."""
        assert (
            caller.servers["oracle-idcs"].issuer
        ) == "https://identity.oraclecloud.com/"

    def test_wrapped_metadata(self, caller):
        """Oracle's own address has the metadata one level down."""
        url = caller.servers["oracle-idcs"].url
        body = caller.http.get(f"{url}/.well-known/idcs-configuration").json()

        assert (
            (body["openid-configuration"]["issuer"])
            == "https://identity.oraclecloud.com/"
        )

    def test_secret_by_form(self, caller):
        """The metadata list form post."""
        assert caller.form("oracle-idcs").status_code == 200

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_domain_as_audience(self, caller, slash):
        """One of Oracle's pages wants the domain, with or without a slash."""
        audience = [caller.servers["oracle-idcs"].url + slash]
        answer = caller.signed("oracle-idcs-private-key-jwt", aud=audience)

        assert answer.status_code == 200

    def test_issuer_as_audience(self, caller):
        """The other page wants the global issuer."""
        issuer = "https://identity.oraclecloud.com/"
        answer = caller.signed("oracle-idcs-private-key-jwt", aud=issuer)

        assert answer.status_code == 200

    @pytest.mark.parametrize("header", ["x5t", "x5t#S256"])
    def test_key_named_by_certificate(self, caller, header):
        """The thumbprint of the certificate is as good as its alias."""
        name = "oracle-idcs-x5t"
        pem = caller.read(name, "certificate").encode()
        der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
        algorithm = {"x5t": "sha1", "x5t#S256": "sha256"}[header]
        digest = base64.urlsafe_b64encode(hashlib.new(algorithm, der).digest())

        answer = caller.signed(
            name,
            headers={header: digest.rstrip(b"=").decode()},
        )

        assert "key_id" not in caller.profile(name)
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("form", "changes"),
        [
            ({}, {"aud": "https://localhost/oauth2/v1/token"}),
            ({}, {"algorithm": "RS384"}),
            ({}, {"headers": {}}),
            ({}, {"headers": {"kid": "other"}}),
            ({}, {"headers": {"x5t": "b3RoZXI"}}),
            ({}, {"exp": NOW}),
            ({"client_id": None}, {}),
            ({"client_id": "other"}, {}),
            ({"client_assertion_type": "jwt"}, {}),
        ],
    )
    def test_flawed_assertion(self, caller, form, changes):
        """One answer for all that is wrong with an assertion, or around it."""
        answer = caller.signed("oracle-idcs-private-key-jwt", form, **changes)

        assert (error_of(answer)) == (
            401,
            "invalid_client",
            "Client authentication failed.",
        )

    def test_basic_is_not_decoded(self, caller):
        """A secret that is encoded is another secret."""
        tenant = caller.servers["oracle-idcs"].tenant
        client_id = caller.profile("oracle-idcs")["client_id"]
        tenant.clients[client_id] = Client(
            client_id=client_id,
            token_endpoint_auth_method="client_secret_basic",
            secret="a+b",
        )
        answers = [caller.basic("oracle-idcs", secret=it) for it in ("a+b", "a%2Bb")]

        assert [answer.status_code for answer in answers] == [200, 401]

    @pytest.mark.parametrize(
        ("scope", "error"),
        [
            (None, "invalid_scope"),
            ("invoices.read", "invalid_scope"),
            ("https://api.example.com/nothing", "invalid_scope"),
            (f"urn:opc:resource:consumer::all {INVOICES}", "invalid_scope"),
            (
                "urn:opc:resource:consumer::all urn:opc:resource:expiry=600",
                "invalid_scope",
            ),
            (f"{INVOICES} {EMPLOYEES}", "invalid_scope"),
            (f"{INVOICES} urn:opc:resource:expiry=59", "invalid_scope"),
            ("urn:opc:resource:expiry=600", "invalid_scope"),
        ],
    )
    def test_scope_refused(self, caller, scope, error):
        """None, unknown ones, and those that do not go together."""
        answer = caller.basic("oracle-idcs", {"scope": scope})

        assert (400, error) == error_of(answer)[:2]

    @pytest.mark.parametrize(
        "scope",
        [
            "urn:opc:resource:consumer::all",
            "urn:opc:idm:__myscopes__",
            (
                "https://api.example.com/invoices.read "
                "https://api.example.com/invoices.write"
            ),
        ],
    )
    def test_scope_granted(self, caller, scope):
        """One audience, or a scope that stands for many."""
        assert caller.basic("oracle-idcs", {"scope": scope}).status_code == 200

    @pytest.mark.parametrize(("wanted", "given"), [(600, 600), (60, 60), (7200, 3600)])
    def test_lifetime_in_the_scope(self, caller, wanted, given):
        """It can be asked for, and never exceeds what the application allows."""
        scope = f"{INVOICES} urn:opc:resource:expiry={wanted}"
        body = caller.basic("oracle-idcs", {"scope": scope}).json()

        assert given == body["expires_in"]

    def test_several_audiences(self, caller):
        """The body has another shape, with a token for each audience."""
        scope = f"{INVOICES} {EMPLOYEES} {MULTI}"
        body = caller.basic("oracle-idcs", {"scope": scope}).json()
        audiences = [
            jwt.decode(one["access_token"], options={"verify_signature": False})["aud"]
            for one in body["tokenResponses"]
        ]

        assert {"tokenResponses"} == set(body)
        assert audiences == ["https://api.example.com/", "https://hr.example.com/"]

    def test_ecid(self, caller):
        """The number for support is in the body of an error and in every header."""
        refused = caller.basic("oracle-idcs", secret="wrong")
        granted = caller.ask("oracle-idcs")

        assert refused.json()["ecid"] == refused.headers["X-Oracle-DMS-ECID"]
        assert granted.headers["X-Oracle-DMS-ECID"]
        assert (error_of(refused)) == (
            401,
            "invalid_client",
            "Client authentication failed.",
        )

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": None}, "invalid_request"),
            ({"grant_type": "tls_client_auth"}, "unsupported_grant_type"),
            ({"client_secret": "x"}, "invalid_request"),
        ],
    )
    def test_refusal(self, caller, form, error):
        """Other mistakes are answered as RFC 6749 has it."""
        answer = caller.basic("oracle-idcs", form)

        assert (400, error) == error_of(answer)[:2]

    def test_wrong_path_and_method(self, caller):
        """Both are answered in JSON."""
        url = caller.servers["oracle-idcs"].url
        answers = [
            caller.http.post(f"{url}/oauth2/v2/token"),
            caller.http.get(f"{url}/oauth2/v1/token"),
        ]

        assert [answer.status_code for answer in answers] == [404, 405]
        assert all("ecid" in json.loads(answer.text) for answer in answers)
