"""The entry: exit codes, messages, streams, signals and help."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import ccflow
from ccflow.cli import main as main_module
from ccflow.errors import CcflowError
from ccflow.errors import SecretError
from ccflow.errors import TokenError
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenResponseError
from ccflow.errors import TokenUnavailableError

from .conftest import COMMAND
from .conftest import SECRET
from .conftest import clean
from .conftest import profile_at
from .conftest import spawn


def test_every_error_class_has_its_code():
    """The codes are those of the contract."""
    codes = {
        SecretError("x"): 2,
        TokenRefusedError("x", category="request"): 3,
        TokenUnavailableError("x", category="server"): 4,
        TokenResponseError("x", category="malformed"): 5,
        TokenError("x", category="request"): 1,
        CcflowError("x"): 1,
    }

    for error, code in codes.items():
        assert main_module.exit_codes.exit_code_of(error) == code


@pytest.mark.parametrize(
    "text",
    [
        "[profiles.billing]\nclient_id = 5",
        f'[profiles.billing]\nclient_id = "x"\nclient_secret = ["{SECRET}"]\nx = 1',
        f'[profiles.billing]\nclient_secret = "{SECRET}',
        f'[profiles.billing]\nprovider = "okta"\nclient_secret = "{SECRET}"',
        profile_at("http://login.example.com/token"),
        "profiles = 1",
        "\0",
        "[profiles.billing]\nextends = 'billing'",
        profile_at("https://a.example/token").replace(f'"{SECRET}"', '{ env = "NO" }'),
        profile_at("https://a.example/token", ca_file='"nowhere.pem"'),
        profile_at("https://a.example/token", proxy=f'"{SECRET}"'),
    ],
)
def test_bad_configuration_ends_with_2(run, write, text):
    """Nothing that a file can hold makes more than a message."""
    assert clean(run("token", "billing", "--config", write(text))).code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["token"],
        ["token", "a", "b"],
        ["token", "billing"],
        ["token", "billing", "--config", "/nowhere/ccflow.toml"],
        ["token", "billing", "--config", ""],
        ["--config"],
        ["call", "billing", "GET"],
        ["emulate"],
        ["emulate", "nonsense"],
        ["emulate", "okta", "--port", "65536"],
        ["providers", "nonsense"],
        ["completion", "nonsense"],
        [],
    ],
)
def test_a_wrong_command_line_ends_with_2(run, args):
    """Usage errors and unknown names are told on standard error."""
    assert clean(run(*args)).code == 2


def test_the_nearest_command_is_named(run):
    """A misspelt command gets a suggestion."""
    assert "did you mean 'token'?" in run("tokn", "x").err


@pytest.mark.parametrize("name", main_module.LATER)
def test_a_command_that_is_to_come(run, name):
    """It is unknown, as any other, and one sentence says why."""
    result = clean(run(name, "billing"))

    assert result.code == 2
    assert f"No such command '{name}'. It is not in this version." in result.err


def test_the_shells_have_a_name(run):
    """The usage names the argument as its text does."""
    assert "Invalid value for 'SHELL': 'tcsh' is not" in run("completion", "tcsh").err


def test_a_server_that_cannot_be_emulated(run):
    """What has no such grant says what to use, as it does in a profile."""
    result = clean(run("emulate", "okta", "google"))

    assert result.code == 2
    assert "Google has no client credentials grant" in result.err
    assert "google-auth" in result.err


def test_a_bug_ends_with_1_and_asks_for_a_report(run, monkeypatch):
    """A bug shows where it is, but neither its text nor a traceback."""

    def fail(self, name):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("ccflow.cli.app.App.load_profile", fail)
    result = clean(run("token", "billing"))

    assert result.code == 1
    assert "RuntimeError in token.py, line " in result.err
    assert "please report" in result.err


def test_debug_shows_the_traceback_of_a_bug_without_locals(run, monkeypatch):
    """--debug adds the traceback, and no local variable with it."""

    def fail(self, name):
        secret = SECRET
        raise RuntimeError(len(secret))

    monkeypatch.setattr("ccflow.cli.app.App.load_profile", fail)
    result = run("--debug", "token", "billing")

    assert result.code == 1
    assert "Traceback" in result.err
    assert SECRET not in result.err


def test_debug_logs_without_secrets(run, write, canned):
    """--debug tells what happens, and shows no secret and no token."""
    canned.body = b'{"access_token": "the-token-itself", "token_type": "Bearer"}'
    config = write(profile_at(f"{canned.url}/token"))
    result = run("--debug", "token", "billing", "--header", "--config", config)

    assert result.code == 0
    assert "FetchStarted" in result.err
    assert SECRET not in result.err
    assert "the-token-itself" not in result.err


def test_log_warnings_are_notes(run, write, canned, tmp_path):
    """A warning of the log goes to standard error, one line, with its level."""
    secret = tmp_path / "secret"
    secret.write_text("abc\n")
    secret.chmod(0o644)
    canned.body = b'{"access_token": "t", "token_type": "Bearer"}'
    text = profile_at(f"{canned.url}/token").replace(f'"{SECRET}"', '{file="secret"}')
    result = run("token", "billing", "--config", write(text))

    assert (result.code, result.out) == (0, "t\n")
    assert result.err.startswith("warning: others can read ")


def test_control_characters_do_not_reach_the_terminal(run, write):
    """What a file holds cannot steer the terminal of who reads the message."""
    config = write('[profiles.billing]\nprovider = "\\u001b[31mred"')
    result = clean(run("token", "billing", "--config", config))

    assert "\x1b" not in result.err


def test_version_and_help(run):
    """--version and --help print and end with 0."""
    version = run("--version")
    helped = run("--help")

    assert (0, f"ccflow, version {ccflow.__version__}\n") == (version.code, version.out)
    assert helped.code == 0
    for name in main_module.COMMANDS:
        assert f"  {name} " in helped.out


@pytest.mark.parametrize("name", main_module.COMMANDS)
def test_every_command_has_help(run, name):
    """Each command explains itself."""
    result = run(name, "--help")

    assert result.code == 0
    assert f"ccflow {name}" in result.out


def test_help_imports_no_engine():
    """The help is quick: it needs no httpx, no rich console and no cryptography."""
    script = (
        "import sys; from ccflow.__main__ import main; main();"
        "print({'httpx', 'rich.console', 'cryptography', 'cattrs'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True
    )

    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_the_install_line_is_printed(missing):
    """A bare install says what to install and ends with 2."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None;"
        "from ccflow.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install "ccflow-oauth[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_module_runs(okta):
    """``python -m ccflow`` is the command."""
    with spawn("token", "okta", "--config", okta.config) as process:
        out, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (0, "")
    assert okta.tenant.find_token(out.strip())


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_an_interrupt_ends_with_130(write):
    """Ctrl-C while waiting for the server ends with 130 and without a traceback."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        deaf.settimeout(30)
        config = write(profile_at(f"http://127.0.0.1:{deaf.getsockname()[1]}/token"))
        with spawn("token", "billing", "--config", config) as process:
            connection, _ = deaf.accept()
            with connection:
                connection.recv(1)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert SECRET not in err


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that closes")
@pytest.mark.parametrize("args", [["--help"], ["providers", "okta", "--json"]])
def test_a_closed_pipe_ends_with_0(args):
    """A reader who goes away is no error."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, *args], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told():
    """A result that cannot be written is no success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "providers"], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
