"""From an answer to a token or to one of three errors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import attrs
import pytest

from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.response import TokenResponse
from tests.unit.protocol.wire import DATE
from tests.unit.protocol.wire import NOW
from tests.unit.protocol.wire import TOKEN
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import an_answer
from tests.unit.protocol.wire import outcome_of


GOOD = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
HTML = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
XML = '<?xml version="1.0"?><fault><code>900901</code></fault>'


def refused(code, **more):
    return json.dumps({"error": code, **more})


# (rule, status, body, headers, class, category, error)
REFUSED, DOWN, NO_TOKEN = TokenRefusedError, TokenUnavailableError, TokenResponseError

PRECEDENCE: list[tuple[int, int, Any, dict[str, str], type, str | None, Any]] = [
    # 2: 429, or a code that is called a rate limit, under any status
    (2, 429, "", {}, DOWN, "rate_limit", None),
    (2, 429, HTML, {}, DOWN, "rate_limit", None),
    (2, 429, XML, {}, DOWN, "rate_limit", None),
    (2, 429, GOOD, {}, DOWN, "rate_limit", None),
    (2, 429, refused("invalid_grant"), {}, DOWN, "rate_limit", "invalid_grant"),
    (2, 200, refused("slow_down"), {}, DOWN, "rate_limit", "slow_down"),
    (2, 400, refused("slow_down"), {}, DOWN, "rate_limit", "slow_down"),
    (2, 503, refused("too_many_requests"), {}, DOWN, "rate_limit", "too_many_requests"),
    # 3: a readable, non-empty code, under any status
    (
        3,
        400,
        refused("temporarily_unavailable"),
        {},
        DOWN,
        "server",
        "temporarily_unavailable",
    ),
    (3, 500, refused("server_error"), {}, DOWN, "server", "server_error"),
    (3, 503, refused("invalid_client"), {}, REFUSED, "client_auth", "invalid_client"),
    (3, 500, refused("invalid_scope"), {}, REFUSED, "scope", "invalid_scope"),
    (3, 400, refused("server_error"), {}, REFUSED, "request", "server_error"),
    (3, 200, refused("invalid_client"), {}, REFUSED, "client_auth", "invalid_client"),
    (3, 200, {**GOOD, "error": "invalid_scope"}, {}, REFUSED, "scope", "invalid_scope"),
    (
        3,
        400,
        refused("unauthorized_client"),
        {},
        REFUSED,
        "client_auth",
        "unauthorized_client",
    ),
    (
        3,
        401,
        refused("Something of our own"),
        {},
        REFUSED,
        "client_auth",
        "Something of our own",
    ),
    (
        3,
        404,
        refused("Realm does not exist"),
        {},
        REFUSED,
        "request",
        "Realm does not exist",
    ),
    (3, 400, refused(42), {}, REFUSED, "request", "42"),
    (3, 302, refused("invalid_request"), {}, REFUSED, "request", "invalid_request"),
    (3, 407, refused("invalid_client"), {}, REFUSED, "client_auth", "invalid_client"),
    (3, 200, {"errorCode": "E1", "errorSummary": "no"}, {}, REFUSED, "request", "E1"),
    (
        3,
        400,
        "error=invalid_client&error_description=no+such+client",
        {},
        REFUSED,
        "client_auth",
        "invalid_client",
    ),
    # 4: 5xx with any body
    (4, 500, "", {}, DOWN, "server", None),
    (4, 503, "busy", {}, DOWN, "server", None),
    (4, 502, HTML, {}, DOWN, "intermediary", None),
    (4, 500, XML, {}, DOWN, "server", None),
    (4, 500, {"message": "oops"}, {}, DOWN, "server", None),
    (4, 500, GOOD, {}, DOWN, "server", None),
    (4, 501, "[]", {}, DOWN, "server", None),
    (4, 599, {"error": ""}, {}, DOWN, "server", None),
    # 5: 2xx with a token
    (5, 200, GOOD, {}, TokenResponse, None, None),
    (5, 201, GOOD, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "error": None}, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "error": ""}, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "error": {}}, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "errorCode": "0"}, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "code": "invalid_client"}, {}, TokenResponse, None, None),
    (
        5,
        200,
        {**GOOD, "error": {"x": 1}, "code": "invalid_client"},
        {},
        TokenResponse,
        None,
        None,
    ),
    (5, 200, {**GOOD, "Error": "invalid_client"}, {}, TokenResponse, None, None),
    (5, 200, {**GOOD, "message": "welcome"}, {}, TokenResponse, None, None),
    # 6: another 4xx, empty, JSON or plain text
    (6, 401, "", {}, REFUSED, "client_auth", None),
    (6, 403, "", {}, REFUSED, "client_auth", None),
    (6, 401, "Unauthorized", {}, REFUSED, "client_auth", None),
    (6, 400, "", {}, REFUSED, "request", None),
    (6, 404, {"message": "no route"}, {}, REFUSED, "request", None),
    (6, 404, "[]", {}, REFUSED, "request", None),
    (6, 415, "null", {}, REFUSED, "request", None),
    (6, 400, {"error": []}, {}, REFUSED, "request", None),
    (6, 400, '{"error": NaN}', {}, REFUSED, "request", None),
    (6, 400, '{"error": -Infinity}', {}, REFUSED, "request", None),
    (6, 400, '{"error": 1e999}', {}, REFUSED, "request", None),
    (6, 400, {"error": 10**400}, {}, REFUSED, "request", None),
    (6, 400, {"error": True}, {}, REFUSED, "request", None),
    (6, 403, GOOD, {}, REFUSED, "client_auth", None),
    (8, 400, b"\x80\x81", {}, NO_TOKEN, "malformed", None),
    # 7: HTML, XML, 3xx, 407
    (7, 200, HTML, {}, NO_TOKEN, "intermediary", None),
    (7, 403, HTML, {}, NO_TOKEN, "intermediary", None),
    (7, 404, "  \n<html>", {}, NO_TOKEN, "intermediary", None),
    (7, 401, XML, {}, NO_TOKEN, "intermediary", None),
    (7, 200, XML, {}, NO_TOKEN, "intermediary", None),
    (
        7,
        302,
        "",
        {"Location": "https://sso.example.com/login"},
        NO_TOKEN,
        "intermediary",
        None,
    ),
    (7, 307, GOOD, {}, NO_TOKEN, "intermediary", None),
    (7, 304, "", {}, NO_TOKEN, "intermediary", None),
    (7, 407, "", {}, NO_TOKEN, "intermediary", None),
    (7, 407, "denied", {}, NO_TOKEN, "intermediary", None),
    # 8: the rest
    (8, 200, "", {}, NO_TOKEN, "malformed", None),
    (8, 204, "", {}, NO_TOKEN, "malformed", None),
    (8, 200, "hello", {}, NO_TOKEN, "malformed", None),
    (8, 200, "[]", {}, NO_TOKEN, "malformed", None),
    (8, 200, f'"{TOKEN}"', {}, NO_TOKEN, "malformed", None),
    (8, 200, "{}", {}, NO_TOKEN, "malformed", None),
    (8, 200, {"token": TOKEN}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": ""}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": None}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": 12}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": ["a"]}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": "a\nb"}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": "a b"}, {}, NO_TOKEN, "malformed", None),
    (8, 200, {"access_token": "ä"}, {}, NO_TOKEN, "malformed", None),
    (8, 200, '{"access_token": "cut o', {}, NO_TOKEN, "malformed", None),
    (8, 200, "[" * 100_000, {}, NO_TOKEN, "malformed", None),
    (8, 200, '{"expires_in": 1' + "0" * 5000, {}, NO_TOKEN, "malformed", None),
    (8, 200, b"\xff\xfe\x00", {}, NO_TOKEN, "malformed", None),
]


def body_of(value):
    return json.dumps(value) if isinstance(value, dict) else value


class TestPrecedence:
    @pytest.mark.parametrize(
        ("rule", "status", "body", "headers", "kind", "category", "error"),
        PRECEDENCE,
        ids=[f"rule {row[0]} - {row[1]} {str(row[2])[:40]!r}" for row in PRECEDENCE],
    )
    def test_first_match_wins(self, rule, status, body, headers, kind, category, error):
        """A status, a body and headers always end in the class of the contract."""
        found = outcome_of(an_answer(status, body_of(body), headers))

        assert kind is type(found)
        if isinstance(found, TokenError):
            assert (category, error, status) == (
                found.category,
                found.error,
                found.status_code,
            )
            assert found.retryable is (kind is TokenUnavailableError)
            assert ("billing", "generic") == (found.profile, found.provider)

    def test_the_table_speaks_of_every_rule(self):
        """No rule of the contract is without an example."""
        assert {2, 3, 4, 5, 6, 7, 8} == {row[0] for row in PRECEDENCE}

    def test_the_media_type_does_not_matter(self):
        """JSON under ``text/html`` is a token; HTML under JSON's type is a page."""
        token = an_answer(200, json.dumps(GOOD), {"Content-Type": "text/html"})
        page = an_answer(200, HTML, {"Content-Type": "application/json"})

        assert isinstance(outcome_of(token), TokenResponse)
        found = outcome_of(page)
        assert isinstance(found, TokenResponseError)
        assert "application/json" == found.content_type

    def test_a_provider_decides_what_passes(self):
        """Codes that a provider calls retryable, permanent or a limit are so."""
        quirks = {
            "retryable_errors": ["jwks_fetch_failed"],
            "permanent_errors": ["unknown_tenant"],
            "rate_limit_errors": ["quota"],
        }

        def category(status, code):
            found = outcome_of(an_answer(status, refused(code)), quirks=quirks)
            assert isinstance(found, TokenError)
            return type(found), found.category

        assert (TokenUnavailableError, "server") == category(401, "jwks_fetch_failed")
        assert (TokenRefusedError, "request") == category(503, "unknown_tenant")
        assert (TokenUnavailableError, "rate_limit") == category(403, "quota")


