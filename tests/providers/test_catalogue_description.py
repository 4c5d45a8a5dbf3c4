"""How a description becomes answers, with servers that nobody has."""

from __future__ import annotations

import base64
from urllib.parse import quote
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ccflow.emulator import Client
from ccflow.emulator import Refusal
from ccflow.emulator import Request
from ccflow.emulator import Tenant
from ccflow_catalog.dialects.behaviour import make_dialect
from ccflow_catalog.dialects.description import Scopes
from ccflow_catalog.dialects.reading import read_description
from ccflow_catalog.dialects.rendering import render
from ccflow_catalog.dialects.scope import granted_scope


NOW = 1_800_000_000.5
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SMALLEST = {
    "token_path": "/token",
    "issuer": "{url}/",
    "success": {"access_token": "{token}", "expires_in": "{lifetime}"},
    "samples": [{"method": "client_secret_basic"}, {"method": "client_secret_post"}],
}
SECRET = "a+b %3D:é"


class Server:
    """One described server with one client, asked without a socket."""

    def __init__(self, **changes):
        table = {**SMALLEST, **changes}
        self.dialect = make_dialect("acme", read_description("acme", table))
        client = Client(
            client_id="an id",
            token_endpoint_auth_method="client_secret_basic",
            secret=SECRET,
        )
        self.tenant = Tenant(
            url="https://as.example",
            clock=lambda: NOW,
            signing_key=KEY,
            clients={client.client_id: client},
        )

    def ask(self, form=None, *, path="/token", method="POST", **headers):
        sent = {"grant_type": "client_credentials", **(form or {})}
        request = Request(
            method=method,
            path=path,
            headers={
                "content-type": "application/x-www-form-urlencoded",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            body=urlencode({k: v for k, v in sent.items() if v is not None}).encode(),
        )
        try:
            return self.dialect.answer(request, self.tenant)
        except Refusal as refusal:
            return refusal.response

    def post(self, form=None, **headers):
        credentials = {"client_id": "an id", "client_secret": SECRET}
        return self.ask({**credentials, **(form or {})}, **headers)

    def basic(self, *, encoded, **headers):
        pair = ["an id", SECRET]
        if encoded:
            pair = [quote(it, safe="") for it in pair]
        value = base64.b64encode(":".join(pair).encode()).decode()
        return self.ask(authorization=f"Basic {value}", **headers)


class TestSuccess:
    def test_members_are_those_of_the_file_in_its_order(self):
        """And nothing else."""
        server = Server(
            success={"token_type": "bearer", "access_token": "{token}", "n": None},
            token="A21{hex}",
        )
        body = server.post().members

        assert ["token_type", "access_token", "n"] == list(body)
        assert body["access_token"].startswith("A21")
        assert server.tenant.find_token(body["access_token"])

    def test_a_lifetime_can_be_text(self):
        """As some servers have it."""
        body = Server(success={"access_token": "{token}", "s": "{lifetime!s}"}).post()

        assert "3600" == body.members["s"]

    @pytest.mark.parametrize(("asked", "told"), [("read", True), (None, False)])
    def test_an_empty_member_can_be_left_out(self, asked, told):
        """Where a server does not say that nothing was granted."""
        success = {"access_token": "{token}", "scope": "{scope}"}
        server = Server(success=success, omit_empty=["scope"])

        assert told == ("scope" in server.post({"scope": asked}).members)

    def test_a_token_can_be_a_jwt(self):
        """Signed by the key of the server."""
        token = Server(token="{jwt}").post().members["access_token"]

        assert 2 == token.count(".")


class TestBasic:
    @pytest.mark.parametrize(
        ("basic", "raw", "encoded"),
        [("raw", 200, 401), ("form", 401, 200), ("either", 200, 200)],
    )
    def test_it_is_decoded_or_not(self, basic, raw, encoded):
        """A server that knows one way refuses the other."""
        server = Server(basic=basic)

        assert raw == server.basic(encoded=False).status
        assert encoded == server.basic(encoded=True).status

    def test_a_header_may_have_it_decoded(self):
        """Without it the credentials are taken as they are."""
        server = Server(basic="form", decoding_header="X-Encoded")

        assert 401 == server.basic(encoded=True).status
        assert 200 == server.basic(encoded=True, x_encoded="true").status
        assert 200 == server.basic(encoded=False).status

    def test_a_method_that_it_does_not_take(self):
        """A client by the other transport is refused."""
        server = Server(methods=["client_secret_post"])

        assert (401, 200) == (server.basic(encoded=True).status, server.post().status)


class TestMistakes:
    @pytest.mark.parametrize(
        ("mistake", "request_of"),
        [
            ("client", lambda it: it.post({"client_secret": "wrong"})),
            ("unknown_client", lambda it: it.post({"client_id": "nobody"})),
            ("no_client", lambda it: it.ask()),
            ("request", lambda it: it.post(content_type="application/json")),
            ("missing_grant_type", lambda it: it.post({"grant_type": None})),
            ("missing_account", lambda it: it.post({"account": None})),
            ("grant_type", lambda it: it.post({"grant_type": "password"})),
            ("scope", lambda it: it.post({"account": "1", "scope": "write"})),
            ("scope_missing", lambda it: it.post({"account": "1"})),
            ("scope_forbidden", lambda it: it.post({"account": "1", "scope": "me"})),
            ("path", lambda it: it.ask(path="/tokens")),
            ("method", lambda it: it.ask(method="GET")),
        ],
    )
    def test_each_has_its_own_words(self, mistake, request_of):
        """And where a file has none, those of what it is taken for."""
        scopes = {"known": ["read"], "needed": True, "forbidden": ["me"]}
        changes = {"parameters": ["account"], "scopes": scopes}
        own = Server(answers={mistake: {"status": 418, "error": "own"}}, **changes)

        assert 418 == request_of(own).status
        assert "own" == request_of(own).members["error"]
        assert request_of(Server(**changes)).status in {400, 401, 404, 405}

    def test_a_body_may_be_another_one(self):
        """A table, or text as it is."""
        body = {"code": "{error}", "at": "{now_ms!s}"}
        page = Server(answers={"path": {"status": 404, "body": "<h1>No</h1>"}})
        table = Server(answers={"path": {"status": 404, "error": "x", "body": body}})

        assert {"code": "x", "at": "1800000000500"} == table.ask(path="/").members
        assert b"<h1>No</h1>" == page.ask(path="/").body
        assert "text/html" in page.ask(path="/").headers["Content-Type"]

    def test_a_rate_limit(self):
        """With the header that the server has for it."""
        headers = {"X-Reset": "{reset_at}"}
        server = Server(answers={"rate_limit": {"status": 429, "headers": headers}})
        request = Request(method="POST", path="/token")
        answer = server.dialect.too_many_requests(request, server.tenant)

        assert (429, "1800000060") == (answer.status, answer.headers["X-Reset"])

    @pytest.mark.parametrize(("status", "error"), [(402, "own"), (503, "no")])
    def test_a_status_that_a_test_asks_for(self, status, error):
        """As to the mistake that has it, else in the same form."""
        server = Server(
            error_body={"code": "{error}"},
            answers={"client": {"status": 402, "error": "own"}},
        )
        request = Request(method="POST", path="/token")
        answer = server.dialect.fail(status, request, server.tenant)

        assert status == answer.status
        expected = {"own": "own", "no": "temporarily_unavailable"}[error]
        assert {"code": expected} == answer.members


class TestScopes:
    @pytest.mark.parametrize(
        ("rules", "asked", "granted"),
        [
            ({}, "a b a", ("a", "b")),
            ({"known": ("a",)}, "b", "scope"),
            ({"known": ("a",)}, "extra", ("extra",)),
            ({"default": ("a",)}, "", ("a",)),
            ({"always": ("p",)}, "a", ("a", "p")),
            ({"needed": True}, "", "scope_missing"),
            ({"required": ("openid",)}, "a", "scope_missing"),
            ({"forbidden": ("openid",)}, "openid", "scope_forbidden"),
            ({"most": 1}, "a b", "scope"),
            ({"pattern": r".+/\.default"}, "a", "scope"),
            ({"separator": ","}, "a,b", ("a", "b")),
            ({"separator": ",", "known": ("a", "b")}, "a b", "scope"),
        ],
    )
    def test_what_is_granted(self, rules, asked, granted):
        """Or which mistake it is to ask so."""
        assert granted == granted_scope(Scopes(**rules), asked, ("extra",))


class TestRendering:
    def test_a_field_alone_keeps_its_kind(self):
        """A number stays one, in tables and lists as well."""
        value = {"n": "{n}", "s": "{n!s}", "l": ["{n}", 1], "t": "n={n}", "x": None}

        assert {"n": 5, "s": "5", "l": [5, 1], "t": "n=5", "x": None} == render(
            value, {"n": 5}
        )

    def test_what_is_made_is_another_each_time(self):
        """Identifiers are."""
        assert render("{uuid}", {}) != render("{uuid}", {})

    def test_an_unknown_field_is_an_error(self):
        """A misspelt one does not reach a client."""
        with pytest.raises(KeyError, match="tokn"):
            render("{tokn}", {"token": "t"})


class TestReading:
    @pytest.mark.parametrize(
        "changes",
        [
            {"tokn_path": "/token"},
            {"scopes": {"knwon": ["a"]}},
            {"assertions": {"skew_": 1}},
            {"samples": [{"method": "client_secret_post", "scop": "a"}]},
            {"answers": {"client": {"stat": 401}}},
            {"answers": {"missing_account": {"status": 400}}},
            {"answers": {"clent": {"status": 400}}},
        ],
    )
    def test_a_key_that_there_is_not(self, changes):
        """Is an error, wherever it stands."""
        with pytest.raises((TypeError, ValueError)):
            read_description("acme", {**SMALLEST, **changes})

    def test_profiles_are_named_after_the_methods(self):
        """The first one after the provider alone, and it names no method."""
        methods = ("private_key_jwt", "client_secret_basic", "client_secret_jwt")
        samples = [{"method": method} for method in methods]
        description = read_description("acme", {**SMALLEST, "samples": samples})
        made = make_dialect("acme", description).samples

        assert [
            ("acme", False),
            ("acme-basic", True),
            ("acme-client-secret-jwt", True),
        ] == [(it.profile, it.names_method) for it in made]
