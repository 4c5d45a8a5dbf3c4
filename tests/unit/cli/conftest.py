"""A run of the emulators for all tests of the command line, and a way to type."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from ccflow import stores
from ccflow.cli.main import main
from ccflow.emulator import EmulatedServer
from ccflow.emulator import emulate


COMMAND = [sys.executable, "-m", "ccflow"]
SECRET = "Hunter2-is-not-to-be-seen"


@attrs.frozen
class Result:
    """What came of a command."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


def clean(result: Result) -> Result:
    """Check what holds for every failure: no traceback, no secret, nothing printed."""
    assert "Traceback" not in result.err
    assert SECRET not in result.err + result.out
    assert result.out == ""
    assert result.err.strip()
    return result


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, EmulatedServer]]:
    with emulate("okta", "curity", "oracle-idcs") as running:
        yield {server.provider: server for server in running}


@pytest.fixture(scope="session")
def okta(servers: Mapping[str, EmulatedServer]) -> EmulatedServer:
    return servers["okta"]


@pytest.fixture(autouse=True)
def in_empty_directory(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file lies about that a command could find."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


@pytest.fixture(autouse=True)
def cache_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache directory of one test, and of the processes that it starts."""
    import platformdirs

    home = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(stores, "_stores", {})
    monkeypatch.setattr(
        platformdirs, "user_cache_dir", lambda *_, **__: str(home / "ccflow")
    )
    return home / "ccflow"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def run(*args: str | os.PathLike[str]) -> Result:
        capfd.readouterr()
        code = main([os.fspath(arg) for arg in args])
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    """Write a ccflow.toml and return its path."""

    def write(text: str) -> str:
        path = tmp_path / "ccflow.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    return write


@contextmanager
def spawn(*args: str, command: Sequence[str] = COMMAND) -> Iterator[Any]:
    """Run a command in a process of its own, which does not outlive the test."""
    with subprocess.Popen(
        [*command, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@attrs.define
class Canned:
    """A server that says the same to everybody."""

    url: str = ""
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    requests: list[tuple[str, str, Mapping[str, str], bytes]] = attrs.field(
        factory=list
    )


@pytest.fixture
def canned() -> Iterator[Canned]:
    answer = Canned()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer.requests.append((self.command, self.path, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_PUT = do_GET  # noqa: N815 - the names that it looks for

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answer.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield answer
        server.shutdown()
        thread.join()


def profile_at(token_endpoint: str, **more: str) -> str:
    """Write a profile of a generic server, with a literal secret."""
    lines = [f"{key} = {value}" for key, value in more.items()]
    return "\n".join(
        [
            "[profiles.billing]",
            f'token_endpoint = "{token_endpoint}"',
            'client_id = "billing"',
            f'client_secret = "{SECRET}"',
            *lines,
        ]
    )


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
