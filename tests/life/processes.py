"""Worker processes, as the tests see them."""

from __future__ import annotations

import functools
import multiprocessing
import os
import sys
import time
from multiprocessing import forkserver
from unittest import mock

from tests.support.worlds import make_profile

from .worker import work


PATIENCE = 30.0


@functools.cache
def factory():
    """
    Return what makes processes.

    Each is forked by one that has imported what is needed and done nothing else. New
    ones from the start would spend ten times the time of the tests on imports.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    # It is not told where its modules are, before Python 3.13.
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
        forkserver.ensure_running()
    return context


class Worker:
    """
    One process with one source.

    Args:
        profile: The keys of its profile.

        secret: What it has in its environment.
    """

    def __init__(self, profile, secret="right") -> None:
        environment = {**os.environ, "LIFE_SECRET": secret}
        self.ours, theirs = factory().Pipe()
        told = (theirs, environment, profile)
        self.process = factory().Process(target=work, args=told)
        self.process.start()
        theirs.close()

    def say(self, *words) -> None:
        self.ours.send(words)

    def hear(self, timeout=PATIENCE):
        assert self.ours.poll(timeout), "a worker says nothing"
        return self.ours.recv()

    def ask(self, *words):
        self.say(*words)
        return self.hear()

    def end(self) -> int:
        """Let it end by itself, and return its exit status."""
        self.ours.close()
        self.process.join(PATIENCE)
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)
        self.ours.close()


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
