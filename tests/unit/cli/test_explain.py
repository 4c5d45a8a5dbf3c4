"""``ccflow explain``: what an error means, without a server."""

from __future__ import annotations

import io
import json
import sys
from base64 import b64encode

import pytest

from ccflow.cli.pasted_text import objects_in
from ccflow.cli.pasted_text import read_head
from tests.support.corpus import all_shapes

from .conftest import SECRET
from .conftest import clean


CURL = (
    b"HTTP/1.1 200 Connection established\r\n\r\n"
    b"HTTP/2 429 \r\nretry-after: 30\r\nx-okta-request-id: abc\r\n\r\n"
    b'{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit"}'
)


@pytest.fixture
def paste(run, monkeypatch):
    """Run the command with a text on standard input."""

    def paste(content, *args):
        content = content.encode() if isinstance(content, str) else content
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return run("explain", *args)

    return paste


class TestCode:
    def test_a_code_of_a_provider(self, run):
        """The next step is the provider's own, with its page."""
        result = run("explain", "--provider", "okta", "invalid_scope")

        assert (0, "") == (result.code, result.err)
        assert "okta refused the request: invalid_scope" in result.out
        assert "Security > API > the authorization server > Scopes" in result.out
        assert "/default scopes|No scopes were requested/" in result.out
        assert "instead" not in result.out
        assert "the status is assumed" in result.out

    def test_json(self, run):
        """A program gets what the error would have, and the exit code."""
        told = run("explain", "--provider", "okta", "invalid_scope", "--json").json()

        assert "TokenRefusedError" == told["class"]
        assert ("scope", False, 3, "invalid_scope", 400, True) == (
            told["category"],
            told["retryable"],
            told["exit_code"],
            told["error"],
            told["status_code"],
            told["status_is_assumed"],
        )
        assert told["hint"].startswith("add the scope in")
        assert {"description", "hint"} == told["others"][0].keys()
        assert told["documentation"]

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (["invalid_client"], (401, "TokenRefusedError", "client_auth")),
            (["server_error"], (500, "TokenUnavailableError", "server")),
            (
                ["server_error", "--status", "400"],
                (400, "TokenRefusedError", "request"),
            ),
            (["slow_down"], (400, "TokenUnavailableError", "rate_limit")),
            (["--provider", "okta", "E0000007"], (400, "TokenRefusedError", "request")),
            (["nobody_knows_it"], (400, "TokenRefusedError", "request")),
        ],
    )
    def test_the_status_that_it_comes_under(self, run, args, told):
        """It is the usual one, unless another one is given."""
        found = run("explain", "--json", *args).json()

        assert told == (found["status_code"], found["class"], found["category"])

    def test_a_text_that_came_with_it(self, run):
        """The text decides which of the causes of a code it is."""
        found = run(
            *("explain", "--provider", "okta", "invalid_client", "--json"),
            *("--description", "The client_assertion token is expired."),
        ).json()

        assert "clock" in found["hint"]

    def test_a_cause_that_only_others_tell(self, run):
        """A text that everybody's table knows is not hidden by a provider's code."""
        found = run(
            *("explain", "--provider", "wso2", "invalid_client", "--json"),
            *("--description", "The client secret has expired"),
        ).json()

        assert "secret has expired" in found["hint"]
        assert {"description": None, "hint": found["others"][-1]["hint"]} == (
            found["others"][-1]
        )
        assert "Allowed grant types" not in str(found["others"])
        assert "compare the secret" in found["others"][-1]["hint"]

    @pytest.mark.parametrize("name", ["google", "workday"])
    def test_a_provider_without_the_grant(self, run, name):
        """The code is explained all the same, and what to use instead is told."""
        result = run("explain", "--provider", name, "invalid_grant")
        told = run("explain", "--provider", name, "invalid_grant", "--json").json()

        assert (0, "") == (result.code, result.err)
        assert f"{name} refused the request: invalid_grant" in result.out
        assert "cannot be used" in result.out
        assert "cannot be used" in told["instead"]

    def test_a_code_that_nobody_knows(self, run):
        """The next step is to look elsewhere."""
        assert "look the code up" in run("explain", "nobody_knows_it").out

    def test_an_unknown_provider_ends_with_2(self, run):
        """The nearest name is told."""
        result = clean(run("explain", "--provider", "otka", "invalid_scope"))

        assert 2 == result.code
        assert "did you mean 'okta'?" in result.err

    @pytest.mark.parametrize("status", ["0", "99", "600", "x"])
    def test_a_status_that_is_none_ends_with_2(self, run, status):
        """A mistake in the command is one."""
        assert 2 == clean(run("explain", "e", "--status", status)).code