class TestErrorBodies:
    @pytest.mark.parametrize(
        ("body", "error", "description"),
        [
            ({"error": "e", "error_description": "d"}, "e", "d"),
            ({"error": "e"}, "e", None),
            ({"error": "e", "error_description": None}, "e", None),
            ({"error": "e", "error_description": 7}, "e", "7"),
            ({"error": "e", "error_description": ["x"]}, "e", "x"),
            ({"error": "e", "error_description": [[[["x"]]]]}, "e", None),
            ({"error": "e", "error_description": {"a": ["x", 7, {}]}}, "e", "a: x, 7"),
            ({"error": " e ", "error_description": " d\r\nx "}, "e", "d x"),
            ({"errorCode": "e", "errorSummary": "d"}, "e", "d"),
            ({"ErrorCode": "e", "Error": "d"}, "e", "d"),
            ({"error": "e", "reason": "d"}, "e", "d"),
            ({"error": {"code": "e", "message": "d"}}, "e", "d"),
            ({"error": {"type": "e"}, "error_description": "d"}, "e", "d"),
            ({"error": None, "errorCode": "e"}, "e", None),
            ({"error": {"code": "e", "type": "t"}, "message": "d"}, "e", "d"),
            ({"error": {"code": 7, "status": "E"}}, "E", None),
            ({"error": {"code": 7}}, "7", None),
            ({"error": 7, "errorCode": "e"}, "e", None),
            ({"error": 0}, None, None),
            ({"errors": [{"errorType": "e", "message": "d"}]}, "e", "d"),
            ({"errors": [{"code": "e", "detail": "d"}, {"code": "x"}]}, "e", "d"),
            ({"errors": ["d"]}, None, "d"),
            ({"errors": {"a": {"b": "d"}, "c": None}}, None, "a: b: d"),
            ({"errors": [{"x": "d"}, {"y": "e"}]}, None, "x: d, y: e"),
            ({"error": ["e"]}, "e", None),
            ({"error": [["e"]]}, None, None),
            ({"error": [{"code": "e", "message": "d"}]}, "e", "d"),
            ({"error": {"error": "e"}}, "e", None),
            ({"ERROR": {"Code": "e", "Message": "d"}}, "e", "d"),
            ({"Errors": [{"Code": "e", "Detail": "d"}]}, "e", "d"),
            ({"Error": "e", "Error_Description": "d"}, "e", "d"),
            ({"errCode": "e", "ErrMsg": "d"}, "e", "d"),
            ({"code": "e", "message": "d"}, "e", "d"),
            ({"code": "e", "error": "f"}, "f", None),
            ({"code": "400", "message": "d"}, None, "d"),
            ({"code": 400, "msg": "d"}, None, "d"),
            ({"code": ["e"], "error_msg": "d"}, None, "d"),
            ({"description": "d"}, None, "d"),
            ({"error": "same", "message": "same"}, "same", None),
            ({"errors": []}, None, None),
            ({"fault": {"faultstring": "d", "detail": {"errorcode": "e"}}}, "e", "d"),
            ({"error": "e", "error_uri": "urn:e:1"}, "e", "urn:e:1"),
            ({"title": "t", "detail": "d", "type": "about:blank"}, None, "d"),
            ({"title": "t", "status": 400}, None, "t"),
            ({"message": "d"}, None, "d"),
            ({"detail": "d", "status": 401}, None, "d"),
        ],
    )
    def test_code_and_text_are_found(self, body, error, description):
        """The envelopes of other vendors give a code and a text as well."""
        found = outcome_of(an_answer(400, json.dumps(body)))

        assert isinstance(found, TokenRefusedError)
        assert (error, description) == (found.error, found.error_description)

    @pytest.mark.parametrize(
        "read",
        [
            lambda body: ErrorBody("mine", "text"),
            lambda body: ErrorBody(body["errors"][0]["errorType"], "text"),
        ],
    )
    def test_a_reader_of_the_provider_comes_first(self, read):
        """A provider's own function reads envelopes of any shape."""
        provider, plan = self.a_provider(read_error=read)
        body = {"error": "other", "errors": [{"errorType": "mine"}]}
        found = outcome_of(an_answer(400, json.dumps(body)), provider, plan=plan)

        assert isinstance(found, TokenRefusedError)
        assert ("mine", "text") == (found.error, found.error_description)

    @pytest.mark.parametrize(
        "read",
        [
            lambda body: body["nowhere"],
            lambda body: 1 / 0,
            lambda body: body["error"]["code"],
            lambda body: 3,
            lambda body: ErrorBody(None),
            lambda body: ErrorBody(["x"]),
            lambda body: None,
        ],
    )
    def test_a_reader_that_chokes_is_passed_over(self, read):
        """A provider's broken function costs nothing but its own reading."""
        provider, plan = self.a_provider(read_error=read)
        found = outcome_of(
            an_answer(400, refused("invalid_scope")), provider, plan=plan
        )

        assert isinstance(found, TokenRefusedError)
        assert "invalid_scope" == found.error

    @pytest.mark.parametrize(
        "read", [lambda body: body["nowhere"], lambda body: 3, lambda body: {"x": 1}]
    )
    def test_a_token_reader_that_chokes_is_passed_over(self, read):
        """The members of the standard are found all the same."""
        provider, plan = self.a_provider(read_success=read)
        found = outcome_of(an_answer(200, json.dumps(GOOD)), provider, plan=plan)

        assert isinstance(found, TokenResponse)

    def a_provider(self, **functions):
        provider = Provider(
            name="acme",
            token_endpoint="https://as.acme.com/token",
            settings={},
            token_endpoint_auth_methods=("client_secret_basic",),
            **functions,
        )
        _, plan = a_plan()
        return provider, attrs.evolve(plan, provider="acme")


