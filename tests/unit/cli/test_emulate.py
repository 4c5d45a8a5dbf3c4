"""``ccflow emulate``: lines of JSON, a configuration that works, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import httpx
import pytest

from ccflow.cli.emulate import command

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


def test_faults_come_in_order(run):
    """Each server has the faults that were told, one after the other, and no more."""
    args = ["--fault", "status=503,times=2", "--fault", "ok", "--fault", "html=403"]
    seen = []
    with spawn("emulate", "curity", "okta", *args) as process:
        told = [json.loads(process.stdout.readline()) for _ in range(2)]
        context = ssl.create_default_context(cafile=told[0]["ca_file"])
        with httpx.Client(verify=context) as client:
            for server in told:
                for _ in range(4):
                    answer = client.post(server["token_endpoint"])
                    seen.append(answer.status_code)
        results = [
            run("token", server["provider"], "--config", server["config"])
            for server in told
        ]
        process.terminate()
        process.communicate(timeout=30)

    assert [503, 503, 400, 403] * 2 == seen
    assert [0, 0] == [result.code for result in results]


def test_a_fault_for_ever():
    """It can be stopped all the same, while somebody waits for an answer."""
    with spawn("emulate", "curity", "--fault", "hang,times=always") as process:
        told = json.loads(process.stdout.readline())
        address = told["token_endpoint"]
        context = ssl.create_default_context(cafile=told["ca_file"])
        with httpx.Client(verify=context, timeout=0.2) as client:
            for _ in range(2):
                with pytest.raises(httpx.ReadTimeout):
                    client.post(address, data={"grant_type": "client_credentials"})
        waiting = httpx.Client(verify=context)
        with waiting, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(waiting.post, address)
            with pytest.raises(TimeoutError):
                answer.result(0.2)
            process.terminate()
            _, err = process.communicate(timeout=30)

            with pytest.raises(httpx.RemoteProtocolError):
                answer.result(10)
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["stauts=503"], "there is no fault 'stauts'; did you mean 'status'?"),
        (["status=200"], "status is from 400 to 599, not 200"),
        (["html,times=always", "hang"], "'hang' never comes"),
    ],
)
def test_a_fault_that_is_none(run, specs, message):
    """It is told before anything starts."""
    args = [word for spec in specs for word in ("--fault", spec)]
    result = run("emulate", "okta", *args)

    assert (2, "") == (result.code, result.out)
    assert message in " ".join(result.err.split())


def test_faults_are_completed():
    """The names of the faults are offered."""
    context = click.Context(command)
    (option,) = [it for it in command.params if it.name == "faults"]

    assert ["redirect", "reset"] == [
        it.value for it in option.shell_complete(context, "re")
    ]


def test_without_trustme_the_install_line_is_printed(run, monkeypatch):
    """The extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "trustme", None)

    for args in (["emulate", "okta"], ["demo"]):
        result = run(*args)
        assert (result.code, result.out) == (2, "")
        assert 'pip install "ccflow-oauth[demo]"' in result.err
        assert "Traceback" not in result.err
