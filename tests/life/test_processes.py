"""Many processes, one server, one store: one request."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from .processes import Worker
from .processes import all_at_once
from .processes import keys
from .processes import start


def test_eight_processes_one_request(server, cache):
    """Workers that start together cost what one costs, and so does a new token."""
    workers = start(8, keys(server, cache))

    assert [{"token": "tok-1"}] * 8 == all_at_once(workers)
    counts = [worker.ask("status") for worker in workers]
    assert 7 == sum(count["adopted"] for count in counts)
    assert 1 == sum(count["requests"] for count in counts)

    assert [{"token": "tok-2"}] * 8 == all_at_once(workers, "another-at")
    assert 2 == len(server.journal)
    assert [0] * 8 == [worker.end() for worker in workers]


def test_encrypted(server, file_cache, monkeypatch, tmp_path):
    """With an encryption key they share as well, and the directory tells nothing."""
    monkeypatch.setenv("LIFE_KEY", "nobody can guess this")
    cache = {**file_cache, "encryption_key": {"env": "LIFE_KEY"}}
    workers = start(3, keys(server, cache))

    assert [{"token": "tok-1"}] * 3 == all_at_once(workers)
    for worker in workers:
        worker.end()
    files = [path.read_bytes() for path in (tmp_path / "tokens").iterdir()]
    assert not any(b"tok-1" in content for content in files)


def test_workers_with_a_bad_secret(server, file_cache):
    """Six processes ask three times each: one bad login, and no locked account."""
    said = []
    workers = start(6, keys(server, file_cache), secret="wrong")
    for _ in range(3):
        said += all_at_once(workers)

    assert 18 == len(said)
    assert 1 == server.bad
    assert {"TokenRefusedError"} == {each["error"] for each in said}
    assert 1 == len({each["retry_at"] for each in said})
    for worker in workers:
        worker.end()


def test_right_secret_among_bad_ones(server, cache):
    """A worker with the new secret goes through, and the others get its token."""
    old = Worker(keys(server, cache), "wrong")
    new = Worker(keys(server, cache), "right")
    assert ["ready"] * 2 == [old.hear(), new.hear()]

    assert "TokenRefusedError" == old.ask("token")["error"]
    assert {"token": "tok-1"} == new.ask("token")
    assert {"token": "tok-1"} == old.ask("token")
    assert 1 == server.bad
    old.end()
    new.end()


def test_secret_that_is_mended_in_place(server, cache):
    """The same worker goes through as soon as its secret is right."""
    (worker,) = start(1, keys(server, cache), secret="wrong")
    for _ in range(3):
        worker.ask("token")
    worker.ask("secret", "right")

    assert {"token": "tok-1"} == worker.ask("token")
    assert 1 == server.bad
    worker.end()


def test_killed_in_the_middle_of_a_fetch(server, file_cache):
    """The next one does not wait for the lock of the dead."""
    server.open.clear()
    dying, next_one = start(2, keys(server, file_cache))
    dying.say("token")
    assert server.arrived.acquire(timeout=10)
    next_one.say("token")
    dying.kill()
    server.open.set()
    began = time.monotonic()

    assert "tok-" in next_one.hear()["token"]
    assert time.monotonic() - began < 10.0
    assert 2 == len(server.journal)
    next_one.end()


LEAVE = """
import json
import sys
import threading

import ccflow

profile = ccflow.Profile.from_mapping(json.loads(sys.argv[1]), name="billing")
threading.Thread(target=ccflow.TokenSource(profile).token, daemon=True).start()
sys.stdin.readline()
"""


def test_exit_in_the_middle_of_a_fetch(server, cache):
    """A process that ends with a flight under way and a lock held does not hang."""
    server.open.clear()
    command = [sys.executable, "-c", LEAVE, json.dumps(keys(server, cache))]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as leaving:
        assert server.arrived.acquire(timeout=20)
        leaving.communicate(b"now\n", timeout=10)

    assert 0 == leaving.returncode


def test_store_that_nobody_can_use(server, tmp_path):
    """Without a store each asks for itself, and no one fails."""
    (tmp_path / "tokens").write_text("a file in the way")
    cache = {"store": "file", "directory": str(tmp_path / "tokens")}
    workers = start(3, keys(server, cache))

    said = all_at_once(workers)

    assert 3 == len({each["token"] for each in said})
    assert 3 == len(server.journal)
    for worker in workers:
        worker.end()


def test_redis_that_is_not_there(server, monkeypatch):
    """A dead Redis server costs no more than the sharing."""
    monkeypatch.setenv("LIFE_REDIS", "redis://127.0.0.1:1/0")
    cache = {"store": "redis", "url": {"env": "LIFE_REDIS"}}
    (worker,) = start(1, keys(server, cache))

    assert {"token": "tok-1"} == worker.ask("token")
    worker.end()