class TestChallenge:
    @pytest.mark.parametrize(
        ("header", "error", "description"),
        [
            ('Bearer error="invalid_token"', "invalid_token", None),
            ('Bearer error="e", error_description="d"', "e", "d"),
            ('Basic realm="a", Bearer error="e"', "e", None),
            ('Bearer error="e", DPoP error="f"', "e", None),
            ('Bearer realm="error=x"', None, None),
            ('Bearer error=""', None, None),
            ("Bearer error=", None, None),
            ("Bearer error=e, error_description=d", "e", "d"),
            ('Bearer error=e error_description="d"', "e", "d"),
            ("Bearer error = e", "e", None),
            # Where words without quotes end nobody knows.
            ("Bearer error=e, error_description=some words", "e", None),
            ("Bearer error=some words", None, None),
            ('Bearer error_uri="a?error=x", error="e"', "e", None),
            (r'Bearer error="e", error_description="say \"d\""', "e", 'say "d"'),
            ("Bearer x-error=e", None, None),
            ("error=" * 10_000, None, None),
        ],
    )
    def test_an_error_in_the_header_alone(self, header, error, description):
        """RFC 6750 section 3: a challenge may hold code and text."""
        found = outcome_of(an_answer(401, "", {"WWW-Authenticate": header}))

        assert isinstance(found, TokenRefusedError)
        assert (error, description, "client_auth") == (
            found.error,
            found.error_description,
            found.category,
        )

    def test_the_body_comes_first(self):
        """A code in the body is the server's own; the header may be a gateway's."""
        header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        found = outcome_of(an_answer(401, refused("invalid_client"), header))

        assert "invalid_client" == found.error

    def test_a_token_has_no_challenge(self):
        """A header beside a token is no error."""
        header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        found = outcome_of(an_answer(200, json.dumps(GOOD), header))

        assert isinstance(found, TokenResponse)


