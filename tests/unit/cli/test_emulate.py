"""``ccflow emulate``: lines of JSON, a configuration that works, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from .conftest import COMMAND
from .conftest import spawn


pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

MEMBERS = ["provider", "issuer", "token_endpoint", "api", "ca_file", "config"]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
)
def test_it_serves_until_it_is_stopped(run, number, code):
    """A line for each server, tokens from each, and no file left behind."""
    with spawn("emulate", "curity", "okta") as process:
        told = [json.loads(process.stdout.readline()) for _ in range(2)]
        config = told[0]["config"]
        results = [
            run("token", server["provider"], "--config", config) for server in told
        ]
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (code, "") == (process.returncode, out)
    assert [result.code for result in results] == [0, 0]
    assert [list(server) for server in told] == [MEMBERS, MEMBERS]
    assert [server["provider"] for server in told] == ["curity", "okta"]
    assert not Path(config).exists()
    assert f"ccflow token curity --config {config}" in err
    assert "Traceback" not in err


def test_it_can_be_stopped_where_signals_are_ignored():
    """What a script starts in the background ignores SIGINT, and ends all the same."""
    script = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "os.execv(sys.executable, sys.argv[1:])"
    )
    with spawn(
        "emulate", "okta", command=[sys.executable, "-c", script, *COMMAND]
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in err


def test_the_directory_is_kept(tmp_path):
    """--directory holds the configuration, also afterwards."""
    directory = tmp_path / "emulated"
    with spawn("emulate", "okta", "--directory", str(directory)) as process:
        told = json.loads(process.stdout.readline())
        process.terminate()
        process.communicate(timeout=30)

    assert process.returncode == 0
    assert Path(told["config"]) == directory / "ccflow.toml"
    assert Path(told["config"]).exists()


def test_the_ports_follow_each_other(unused_port):
    """--port is that of the first server."""
    with spawn("emulate", "okta", "--port", str(unused_port)) as process:
        told = json.loads(process.stdout.readline())
        process.terminate()
        process.communicate(timeout=30)

    assert told["api"] == f"https://localhost:{unused_port}/api"


def test_without_trustme_the_install_line_is_printed(run, monkeypatch):
    """The extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "trustme", None)

    for args in (["emulate", "okta"], ["demo"]):
        result = run(*args)
        assert (result.code, result.out) == (2, "")
        assert 'pip install "ccflow-oauth[demo]"' in result.err
        assert "Traceback" not in result.err
