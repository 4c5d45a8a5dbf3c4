"""``ccflow status``: what the store holds, and the plan."""

from __future__ import annotations

import os
import time

import pytest

from .conftest import SECRET
from .conftest import clean
from .conftest import profile_at


posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")
KEY = "k7Qy1v9ZtR0m3XwE5bNs8aUcGh2JdLpF4iOoTeVx6="


@pytest.fixture
def config(canned, write, monkeypatch):
    """Write a profile whose secret is a reference."""
    monkeypatch.setenv("BILLING_SECRET", SECRET)
    monkeypatch.setenv("STORE_KEY", KEY)
    canned.body = b'{"access_token": "one", "token_type": "Bearer", "expires_in": 1000}'

    def config(more=""):
        text = profile_at(f"{canned.url}/token", timeout="2")
        text = text.replace(f'"{SECRET}"', '{ env = "BILLING_SECRET" }')
        return write(f"{text}\n{more}")

    return config


def test_nothing_is_fetched(run, okta):
    """All profiles of a file are told, and no server hears of it."""
    before = len(okta.journal)
    result = run("status", "--config", okta.config)

    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("profile ")
    assert len(okta.journal) == before


@pytest.mark.parametrize(
    "more",
    [
        "",
        '[cache]\nstore = "file"\nencryption_key = { env = "STORE_KEY" }',
    ],
    ids=["clear", "encrypted"],
)
def test_a_stored_token_is_told(run, config, more):
    """Its state, its end and the plan to renew it; never the token itself."""
    path = config(more)
    empty = run("status", "billing", "--json", "--config", path).json()
    run("token", "billing", "--config", path)
    told = run("status", "billing", "--json", "--config", path).json()
    text = run("status", "billing", "--config", path).out

    assert (empty["state"], empty["expires_at"]) == ("empty", None)
    assert (told["store"], told["state"]) == ("file", "fresh")
    assert abs(told["expires_at"] - time.time() - 1000) < 30
    assert told["expires_at"] - told["refresh_at"] == pytest.approx(200, abs=2)
    assert told["retry_at"] is told["refusal"] is None
    assert "closed" in text
    assert "in 17 min" in text
    assert "one" not in text.split()


def test_options_tell_of_another_token(run, config):
    """What asks for another scope has another token."""
    path = config()
    run("token", "billing", "--scope", "a", "--config", path)
    states = [
        run("status", "billing", "--json", "--config", path, *more).json()["state"]
        for more in ((), ("--scope", "a"))
    ]

    assert states == ["empty", "fresh"]


def test_an_open_gate_is_told(run, config, canned):
    """Until when the server is not asked, and what it said."""
    path = config()
    canned.status, canned.body = 401, b'{"error": "invalid_client"}'
    run("token", "billing", "--config", path)
    told = run("status", "billing", "--json", "--config", path).json()
    text = run("status", "billing", "--config", path)

    assert told["retry_at"] > time.time()
    assert "invalid_client" in told["refusal"]
    assert text.code == 0
    assert "open, ends in " in text.out
    assert "invalid_client" in text.out


def test_a_gate_of_another_secret_is_none(run, config, canned, monkeypatch):
    """It stops nobody who holds the secret of the fresh token."""
    path = config()
    good, canned.status, canned.body = canned.body, 401, b'{"error": "invalid_client"}'
    run("token", "billing", "--config", path)
    monkeypatch.setenv("BILLING_SECRET", "another")
    canned.status, canned.body = 200, good
    run("token", "billing", "--config", path)
    told = run("status", "billing", "--json", "--config", path).json()

    assert (told["state"], told["retry_at"], told["refusal"]) == ("fresh", None, None)


def test_a_profile_that_does_not_load_is_a_line(run, config):
    """The others are told all the same; the code is 2 in the end."""
    path = config("[profiles.odd]\nclient_id = 5\n")
    result = run("status", "--config", path)
    told = run("status", "--json", "--config", path)

    assert (result.code, told.code, result.err) == (2, 2, "")
    assert [row["state"] for row in told.json()] == ["empty", "broken"]
    assert "expected text" in told.json()[1]["problem"]
    assert "expected text" in result.out


def test_an_unknown_profile_ends_with_2(run, config):
    """The nearest name is told."""
    result = clean(run("status", "biling", "--json", "--config", config()))

    assert result.code == 2
    assert result.err.startswith("error: ")
    assert "did you mean 'billing'?" in result.err


def test_a_broken_profile_that_is_named_is_a_line(run, config):
    """What is wrong with it stands below the table, as in that of all."""
    path = config("[profiles.odd]\nclient_id = 5\n")
    result = run("status", "odd", "--config", path)

    assert (result.code, result.err) == (2, "")
    assert "expected text" in result.out


def test_a_literal_secret_stays_in_memory(run, write):
    """That is told, with the key that is literal, and is no error."""
    path = write(profile_at("https://a.example/token"))
    result = run("status", "billing", "--config", path)

    assert result.code == 0
    assert "tokens stay in memory, since client_secret is literal" in result.out
    assert SECRET not in result.out


def test_memory_is_told(run, config):
    """Nothing is stored where the profile says so."""
    told = run("status", "billing", "--json", "--config", config("cache = false"))

    assert (told.json()["store"], told.json()["state"]) == ("memory", "memory")


@posix
def test_a_store_that_cannot_be_read_is_told(run, config, cache_directory):
    """Its problem stands in the line, with what to do."""
    cache_directory.mkdir(parents=True)
    cache_directory.chmod(0o755)
    result = run("status", "billing", "--config", config())

    assert result.code == 2
    assert "chmod 700" in result.out


def test_a_key_that_cannot_be_read_is_told(run, config):
    """Without its key nobody knows what is in a store."""
    more = '[cache]\nstore = "file"\nencryption_key = { env = "NOT_SET" }'
    told = run("status", "billing", "--json", "--config", config(more))

    assert (told.code, told.json()["state"]) == (2, "unknown")
    assert "NOT_SET" in told.json()["problem"]


def test_no_profiles_is_no_error(run):
    """There is nothing to tell."""
    assert run("status").code == 0
    assert run("status", "--json").json() == []
