"""Worker processes, as the tests see them."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

from tests.support.worlds import make_profile


WORKER = Path(__file__).with_name("worker.py")
PATIENCE = 30.0


class Worker:
    """
    One process with one source.

    Args:
        profile: The keys of its profile.

        secret: What it has in its environment.
    """

    def __init__(self, profile, secret="right") -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), json.dumps(profile)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "LIFE_SECRET": secret},
            bufsize=0,
        )

    def say(self, *words) -> None:
        line = " ".join(str(word) for word in words) + "\n"
        self.process.stdin.write(line.encode())

    def hear(self, timeout=PATIENCE):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(timeout), "a worker says nothing"
        line = self.process.stdout.readline()
        assert line, "a worker has ended"
        return json.loads(line)

    def ask(self, *words):
        self.say(*words)
        return self.hear()

    def end(self) -> int:
        """Let it end by itself, and return its exit status."""
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def keys(server, cache, **more):
    """Return the keys of a profile that refers to its secret."""
    return {
        "token_endpoint": f"{server.url}/token",
        "client_id": "me",
        "client_secret": {"env": "LIFE_SECRET"},
        "cache": cache,
        **more,
    }


def profile_of(server, cache, **more):
    """Make the profile of those keys in this process."""
    return make_profile(**keys(server, cache, **more))


def start(count, profile, secret="right"):
    """Start workers, and return when all of them are ready."""
    workers = [Worker(profile, secret) for _ in range(count)]
    assert ["ready"] * count == [worker.hear() for worker in workers]
    return workers


def all_at_once(workers, what="at"):
    """Let all ask at the same moment; return what each of them says."""
    moment = time.time() + 0.2
    for worker in workers:
        worker.say(what, moment)
    return [worker.hear() for worker in workers]