class TestCodes:
    @pytest.mark.parametrize(
        "code",
        ["invalid_client", "Invalid Client", "INVALID_CLIENT", "invalid-client"],
    )
    def test_spelling_does_not_matter(self, code):
        """Servers write codes in many ways; callers get what came."""
        found = outcome_of(an_answer(503, refused(code)))

        assert isinstance(found, TokenRefusedError)
        assert (code, "client_auth") == (found.error, found.category)
        assert "check client_id" in found.hint

    @pytest.mark.parametrize("code", ["slow_down", "Slow Down", "slowdown"])
    def test_limits_neither(self, code):
        """A limit is one however it is written."""
        assert "rate_limit" == outcome_of(an_answer(400, refused(code))).category

    @pytest.mark.parametrize("code", ["\x00", "\u200b\u202e"])
    def test_a_code_that_cannot_be_shown(self, code):
        """Nothing is left of it, and the answer is told as one without a code."""
        found = outcome_of(an_answer(400, refused(code)))

        assert isinstance(found, TokenRefusedError)
        assert found.error is None


class TestLimits:
    @pytest.mark.parametrize("status", [200, 400, 403, 503])
    def test_a_header_that_only_limits_have(self, status):
        """Where a provider says so, a header is enough, under any status."""
        found = outcome_of(
            an_answer(status, '{"message": "no"}', {"X-Limited": "1"}),
            quirks={"rate_limit_headers": ["X-Limited"]},
        )

        assert isinstance(found, TokenUnavailableError)
        assert "rate_limit" == found.category

    def test_it_means_nothing_elsewhere(self):
        """The same header of another server is none of our business."""
        found = outcome_of(an_answer(403, "", {"X-Limited": "1"}))

        assert isinstance(found, TokenRefusedError)


