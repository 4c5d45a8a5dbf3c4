"""``ccflow demo``: it shows what happened, and says so when it did not."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import ccflow.emulator
from ccflow.emulator.emulated_server import EmulatedServer
from ccflow.emulator.emulation import emulate
from ccflow.emulator.tenant import Tenant

from .conftest import COMMAND


NAMES = ["okta", "curity", "oracle-idcs"]


@pytest.fixture
def secrets(monkeypatch):
    """Everything that the demonstration must not print."""
    seen = []

    @contextmanager
    def watched(*names, **options):
        with emulate(*names, **options) as servers:
            yield servers
            for server in servers:
                clients = server.tenant.clients.values()
                seen.extend(client.secret for client in clients if client.secret)

    def issue(self, client, token, **more):
        seen.append(token)
        remember(self, client, token, **more)

    remember = Tenant.issue
    monkeypatch.setattr(Tenant, "issue", issue)
    monkeypatch.setattr(ccflow.emulator, "emulate", watched)
    return seen


def test_every_step_is_shown_and_done(run, secrets):
    """All of it for each provider, a table at the end, exit code 0, and no secret."""
    result = run("demo")
    rows = [line.split() for line in result.out.splitlines()[-4:-1]]

    assert (result.code, result.err) == (0, "")
    assert rows == [
        ["okta", "client_secret_basic", "3600", "s", "200", "yes", "yes", "exit", "3"],
        ["curity", "client_secret_post", "299", "s", "200", "yes", "yes", "exit", "3"],
        [
            *("oracle-idcs", "client_secret_basic", "3600", "s"),
            *("200", "yes", "yes", "exit", "3"),
        ],
    ]
    assert result.out.endswith("\nevery step did what it says\n")
    assert len(secrets) == 6 + 5
    for secret in secrets:
        assert secret not in result.out
    assert result.out.count("********") == 3
    assert result.out.count("invalid_client") == 3


def test_a_step_that_fails_is_told(run, monkeypatch):
    """Where nothing is revoked nothing is healed: the cell says so, and the code 1."""
    monkeypatch.setattr(EmulatedServer, "revoke_tokens", lambda self: None)
    result = run("demo")

    assert result.code == 1
    assert result.out.count("NOT as it should be") == 3
    assert result.out.count("FAILED") == 3
    assert "some steps did NOT do what they say" in result.out


def test_a_wrong_secret_that_works_is_told(run, monkeypatch):
    """A server that takes any secret explains nothing."""
    unchanged = SimpleNamespace(evolve=lambda profile, **changes: profile)
    monkeypatch.setattr("ccflow.cli.demonstration.attrs", unchanged)
    result = run("demo")

    assert result.code == 1
    assert "a wrong secret got a token" in result.out


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of its own")
@pytest.mark.parametrize("args", [["demo"], ["providers"], ["check", "okta"]])
def test_a_terminal_gets_colours(okta, args, monkeypatch):
    """On a terminal rich writes, within its width."""
    import pty

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("CCFLOW_CONFIG", okta.config)
    monkeypatch.delenv("NO_COLOR", raising=False)
    leader, follower = pty.openpty()
    with subprocess.Popen([*COMMAND, *args], stdout=follower) as process:
        os.close(follower)
        written = b""
        while chunk := read(leader):
            written += chunk
        assert process.wait(30) == 0
    os.close(leader)

    assert b"\x1b[" in written


def read(leader):
    try:
        return os.read(leader, 4096)
    except OSError:  # what Linux says when the other side is closed
        return b""


def test_no_terminal_gets_plain_text():
    """A pipe gets no escape sequences."""
    done = subprocess.run(
        [sys.executable, "-m", "ccflow", "demo"], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