class TestPasted:
    def test_a_body(self, paste):
        """Standard input is read where no code is given."""
        body = '{"error":"invalid_client","error_description":"client is locked"}'
        result = paste(body)

        assert 0 == result.code
        assert 'refused the request: invalid_client "client is locked"' in result.out
        assert "switched off at the server" in result.out

    def test_what_curl_prints(self, paste):
        """The last head counts: status, wait and identifier are taken from it."""
        told = paste(CURL, "--provider", "okta", "--json").json()

        assert (429, False, "rate_limit", 30.0, "abc") == (
            told["status_code"],
            told["status_is_assumed"],
            told["category"],
            told["retry_after"],
            told["correlation_id"],
        )
        assert "wait" in paste(CURL, "--provider", "okta").out

    def test_what_curl_says_of_itself(self, paste):
        """The request and the remarks of `curl -v` are no part of the answer."""
        verbose = (
            "* Connected to as.example.com\n> POST /token HTTP/1.1\n"
            f"> Authorization: Basic {b64encode(SECRET.encode()).decode()}\n>\n"
            "} [29 bytes data]\n< HTTP/1.1 401 Unauthorized\r\n"
            "< X-Okta-Request-Id: abc\r\n< \r\n{ [66 bytes data]\n"
            '{ "error":\n "invalid_client"\n}* Connection #0 to host x left intact\n'
        )
        told = paste(verbose, "--provider", "okta", "--json").json()

        assert (401, False, "invalid_client", "abc") == (
            told["status_code"],
            told["status_is_assumed"],
            told["error"],
            told["correlation_id"],
        )
        assert SECRET not in str(told)

    @pytest.mark.parametrize(
        "text",
        [
            '12:00 ERROR no token: {"error":"invalid_scope"} after 3 s',
            '12:00 ERROR {"error":"invalid_scope"}\n12:01 {"error":"else"}',
            r'{"level":"error","body":"{\"error\":\"invalid_scope\"}"}',
            r'{"level":"error","got":{"body":["{\"error\":\"invalid_scope\"}"]}}',
            r'"{\"error\":\"invalid_scope\"}"',
            r"got {\"error\":\"invalid_scope\"}",
            '{not json} {"error":"invalid_scope"}',
            "TokenRefusedError: okta refused the request: invalid_scope (HTTP 400); x",
        ],
    )
    def test_an_answer_within_a_text(self, paste, text):
        """A log, a string and a message of ccflow hold the answer, too."""
        assert "invalid_scope" == paste(text, "-", "--json").json()["error"]

    def test_a_message_of_ccflow(self, paste):
        """Code, text and status are taken from it, however its lines are broken."""
        text = (
            "okta refused the request: invalid_client "
            '"The client secret\nsupplied is invalid." (HTTP 401, correlation id x); y'
        )
        told = paste(text, "--provider", "okta", "--json").json()

        assert (401, False, "The client secret supplied is invalid.") == (
            told["status_code"],
            told["status_is_assumed"],
            told["error_description"],
        )
        assert "wrong or was rotated" in told["hint"]

    def test_a_page_is_not_searched(self, paste):
        """What a page has in its scripts is no answer of the server."""
        page = '<html><title>Sign in</title><script>{"error":"x"}</script>'

        assert "login page" in paste(page).out

    def test_a_status_that_is_given_comes_first(self, paste):
        """Who pastes may know better than the head."""
        assert 500 == paste(CURL, "--status", "500", "--json").json()["status_code"]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("<html><title>Sign in</title>", "login page for people"),
            ("Unauthorized", "plain text: 'Unauthorized'"),
            ('{"fault": 1}', "a JSON object"),
            (b"\x80\x81", "bytes that are no text"),
        ],
    )
    def test_whatever_came(self, paste, body, told):
        """Pages and scraps are explained as the error would."""
        result = paste(body)

        assert 0 == result.code
        assert told in result.out

    def test_a_success(self, paste):
        """A token that is pasted by mistake is not shown again."""
        body = {"access_token": "t0p-s3cret", "expires_in": 60, "scope": "a b", "x": 1}
        result = paste(json.dumps(body))

        assert 0 == result.code
        assert "t0p-s3cret" not in result.out
        assert "gave a token of the type Bearer" in result.out
        told = paste(json.dumps(body), "--json").json()
        assert ("token", 60.0, ["a", "b"], ["x"]) == (
            told["outcome"],
            told["expires_in"],
            told["scope"],
            told["extra"],
        )

    @pytest.mark.parametrize("content", ["", " \n"])
    def test_nothing_ends_with_2(self, paste, content):
        """Without a code and without an answer there is nothing to explain."""
        result = clean(paste(content))

        assert 2 == result.code
        assert "give an error code" in result.err

    def test_too_much_ends_with_2(self, paste):
        """What is longer than any answer is not read."""
        assert "at most 1 MiB" in clean(paste("x" * (1024 * 1024 + 1))).err

    def test_without_standard_input(self, run, monkeypatch):
        """A process whose input is closed gets the same message."""
        monkeypatch.setattr(sys, "stdin", None)

        assert 2 == clean(run("explain")).code

    @pytest.mark.parametrize(
        "content",
        [
            f"error=invalid_client&client_secret={SECRET}",
            f'{{"error":"x","error_description":"bad client_secret={SECRET}"}}',
            f'{{"error":"x","error_description":"bad client_secret: {SECRET}"}}',
            f'{{"error":"{SECRET}","client_secret":"{SECRET}"}}',
            f'{{"error":"x","error_description":"{SECRET}","password": "{SECRET}"}}',
            f"got token='{SECRET}' here",
            f"access_token: {SECRET}",
            f'{{"access_token":"{SECRET}","token_ty',
            f"%22client_secret%22%3A%22{SECRET}%22 for {SECRET}",
            f"got Authorization: Bearer {SECRET}",
            "got Authorization: Basic "
            + b64encode(f"a:{SECRET}".encode()).decode()
            + f" for {SECRET}",
            f"HTTP/1.1 302 Found\nlocation: https://a.example/{SECRET}\n"
            f"x-client-secret: {SECRET}\n\n",
            f"<html><title>client_secret={SECRET}</title>",
            json.dumps(
                {"body": json.dumps({"error": SECRET, "client_secret": SECRET})}
            ),
            f'okta refused the request: x "client_secret={SECRET}" (HTTP 401); y',
            f'{{"access_token":"{SECRET}","token_type":"Bearer","{SECRET}":1}}',
        ],
    )
    def test_secrets_in_it_are_not_shown(self, paste, content):
        """What is pasted may hold what was sent, and goes to a terminal or a ticket."""
        for args in ([], ["--json"]):
            result = paste(content, *args)

            assert 0 == result.code
            assert SECRET not in result.out + result.err

    @pytest.mark.parametrize("shape", all_shapes()[::7], ids=lambda shape: shape.id)
    def test_the_corpus(self, paste, shape):
        """Whatever a server answered, it can be pasted."""
        if not shape.body.strip() or len(shape.body) > 10_000:
            return
        result = paste(shape.body, "--status", str(min(shape.status, 599)))

        assert 0 == result.code
        assert "Traceback" not in result.err


