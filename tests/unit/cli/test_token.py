"""``ccflow token``: the token, how it is printed, and every way to fail."""

from __future__ import annotations

import json
import time

import pytest

from .conftest import SECRET
from .conftest import clean
from .conftest import profile_at


@pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs"])
def test_the_bare_token_is_printed(run, servers, name):
    """Standard output holds the token and a newline, and standard error nothing."""
    result = run("token", name, "--config", servers[name].config)

    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\n")
    assert servers[name].tenant.find_token(result.out[:-1])


@pytest.mark.parametrize("name", ["okta-private-key-jwt", "oracle-idcs-x5t"])
def test_signed_assertions_work(run, okta, name):
    """A profile with a key gets its token as well."""
    assert run("token", name, "--config", okta.config).code == 0


def test_config_is_taken_before_the_command_too(run, okta):
    """--config may stand before or after the name of the command."""
    before = run("--config", okta.config, "token", "okta")

    assert before.code == 0


def test_config_beside_the_command_wins(run, okta, tmp_path):
    """Of two --config the nearer one counts."""
    nowhere = str(tmp_path / "nowhere.toml")

    assert run("--config", nowhere, "token", "okta", "--config", okta.config).code == 0


def test_header_is_a_whole_line(run, okta):
    """--header prints what curl -H @- takes."""
    out = run("token", "okta", "--header", "--config", okta.config).out

    name, scheme, token = out.split()
    assert (name, scheme) == ("Authorization:", "Bearer")
    assert okta.tenant.find_token(token)


def test_json_has_the_five_members(run, okta):
    """--json tells the token, its type, its end and its scope."""
    told = run("token", "okta", "--json", "--config", okta.config).json()

    assert list(told) == [
        "access_token",
        "token_type",
        "expires_at",
        "expires_in",
        "scope",
    ]
    assert okta.tenant.find_token(told["access_token"])
    assert told["token_type"] == "Bearer"
    assert told["scope"] == ["invoices.read"]
    assert isinstance(told["expires_at"], int)
    assert 3590 <= told["expires_in"] <= 3600
    assert abs(told["expires_at"] - time.time() - 3600) < 10


def test_json_and_header_exclude_each_other(run, okta):
    """Two forms of output at once are a usage error."""
    result = clean(run("token", "okta", "--json", "--header", "--config", okta.config))

    assert result.code == 2


def test_refresh_gets_a_token(run, okta):
    """--refresh asks the server, whatever is held."""
    before = okta.journal.count("token")

    assert run("token", "okta", "--refresh", "--config", okta.config).code == 0
    assert okta.journal.count("token") == before + 1


def test_options_replace_what_the_profile_asks_for(run, write, canned):
    """--scope, --audience and --resource reach the server; scopes may be repeated."""
    canned.body = b'{"access_token": "t", "token_type": "Bearer"}'
    config = write(profile_at(f"{canned.url}/token", scope='"one"'))
    options = ["--scope", "two three", "--scope", "four", "--audience", "api"]
    resources = ["--resource", "https://a.example", "--resource", "https://b.example"]

    assert run("token", "billing", "--config", config, *options, *resources).code == 0
    body = canned.requests[0][3].decode()
    assert "scope=two%20three%20four&audience=api&" in body
    assert body.count("resource=") == 2


def test_an_empty_scope_sends_none(run, write, canned):
    """--scope "" takes the profile's scope away."""
    canned.body = b'{"access_token": "t", "token_type": "Bearer"}'
    config = write(profile_at(f"{canned.url}/token", scope='"one"'))

    assert run("token", "billing", "--config", config, "--scope", "").code == 0
    assert b"scope" not in canned.requests[0][3]


def test_unknown_members_are_null(run, write, canned):
    """What the server does not say is null in JSON."""
    canned.body = b'{"access_token": "t", "token_type": "Bearer"}'
    config = write(profile_at(f"{canned.url}/token"))
    told = run("token", "billing", "--json", "--config", config).json()

    assert (
        told["expires_at"],
        told["expires_in"],
        told["scope"],
    ) == (None, None, None)


def test_a_shortfall_is_warned_of(run, write, canned):
    """A server that grants less than was asked for shows on standard error."""
    canned.body = b'{"access_token": "t", "token_type": "Bearer", "scope": "one"}'
    config = write(profile_at(f"{canned.url}/token", scope='"one two"'))
    result = run("token", "billing", "--config", config)

    assert (result.code, result.out) == (0, "t\n")
    assert "did not grant two; granted: one" in result.err


def test_a_refusal_ends_with_3(run, okta):
    """The server's no comes with its code, its status and what to do."""
    result = clean(run("token", "okta", "--scope", "nonsense", "--config", okta.config))

    assert result.code == 3
    for part in ("invalid_scope", "HTTP 400", "correlation id", "Admin Console"):
        assert part in result.err


@pytest.mark.parametrize(
    ("status", "headers", "body", "code"),
    [
        (401, {}, {"error": "invalid_client"}, 3),
        (400, {}, {"error": "invalid_scope", "error_description": SECRET}, 3),
        (503, {}, {"error": "temporarily_unavailable"}, 4),
        (200, {"Content-Type": "text/html"}, "<html><title>Login</title>", 5),
        (200, {}, "", 5),
        (200, {}, "{", 5),
        (200, {}, {"token": SECRET}, 5),
        (200, {}, "x" * 1_100_000, 5),
        (302, {"Location": "https://login.example.com/"}, "", 5),
    ],
)
def test_each_kind_of_answer_has_its_code(
    run, write, canned, status, headers, body, code
):
    """Whatever a server answers ends in 3, 4 or 5, and no secret is shown."""
    canned.status, canned.headers = status, headers
    text = body if isinstance(body, str) else json.dumps(body)
    canned.body = text.encode()
    config = write(profile_at(f"{canned.url}/token", timeout="2"))

    assert clean(run("token", "billing", "--config", config)).code == code


def test_no_answer_ends_with_4(run, write, unused_port):
    """A server that is not there may be there later."""
    config = write(profile_at(f"http://127.0.0.1:{unused_port}/token", timeout="1"))

    assert clean(run("token", "billing", "--config", config)).code == 4
