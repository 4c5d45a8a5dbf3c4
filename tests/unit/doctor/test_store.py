"""What the doctor says of stores: each in each way that it cannot be used."""

from __future__ import annotations

import os
import socket
import socketserver
import threading

import pytest

from ccflow import stores
from ccflow.config.cache import Cache
from ccflow.doctor.check import check_profile


SECRET = "Hunter2-is-not-to-be-seen"
KEY = "k7Qy1v9ZtR0m3XwE5bNs8aUcGh2JdLpF4iOoTeVx6="
posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check a profile with a cache; gives what its store and secrets have to tell."""
    monkeypatch.setattr(stores, "_stores", {})
    monkeypatch.setenv("BILLING_SECRET", SECRET)
    monkeypatch.setenv("STORE_KEY", KEY)

    def check(cache, secret='{ env = "BILLING_SECRET" }', default=None):
        path = tmp_path / "ccflow.toml"
        path.write_text(
            "[profiles.billing]\n"
            'token_endpoint = "https://login.example.com/token"\n'
            'client_id = "billing"\n'
            f"client_secret = {secret}\n"
            f'api_origins = ["https://api.example.com"]\n{cache}'
        )
        path.chmod(0o600)
        found = list(check_profile("billing", path, default_cache=default))
        assert SECRET not in repr(found)
        return [
            (it.step, it.level, f"{it.message}; {it.hint}")
            for it in found
            if it.step == "store" or it.level != "ok"
        ]

    return check


def file_store(*more):
    return "\n".join(("[cache]", 'store = "file"', 'directory = "own"', *more))


def one(findings):
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_store_is_tried_and_left_empty(check, tmp_path):
    """A record is written and taken away; no token request is made."""
    found = one(check(file_store()))

    assert found[:2] == ("store", "ok")
    assert {".lock", ""} >= {path.suffix for path in (tmp_path / "own").iterdir()}
    assert not [path for path in (tmp_path / "own").iterdir() if len(path.name) == 64]


def test_one_with_a_good_key_is_content(check):
    """It is tried with its encryption."""
    found = check(file_store('encryption_key = { env = "STORE_KEY" }'))

    assert one(found)[:2] == ("store", "ok")


@posix
def test_a_wrong_mode_is_an_error(check, tmp_path):
    """The command that mends it is told."""
    (tmp_path / "own").mkdir(mode=0o755)
    step, level, text = one(check(file_store()))

    assert (step, level) == ("store", "error")
    assert "chmod 700" in text


def test_what_is_no_directory_is_an_error(check, tmp_path):
    """A file in the way is told."""
    (tmp_path / "own").write_text("")
    step, level, text = one(check(file_store()))

    assert (step, level) == ("store", "error")
    assert "is not a directory" in text


def test_a_server_that_is_not_there_is_an_error(check, monkeypatch):
    """Its address is told, and its password is not."""
    pytest.importorskip("redis")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    url = f"redis://worker:{SECRET}@127.0.0.1:{port}/0"
    monkeypatch.setenv("REDIS_URL", url)
    cache = '[cache]\nstore = "redis"\nurl = { env = "REDIS_URL" }'
    step, level, text = one(check(cache))

    assert (step, level) == ("store", "error")
    assert f"redis://127.0.0.1:{port}" in text


class _Refusing(socketserver.StreamRequestHandler):
    """Answers the first line as a server does that knows no such password."""

    def handle(self):
        self.rfile.readline()
        self.wfile.write(b"-WRONGPASS invalid username-password pair\r\n")


def test_a_wrong_password_is_an_error(check, monkeypatch):
    """What the server refused is told, without the password."""
    pytest.importorskip("redis")
    with socketserver.TCPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"redis://worker:{SECRET}@127.0.0.1:{server.server_address[1]}/0"
        monkeypatch.setenv("REDIS_URL", url)
        found = one(check('[cache]\nstore = "redis"\nurl = { env = "REDIS_URL" }'))
        server.shutdown()
        thread.join()

    assert found[:2] == ("store", "error")
    assert "refused the user name or password" in found[2]


def test_a_url_that_cannot_be_read_is_told_once(check):
    """Without it there is no store to try."""
    found = one(check('[cache]\nstore = "redis"\nurl = { env = "NOT_SET" }'))

    assert found[:2] == ("store", "error")
    assert "NOT_SET" in found[2]


def test_a_literal_url_is_warned_of_only_with_a_password(check):
    """An address alone is no secret."""
    pytest.importorskip("redis")
    cache = '[cache]\nstore = "redis"\nurl = "redis://{}127.0.0.1:1/0"'
    plain = check(cache.format(""))
    secret = check(cache.format(f"worker:{SECRET}@"))

    assert [it[:2] for it in plain] == [("store", "error")]
    assert [it[:2] for it in secret] == [("secret", "warning"), ("store", "error")]
    assert 'url = { env = "BILLING_URL" }' in secret[0][2]


@pytest.mark.parametrize("key", ["zq9x", "a" * 60, "password12345", "abcabc" * 4])
def test_a_key_that_can_be_guessed_is_warned_of(check, monkeypatch, key):
    """The warning says how to make one, and does not show it."""
    monkeypatch.setenv("STORE_KEY", key)
    found = check(file_store('encryption_key = { env = "STORE_KEY" }'))

    assert [it[:2] for it in found] == [("store", "warning"), ("store", "ok")]
    assert "openssl rand -base64 32" in found[0][2]
    assert key not in found[0][2]


def test_a_literal_secret_is_not_shared(check):
    """Advice says so, unless there is a key to hash it under."""
    literal = f'"{SECRET}"'
    advised = [it for it in check(file_store(), literal) if it[0] == "store"]
    keyed = check(file_store('encryption_key = { env = "STORE_KEY" }'), literal)

    assert [level for _, level, _ in advised] == ["warning", "ok"]
    assert "since client_secret is literal, and are not shared" in advised[0][2]
    assert [it[1] for it in keyed if it[0] == "store"] == ["ok"]


@posix
def test_the_store_of_the_command_line_is_no_error(check, tmp_path):
    """A profile that names no store is good without one."""
    (tmp_path / "own").mkdir(mode=0o755)
    default = Cache(store="file", settings={"directory": str(tmp_path / "own")})
    found = check("", default=default)

    assert [it[1] for it in found] == ["ok", "warning"]
    assert "chmod 700" in found[1][2]


def test_memory_has_nothing_to_try(check):
    """Tokens that are not shared need no store."""
    assert one(check("cache = false"))[:2] == ("store", "ok")


def test_each_of_two_secrets_is_looked_at(check):
    """The current one and the next are both read, and both warned of."""
    pair = f'["{SECRET}", {{ env = "NOT_SET" }}]'
    found = [it for it in check("", pair) if it[0] == "secret"]

    assert [level for _, level, _ in found] == ["warning", "error"]
    assert "client_secret[1]" in found[1][2]