class TestSuccess:
    @pytest.mark.parametrize(
        ("value", "lifetime"),
        [
            (3600, 3600.0),
            (299, 299.0),
            ("3600", 3600.0),
            (" 3599 ", 3599.0),
            (3600.5, 3600.5),
            (631_138_518, 631_138_518.0),
            (0, None),
            (-1, None),
            ("-1", None),
            (None, None),
            (True, None),
            ("soon", None),
            ("1h", None),
            ([3600], None),
            ({}, None),
            (1_000_000_000, 1_000_000_000.0),
            # An epoch second of today, and milliseconds of two weeks.
            (1_800_003_600, None),
            (1_209_600_000, None),
            (2**63 - 1, None),
            (10**400, None),
            ("inf", None),
            ("nan", None),
            # Numbers in Python, and nowhere else.
            ("1_000", None),
            ("\u0663\u0660", None),
        ],
    )
    def test_lifetime(self, value, lifetime):
        """A lifetime is a positive number of seconds, or it is unknown."""
        found = outcome_of(an_answer(200, json.dumps({**GOOD, "expires_in": value})))

        assert lifetime == found.expires_in

    @pytest.mark.parametrize(
        ("value", "lifetime"),
        [(3_600_000, 3600.0), ("86399998", 86399.998), (0, None), (10**400, None)],
    )
    def test_lifetime_in_milliseconds(self, value, lifetime):
        """A thousand times too much is told by the provider, never guessed."""
        quirks = {"expires_in_unit": "milliseconds"}
        body = json.dumps({**GOOD, "expires_in": value})
        found = outcome_of(an_answer(200, body), quirks=quirks)

        assert pytest.approx(lifetime) == found.expires_in

    @pytest.mark.parametrize("name", ["expires_on", "expires_at"])
    @pytest.mark.parametrize(
        ("value", "date", "lifetime"),
        [
            (NOW + 600, None, 600.0),
            (f"{NOW + 600:.0f}", None, 600.0),
            (NOW + 600.5, DATE, 600.5),
            # The server's clock is an hour ahead of ours.
            (NOW + 4200, "Fri, 15 Jan 2027 09:00:00 GMT", 600.0),
            (NOW + 600, "no date", 600.0),
            (NOW, DATE, None),
            (NOW - 1, DATE, None),
            (600, DATE, None),
            ((NOW + 600) * 1000, DATE, 600.0),
            (f"{(NOW + 600) * 1000:.0f}", DATE, 600.0),
            ("2027-01-15T08:10:00Z", DATE, 600.0),
            (" 2027-01-15 08:10:00z ", DATE, 600.0),
            ("2027-01-15T08:10+00:00", DATE, 600.0),
            ("2027-01-15T10:10:00.999+0200", DATE, 600.0),
            ("Fri, 15 Jan 2027 08:10:00 GMT", DATE, 600.0),
            # Without a zone it may be a day off.
            ("2027-01-15T08:10:00", DATE, None),
            ("Fri, 15 Jan 2027 08:10:00", DATE, None),
            ("2027-01-16", DATE, None),
            ("2027-00-15T08:10:00Z", DATE, None),
            ("2027-13-15T08:10:00Z", DATE, None),
            ("2027-02-31T08:10:00Z", DATE, None),
            ("2027-01-15T88:10:00Z", DATE, None),
            ("soon", DATE, None),
            (None, DATE, None),
            (True, DATE, None),
        ],
    )
    def test_time_of_expiry(self, name, value, date, lifetime):
        """A moment becomes a lifetime by the server's own clock."""
        body = json.dumps({"access_token": TOKEN, name: value})
        headers = {} if date is None else {"Date": date}
        found = outcome_of(an_answer(200, body, headers))

        assert lifetime == found.expires_in

    def test_a_lifetime_comes_before_a_time_of_expiry(self):
        """What needs no clock is believed first, where it can be."""
        body = {**GOOD, "expires_on": NOW + 60}

        assert 3600.0 == outcome_of(an_answer(200, json.dumps(body))).expires_in
        body["expires_in"] = "soon"
        assert 60.0 == outcome_of(an_answer(200, json.dumps(body))).expires_in

    def test_other_lifetimes_beside_it(self):
        """That of a refresh token, and others, are not taken for the token's."""
        body = {"access_token": TOKEN, "refresh_expires_in": 9, "ext_expires_in": 9}

        assert outcome_of(an_answer(200, json.dumps(body))).expires_in is None

    @pytest.mark.parametrize(
        ("members", "body", "lifetime"),
        [
            (["expires"], {"expires": 60}, 60.0),
            (["a", "b"], {"a": 0, "b": 60}, 60.0),
            (["data.ttl"], {"data": {"ttl": 60}}, 60.0),
            (["all.0.ttl"], {"all": [{"ttl": 60}, {"ttl": 7}]}, 60.0),
            (["a.b"], {"a.b": 60, "a": {"b": 7}}, 60.0),
            (["all.1.ttl"], {"all": [{"ttl": 60}, {"ttl": 7}]}, None),
            (["all.0.ttl"], {"all": []}, None),
            (["data.ttl"], {"data": 60}, None),
        ],
    )
    def test_a_lifetime_in_another_member(self, members, body, lifetime):
        """A name, or a path of names, leads to it."""
        found = outcome_of(
            an_answer(200, json.dumps({"access_token": TOKEN, **body})),
            quirks={"expires_in_members": members},
        )

        assert lifetime == found.expires_in

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
    def test_lifetimes_that_json_does_not_know(self, number):
        """Numbers outside JSON leave the lifetime unknown and the token usable."""
        body = f'{{"access_token": "{TOKEN}", "expires_in": {number}}}'

        assert outcome_of(an_answer(200, body)).expires_in is None

    def test_without_a_lifetime(self):
        """No ``expires_in`` is not an error."""
        found = outcome_of(an_answer(200, json.dumps({"access_token": TOKEN})))

        assert found.expires_in is None

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            ("Bearer", "Bearer"),
            ("bearer", "bearer"),
            ("BearerToken", "BearerToken"),
            ("Bearer Token", "Bearer Token"),
            ("BEARER", "BEARER"),
            (" bearer ", "bearer"),
            ("DPoP", "DPoP"),
            ("dpop", "dpop"),
            ("access_token", "access_token"),
            ("Application Access Token", "Application Access Token"),
            (None, "Bearer"),
            ("", "Bearer"),
            (" ", "Bearer"),
            (7, "Bearer"),
            (["mac"], "Bearer"),
            # What no header could show is not kept.
            ("bearer\x1b[31m", "Bearer"),
        ],
    )
    def test_token_type(self, value, kept):
        """The type is kept as it came; a missing one is Bearer."""
        found = outcome_of(an_answer(200, json.dumps({**GOOD, "token_type": value})))

        assert kept == found.token_type

    @pytest.mark.parametrize(
        "value", ["N_A", "example", "JWT", "Basic", "x" * 5000, "\x00"]
    )
    def test_token_type_that_is_not_known(self, value):
        """RFC 6749 section 7.1: a token of such a type is not used as Bearer."""
        found = outcome_of(an_answer(200, json.dumps({**GOOD, "token_type": value})))

        assert isinstance(found, TokenResponseError)
        assert "malformed" == found.category
        assert "quirks.bearer_token_types" in found.hint
        assert TOKEN not in str(found)
        assert value[:20].strip("\x00") in str(found)

    @pytest.mark.parametrize("value", ["mac", "PoP", " pop "])
    def test_token_type_that_needs_a_proof(self, value):
        """Nobody is advised to send a token as Bearer that is bound to a key."""
        found = outcome_of(an_answer(200, json.dumps({**GOOD, "token_type": value})))

        assert isinstance(found, TokenResponseError)
        assert value.strip() in str(found)
        assert "without a proof" in found.hint
        assert "bearer_token_types" not in found.hint

    def test_token_type_that_the_provider_knows(self):
        """A server that misnames Bearer is described, and then believed."""
        found = outcome_of(
            an_answer(200, json.dumps({**GOOD, "token_type": "example"})),
            quirks={"bearer_token_types": ["Example"]},
        )

        assert "example" == found.token_type

    def test_a_token_in_another_member(self):
        """A name or a path leads to it, and what was read is not in ``extra``."""
        quirks = {"access_token_members": ["accessToken", "data.token"]}

        def read(body):
            found = outcome_of(an_answer(200, json.dumps(body)), quirks=quirks)
            return found.access_token.reveal(), found.extra

        assert (TOKEN, {}) == read({"accessToken": TOKEN})
        assert TOKEN == read({"accessToken": "", "data": {"token": TOKEN}})[0]
        assert TOKEN == read({"data": {"token": TOKEN}})[0]

    @pytest.mark.parametrize(
        ("value", "scope"),
        [
            ("read", ("read",)),
            ("b a", ("b", "a")),
            ("a,b", ("a", "b")),
            (["a", "b", 3], ("a", "b")),
            ("", None),
            ("  ", None),
            (",", None),
            ([], None),
            (None, None),
            (3, None),
            ("a,b c", ("a,b", "c")),
            (" a  b ", ("a", "b")),
            (["a b"], ("a", "b")),
            (["a b", "c"], ("a", "b", "c")),
            (["a,b"], ("a", "b")),
            (["a,b", "c"], ("a,b", "c")),
            ("a, b", ("a", "b")),
            ("a ,b", ("a", "b")),
            ("a , b,c", ("a", "b", "c")),
            ("a b,", ("a", "b")),
        ],
    )
    def test_scope(self, value, scope):
        """A scope is text or an array; absent, null and empty are all None."""
        found = outcome_of(an_answer(200, json.dumps({**GOOD, "scope": value})))

        assert scope == found.scope

    def test_a_scope_in_another_member(self):
        """The first of those that the profile names that holds one counts."""
        found = outcome_of(
            an_answer(200, json.dumps({**GOOD, "scope": "", "scopes": "a b"})),
            quirks={"scope_members": ["scope", "scopes"]},
        )

        assert ("a", "b") == found.scope

    def test_other_members_are_kept(self):
        """Vendors' own members are there, without refresh and ID tokens."""
        body = {
            **GOOD,
            "instance_url": "https://eu1.example.com",
            "not-before-policy": 0,
            "refresh_token": "r",
            "refreshToken": "r",
            "Refresh_Token": "r",
            "refresh-token": "r",
            "_REFRESHTOKEN": "r",
            "ID-Token": "i",
            "id_token": "i",
            "idToken": "i",
            "scope": "a",
        }
        found = outcome_of(an_answer(200, json.dumps(body)))

        assert {
            "instance_url": "https://eu1.example.com",
            "not-before-policy": 0,
        } == found.extra

    def test_no_refresh_token_is_kept_at_any_depth(self):
        """What is of no use is gone before anybody can look at it."""
        body = {**GOOD, "all": [{"refresh_token": "r3fresh", "a": 1}]}
        answer = an_answer(200, json.dumps(body))

        assert {"all": [{"a": 1}]} == outcome_of(answer).extra
        assert "r3fresh" not in str(answer.members)

    def test_members_that_are_nested_deeper_than_they_can_be_written(self):
        """A nest at the edge of what can be read costs that member alone."""
        for depth in range(880, 1000, 4):
            nest = "[" * depth + "]" * depth
            found = outcome_of(
                an_answer(200, f'{{"access_token": "{TOKEN}", "a": {nest}}}')
            )

            assert isinstance(found, TokenResponse | TokenResponseError)

    @pytest.mark.parametrize("name", ["error", "Error", "errors", "message", "code"])
    @pytest.mark.parametrize("opening", ["[", '{"a": '])
    def test_errors_that_are_nested_deeply(self, name, opening):
        """A nest as deep as JSON can be read is a refusal, whichever member it is."""
        closing = {"[": "]"}.get(opening, "}")
        nest = opening * 900 + "7" + closing * 900
        found = outcome_of(an_answer(400, f'{{"{name}": {nest}}}'))

        assert isinstance(found, TokenRefusedError)
        assert found.error is None

    @pytest.mark.timeout(10)
    def test_errors_of_many_members(self):
        """Thousands of members take no time, though they are looked through twice."""
        many = {f"x{at}": {"Code": 1} for at in range(5_000)}
        body = json.dumps({**many, "Errors": many, "Message": [["d"] * 9] * 1_000})
        found = outcome_of(an_answer(400, body))

        assert isinstance(found, TokenRefusedError)
        assert 300 == len(found.error_description)

    def test_other_members_are_json(self):
        """What JSON does not know is null, so that ``extra`` can be stored."""
        body = f'{{"access_token": "{TOKEN}", "a": NaN, "b": [-Infinity]}}'

        assert {"a": None, "b": [None]} == outcome_of(an_answer(200, body)).extra

    @pytest.mark.parametrize(
        "body",
        [
            b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
            json.dumps(GOOD).encode("utf-16"),
            b"\n  " + json.dumps(GOOD).encode(),
            f"access_token={TOKEN.replace('+', '%2B')}&expires_in=3600".encode(),
            f"access_token={TOKEN.replace('+', '%2B')}".encode(),
        ],
        ids=["BOM", "UTF-16", "blanks", "form", "form of one"],
    )
    def test_the_body_is_read_by_its_content(self, body):
        """A byte order mark, another encoding or a form hold the same token."""
        assert TOKEN == outcome_of(an_answer(200, body)).access_token.reveal()

    def test_tokens_of_any_visible_characters(self):
        """Pipes, slashes and percent signs are a part of some vendors' tokens."""
        token = "00D!AQ|x/y+z%20#^~=="
        found = outcome_of(an_answer(200, json.dumps({"access_token": token})))

        assert token == found.access_token.reveal()