class TestHead:
    @pytest.mark.parametrize(
        ("content", "status", "headers", "body"),
        [
            (b"{}", None, {}, b"{}"),
            (b"HTTP/1.1 401 Unauthorized\r\nA: b\r\n\r\n{}", 401, {"a": "b"}, b"{}"),
            (b"\n HTTP/2 401\nA: b:c \n\n{}", 401, {"a": "b:c"}, b"{}"),
            (b"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n\nx", 200, {}, b"x"),
            (b"HTTP/1.1 204 No Content\r\n", 204, {}, b""),
            (b"HTTP/1.1 xyz\n\n", None, {}, b"HTTP/1.1 xyz\n\n"),
            (b"$ curl -i x\nHTTP/2 401\nA: b\n\n{}", 401, {"a": "b"}, b"{}"),
            (b"* x\n> POST /\n>\n< HTTP/2 401\n< A: b\n<\n{}", 401, {"a": "b"}, b"{}"),
            (b"< HTTP/2 401\n< \n{\n}\n", 401, {}, b"{\n}\n"),
        ],
    )
    def test_it_is_taken_off(self, content, status, headers, body):
        """A head is read where there is one, and the last of several counts."""
        assert (status, headers, body) == read_head(content)

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize(
        "part",
        [
            *(b"HTTP/1.1 200 OK\n", b"a:", b"a:b\n", b"secret=", b"< HTTP/1.1 2\n"),
            *(b"{", b'{"a":', b'"{', b"refused the request: ", b"\n"),
        ],
    )
    def test_a_hostile_paste_takes_no_time(self, paste, part):
        """A megabyte made to be slow is read like any other."""
        assert 0 == paste(b"HTTP/1.1 200 OK\n" + part * (900_000 // len(part))).code


class TestObjects:
    def test_nesting_ends(self):
        """A text that holds itself many times over is left after some turns."""
        text = '{"error":"deep"}'
        for _ in range(9):
            text = json.dumps({"body": text})

        assert "deep" not in {it.get("error") for it in objects_in(text)}

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize("part", ["{", '{"a":', '"{', '\\"{', '{"{"a":1}', '["'])
    def test_a_hostile_text_takes_no_time(self, part):
        """Only the beginning of a text is searched, and some places in it."""
        assert all(isinstance(it, dict) for it in objects_in(part * 300_000))

    def test_the_outer_one_comes_first(self):
        """Each object, from left to right."""
        found = list(objects_in('x {"a": [{"b": "{\\"c\\": 1}"}]} {"d": 2}'))

        assert ["a", "b", "c", "d"] == [next(iter(it)) for it in found][:4]
