"""The file store of the command line: one request for many runs."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from .conftest import COMMAND
from .conftest import SECRET
from .conftest import profile_at


posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


@pytest.fixture
def token_at(canned, write, monkeypatch):
    """Write a profile whose secret is a reference; each answer is another token."""
    monkeypatch.setenv("BILLING_SECRET", SECRET)

    def token_at(more=""):
        text = profile_at(f"{canned.url}/token", timeout="2")
        text = text.replace(f'"{SECRET}"', '{ env = "BILLING_SECRET" }')
        answer(canned, "one")
        return write(f"{text}\n{more}")

    return token_at


def answer(canned, token):
    canned.status = 200
    canned.body = (
        f'{{"access_token": "{token}", "token_type": "Bearer", "expires_in": 600}}'
    ).encode()


def spawned(*args):
    return subprocess.run(
        [*COMMAND, *args], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_process_makes_no_second_request(okta, cache_directory):
    """The token of the first run serves the second one, over real TLS."""
    before = okta.journal.count("token")
    runs = [spawned("token", "okta", "--config", okta.config) for _ in range(2)]

    assert [(0, ""), (0, "")] == [(it.returncode, it.stderr) for it in runs]
    assert runs[0].stdout == runs[1].stdout
    assert okta.journal.count("token") == before + 1
    assert any(cache_directory.iterdir())


@posix
def test_only_the_user_can_read_it(run, token_at, cache_directory):
    """The directory has the mode 0700, each file 0600."""
    run("token", "billing", "--config", token_at())
    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for path in (cache_directory, *cache_directory.iterdir())
    }

    assert modes == {0o700, 0o600}


def test_call_uses_the_same_token(run, okta):
    """What one command fetched, the other one finds."""
    before = okta.journal.count("token")
    args = ("--config", okta.config)
    run("token", "okta", *args)
    called = run(
        *("call", "okta", "GET", f"{okta.api}/invoices", "--ca-file", okta.ca_file),
        *args,
    )

    assert called.code == 0
    assert okta.journal.count("token") == before + 1


def test_refresh_replaces_what_is_stored(run, canned, token_at):
    """--refresh makes one request, and later runs get its token."""
    config = token_at()
    run("token", "billing", "--config", config)
    answer(canned, "two")
    outs = [
        run("token", "billing", "--config", config, *more).out
        for more in ((), ("--refresh",), ())
    ]

    assert outs == ["one\n", "two\n", "two\n"]
    assert len(canned.requests) == 2


def test_refresh_of_nothing_is_one_request(run, canned, token_at):
    """Where nothing is stored, the token that comes is new."""
    run("token", "billing", "--refresh", "--config", token_at())

    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    "more", ["cache = false", '[cache]\nstore = "memory"'], ids=["false", "memory"]
)
def test_what_the_file_says_is_respected(run, canned, token_at, cache_directory, more):
    """A profile that does not want to share does not share."""
    config = token_at(more)
    for _ in range(2):
        run("token", "billing", "--config", config)

    assert len(canned.requests) == 2
    assert not cache_directory.exists()


def test_a_directory_of_its_own_is_respected(run, token_at, cache_directory, tmp_path):
    """[cache] says where."""
    more = '[cache]\nstore = "file"\ndirectory = "own"'
    run("token", "billing", "--config", token_at(more))

    assert any((tmp_path / "own").iterdir())
    assert not cache_directory.exists()


@posix
def test_a_store_that_cannot_be_used_is_one_warning(run, token_at, cache_directory):
    """The token is printed, and one line says what to do."""
    cache_directory.mkdir(parents=True)
    cache_directory.chmod(0o755)
    result = run("token", "billing", "--config", token_at())

    assert (result.code, result.out) == (0, "one\n")
    told = "warning: billing: tokens are not shared: others can read"
    assert result.err.startswith(told)
    assert "chmod 700" in result.err
    assert result.err.count("\n") == 1


def test_a_refusal_is_remembered(run, canned, token_at):
    """The second run says until when the server is not asked, and does not ask."""
    config = token_at()
    canned.status, canned.body = 401, b'{"error": "invalid_client"}'
    first = run("token", "billing", "--config", config)
    requests = len(canned.requests)
    second = run("token", "billing", "--config", config)

    assert (first.code, second.code) == (3, 3)
    assert "GateOpened" not in first.err
    assert "from memory" in second.err
    assert len(canned.requests) == requests