class TestShortfall:
    @pytest.mark.parametrize(
        ("granted", "missing"),
        [
            ("a b", ()),
            ("b a c", ()),
            ("a", ("b",)),
            ("c", ("a", "b")),
            (None, ()),
            ("", ()),
        ],
    )
    def test_what_was_not_granted(self, granted, missing):
        """RFC 6749 section 5.1: no ``scope`` means all that was asked for."""
        _, plan = a_plan(scope="a b")
        found = outcome_of(
            an_answer(200, json.dumps({**GOOD, "scope": granted})), plan=plan
        )

        assert missing == found.shortfall(plan)

    def test_servers_that_always_tell(self):
        """Where a server always names the scope, none named is none granted."""
        _, plan = a_plan(scope="a", quirks={"scope_echoed": True})
        found = outcome_of(an_answer(200, json.dumps(GOOD)), plan=plan)

        assert ("a",) == found.shortfall(plan)

    @pytest.mark.parametrize("form", [str, quote, lambda it: it.encode().hex()])
    def test_a_scope_that_echoes_a_secret(self, form):
        """What was asked for stays; the rest is told as something else, in no word."""
        secret = "p4ss word/with-a blank"
        _, plan = a_plan(scope="a b")
        body = {**GOOD, "scope": f"c {form(secret)} a"}
        found = outcome_of(
            an_answer(200, json.dumps(body)), plan=plan, secrets=(secret,)
        )

        assert ("a", "********") == found.scope
        assert ("b",) == found.shortfall(plan)

    def test_require_scope(self):
        """With ``require_scope`` a shortfall is a refusal that names it."""
        found = outcome_of(
            an_answer(200, json.dumps({**GOOD, "scope": "a"})),
            scope="a b",
            require_scope=True,
        )

        assert isinstance(found, TokenRefusedError)
        assert ("scope", False) == (found.category, found.retryable)
        assert "did not grant b " in str(found)
        assert TOKEN not in str(found)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "30"}, 30.0),
            ({"Retry-After": " 30 "}, 30.0),
            ({"Retry-After": "1.5"}, 1.5),
            ({"Retry-After": "-5"}, 0.0),
            ({"Retry-After": "1e12"}, 366 * 86400.0),
            ({"Retry-After": "nan"}, None),
            ({"Retry-After": "soon"}, None),
            ({"Retry-After": ""}, None),
            ({}, None),
            # A date is read against the server's clock where it tells it.
            ({"Retry-After": "Fri, 15 Jan 2027 08:01:00 GMT"}, 60.0),
            (
                {
                    "Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT",
                    "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
                },
                30.0,
            ),
            (
                {
                    "Retry-After": "Wed, 21 Oct 2015 07:28:30 -0000",
                    "Date": "Wed, 21 Oct 2015 07:28:00",
                },
                30.0,
            ),
            ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT", "Date": DATE}, 0.0),
            ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 366 * 86400.0),
            ({"Retry-After": "Fri, 99 Foo 2027 08:01:00 GMT"}, None),
        ],
    )
    def test_the_standard_header(self, headers, seconds):
        """Seconds and dates become a bounded number of seconds, or nothing."""
        found = outcome_of(an_answer(503, "", headers))

        assert seconds == found.retry_after

    def test_zones_do_not_depend_on_this_machine(self, monkeypatch):
        """A date without a zone is UTC, wherever the client runs."""
        import time

        monkeypatch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        try:
            headers = {"Retry-After": "Fri, 15 Jan 2027 08:01:00", "Date": DATE}
            assert 60.0 == outcome_of(an_answer(503, "", headers)).retry_after
        finally:
            monkeypatch.undo()
            time.tzset()

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"X-Rate-Limit-Reset": f"{NOW + 20:.0f}", "Date": DATE}, 21.0),
            # The server's clock is 1000 s behind ours; only the difference counts.
            (
                {
                    "X-Rate-Limit-Reset": f"{NOW - 980:.0f}",
                    "Date": "Fri, 15 Jan 2027 07:43:20 GMT",
                },
                21.0,
            ),
            ({"X-Rate-Limit-Reset": f"{NOW + 20:.0f}"}, 21.0),
            ({"X-Rate-Limit-Reset": f"{NOW - 20:.0f}", "Date": DATE}, 0.0),
            ({"X-Rate-Limit-Reset": "soon", "Date": DATE}, None),
            ({"X-Rate-Limit-Reset": f"{NOW + 9:.0f}", "Retry-After": "3"}, 3.0),
        ],
    )
    def test_okta_by_its_reset_header(self, headers, seconds):
        """Okta's epoch second is read against its own Date, plus one."""
        found = outcome_of(an_answer(429, "", headers), "okta")

        assert "rate_limit" == found.category
        assert seconds == found.retry_after

    def test_the_reset_header_means_nothing_elsewhere(self):
        """The same header of another server may be a delta or milliseconds."""
        headers = {"X-Rate-Limit-Reset": f"{NOW + 20:.0f}", "Date": DATE}

        assert outcome_of(an_answer(429, "", headers)).retry_after is None

    def test_okta_sends_it_with_every_answer(self):
        """A refusal that is no rate limit asks nobody to wait."""
        headers = {"X-Rate-Limit-Reset": f"{NOW + 20:.0f}", "Date": DATE}
        found = outcome_of(an_answer(401, refused("invalid_client"), headers), "okta")

        assert found.retry_after is None


