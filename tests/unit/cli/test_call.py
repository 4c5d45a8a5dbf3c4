"""``ccflow call``: an API with the token of a profile."""

from __future__ import annotations

import json

import pytest

from .conftest import Result
from .conftest import clean
from .conftest import profile_at
from .conftest import spawn


@pytest.fixture
def api(run, okta):
    """Call the API of the emulator."""

    def call(*args, path="/invoices", method="GET"):
        trust = ["--config", okta.config, "--ca-file", okta.ca_file]
        return run("call", "okta", method, okta.api + path, *trust, *args)

    return call


def test_the_body_is_the_result(api, okta):
    """The body goes to standard output and the status to standard error."""
    result = api()

    assert result.code == 0
    assert result.json()["path"] == "/api/invoices"
    assert result.err == "HTTP/1.1 200 OK\n"
    assert okta.journal.entries("api")[-1].status == 200


def test_include_prints_status_and_headers(api):
    """--include puts them before the body, as curl does."""
    head, _, body = api("--include").out.partition("\n\n")

    assert head.startswith("HTTP/1.1 200 OK\n")
    assert "content-type: application/json" in head
    assert json.loads(body)


def test_a_revoked_token_is_replaced(run, write, canned, okta):
    """The client of the contract is what calls: one token request for one call."""
    before = okta.journal.count("token")
    options = ["--config", okta.config, "--ca-file", okta.ca_file]

    assert run("call", "okta", "GET", okta.api + "/x", *options).code == 0
    assert okta.journal.count("token") - before <= 1


def test_data_is_sent(api, okta, tmp_path):
    """--data sends text or a file; JSON says that it is JSON, other text nothing."""
    path = tmp_path / "invoice.json"
    path.write_text('{"amount": 1}')

    for data, content_type in [
        (f"@{path}", "application/json"),
        ("[1]", "application/json"),
        ("a=b", None),
        ("5", None),
    ]:
        assert api("--data", data, method="post").code == 0
        entry = okta.journal.entries("api")[-1]
        sent = path.read_bytes() if data.startswith("@") else data.encode()
        assert ("POST", sent) == (entry.method, entry.body)
        assert entry.headers.get("content-type") == content_type


def test_headers_are_sent(api, okta):
    """--header adds headers, and wins over the media type that is guessed."""
    more = ["--header", "X-One: 1", "--header", "content-type:text/plain"]

    assert api("--data", "{}", *more, method="PUT").code == 0
    headers = okta.journal.entries("api")[-1].headers
    assert (headers["x-one"], headers["content-type"]) == ("1", "text/plain")


def test_an_error_of_the_api_is_still_its_answer(run, okta, write, canned):
    """A 404 ends with 0, and with 22 where --fail is given; its body is printed."""
    canned.status, canned.body = 404, b"no such thing"
    options = ["--config", okta.config]
    result = run("call", "okta", "GET", canned.url, *options)
    failed = run("call", "okta", "GET", canned.url, "--fail", *options)

    assert (result.code, result.out) == (0, "no such thing")
    assert (failed.code, failed.out) == (22, "no such thing")
    assert "404 Not Found" in failed.err


def test_a_redirect_is_not_followed(run, okta, canned):
    """A redirect is the answer; the token goes nowhere else."""
    canned.status, canned.headers = 302, {"Location": "https://elsewhere.example/"}
    result = run("call", "okta", "GET", canned.url, "--config", okta.config)

    assert result.code == 0
    assert "302" in result.err
    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    "url", ["https://a..b/", f"https://{'a' * 64}.invalid/", "https://xn--a/"]
)
def test_a_host_that_is_no_name_ends_with_2(okta, url):
    """What no resolver can be asked for is a usage error."""
    with spawn("call", "okta", "GET", url, "--config", okta.config) as process:
        out, err = process.communicate(timeout=30)

    assert clean(Result(process.returncode, out, err)).code == 2


@pytest.mark.parametrize(
    "url",
    [
        "invoices",
        "/invoices",
        "ftp://api.example.com/",
        "https://",
        "https://api.example.com:port/",
        "https://[::1",
        "https://exa mple.com/",
        "",
    ],
)
def test_a_url_that_is_none_ends_with_2(run, okta, url):
    """An address that cannot be called is a usage error, and no token is fetched."""
    before = okta.journal.count("token")

    assert clean(run("call", "okta", "GET", url, "--config", okta.config)).code == 2
    assert okta.journal.count("token") == before


def test_plain_http_is_refused(run, okta):
    """No token goes to another machine over plain http."""
    url = "http://api.example.com/"
    result = clean(run("call", "okta", "GET", url, "--config", okta.config))

    assert result.code == 2
    assert "plain http" in result.err


def test_api_origins_are_kept_to(run, write, canned):
    """A profile that names its APIs does not give its token to another one."""
    origins = '["https://api.example.com"]'
    config = write(profile_at(f"{canned.url}/token", api_origins=origins))
    result = clean(run("call", "billing", "GET", canned.url, "--config", config))

    assert result.code == 2
    assert "api_origins" in result.err
    assert canned.requests == []


def test_an_api_that_is_not_trusted_ends_with_4(run, okta):
    """Without --ca-file a private authority is not trusted, and the error says so."""
    result = clean(run("call", "okta", "GET", okta.api, "--config", okta.config))

    assert result.code == 4
    assert "--ca-file" in result.err


def test_an_api_that_is_not_there_ends_with_4(run, okta, unused_port):
    """No answer of the API is the same to a script as none of the server."""
    url = f"https://127.0.0.1:{unused_port}/"

    assert clean(run("call", "okta", "GET", url, "--config", okta.config)).code == 4


@pytest.mark.parametrize(
    "more",
    [
        ["--header", "Authorization: Bearer x"],
        ["--header", "nonsense"],
        ["--header", "X: a\r\nY: b"],
        ["--data", "@/nowhere"],
        ["--ca-file", "/nowhere"],
        ["--ca-file", "/dev/null"],
    ],
)
def test_options_that_cannot_be_used_end_with_2(run, okta, more):
    """Nothing is sent for them."""
    before = len(okta.journal)
    result = clean(run("call", "okta", "GET", okta.api, "--config", okta.config, *more))

    assert result.code == 2
    assert len(okta.journal) == before


def test_a_method_is_letters(run, okta):
    """What is no method is a usage error."""
    args = ["call", "okta", "GE T", okta.api, "--config", okta.config]

    assert clean(run(*args)).code == 2


def test_a_proxy_of_the_environment_sees_nothing_of_loopback(
    run, okta, canned, monkeypatch
):
    """A call to this machine goes to it, whatever proxy is set."""
    config = ["--config", okta.config]
    run("call", "okta", "GET", canned.url, *config)  # holds the token
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert run("call", "okta", "GET", canned.url, *config).code == 0


def test_the_variable_for_authorities_is_heeded(run, okta, monkeypatch):
    """SSL_CERT_FILE is trusted where --ca-file is not given."""
    monkeypatch.setenv("SSL_CERT_FILE", okta.ca_file)

    assert run("call", "okta", "GET", okta.api, "--config", okta.config).code == 0