class TestCorrelationId:
    ECID = "b6d0cd2e-3ce5-4ee6-ae5f-d9aae77b79cc-00000025"

    @pytest.mark.parametrize(
        ("provider", "body", "headers", "correlation_id"),
        [
            ("okta", {"errorId": "oaeX1"}, {}, "oaeX1"),
            ("okta", {}, {"X-Okta-Request-Id": "Zx9"}, "Zx9"),
            ("oracle-idcs", {"ecid": "Suwmo0F0"}, {}, "Suwmo0F0"),
            ("oracle-idcs", {"ecid": ECID}, {}, ECID),
            ("oracle-idcs", {}, {"X-Oracle-DMS-ECID": ECID}, ECID),
            ("generic", {"correlation_id": "c", "trace_id": "t"}, {}, "c"),
            ("generic", {"trace_id": "t"}, {}, "t"),
            ("generic", {"request_id": 17}, {}, "17"),
            ("generic", {}, {"X-Request-Id": "r"}, "r"),
            ("generic", {}, {"X-Correlation-Id": "c"}, "c"),
            ("generic", {}, {}, None),
        ],
    )
    def test_it_is_found(self, provider, body, headers, correlation_id):
        """What the vendor's support asks for is on the error and in its text."""
        answer = an_answer(400, json.dumps({"error": "e", **body}), headers)
        found = outcome_of(answer, provider)

        assert correlation_id == found.correlation_id
        if correlation_id:
            assert f"correlation id {correlation_id}" in str(found)


class TestMessage:
    def test_it_says_who_what_and_what_next(self):
        """The text of a refusal has provider, code, description, status, hint."""
        found = outcome_of(
            an_answer(401, refused("invalid_client", error_description="no such one"))
        )

        assert str(found).startswith(
            'generic refused the request: invalid_client "no such one" (HTTP 401); '
        )
        assert str(found).endswith(str(found.hint))

    @pytest.mark.parametrize(
        ("status", "body", "headers", "told"),
        [
            (200, HTML, {}, "an HTML page titled 'Sign in'"),
            (200, XML, {}, "not in JSON: an XML document <fault> ("),
            (403, XML, {}, "not in JSON: an XML document <fault>: '900901' ("),
            (403, "<!-- <a> --><b><c/></b>", {}, "not in JSON: an XML document <b> ("),
            (403, "<", {}, "not in JSON: an XML document: '<' ("),
            (
                407,
                "<x><error>invalid_client</error></x>",
                {},
                "something else answered: an XML document (",
            ),
            (
                200,
                "<html><META content=\"1;URL='http://a.example/b?c=d'\" "
                "http-equiv=Refresh></html>",
                {},
                "an HTML page that leads to 'http://a.example/b'",
            ),
            (200, "", {}, "an empty body"),
            (200, "{}", {}, "a JSON object"),
            (200, "[1]", {}, "JSON that is no object"),
            (200, "opaque-token", {}, "plain text ("),
            (403, "Blocked by WAF", {}, "plain text: 'Blocked by WAF'"),
            (
                302,
                "",
                {"Location": "https://sso.acme.com/login?SAMLRequest=abc#x"},
                "a redirect to 'https://sso.acme.com/login'",
            ),
            (407, "", {}, "set proxy in the profile"),
            (404, "", {}, "nothing is served under this path"),
        ],
    )
    def test_it_says_what_came(self, status, body, headers, told):
        """An answer without a code is described; a 2xx body is never quoted."""
        assert told in str(outcome_of(an_answer(status, body, headers)))

    def test_no_body_of_a_success_is_quoted(self):
        """A 2xx may hold a credential in any shape: none of it is shown."""
        for body in (
            *("s3cr3t-in-text", '"s3cr3t"', '{"tok": "s3cr3t"}', '["s3cr3t"]'),
            '{"message": {"tok": "s3cr3t"}, "errors": ["s3cr3t"]}',
            '{"error": "e", "message": {"tok": "s3cr3t"}}',
            "<a><tok>s3cr3t</tok></a>",
            "<a><error>invalid_scope</error><message>s3cr3t</message></a>",
        ):
            assert "s3cr3t" not in str(outcome_of(an_answer(200, body)))
