"""Forks in the middle of things, spawned processes, and sources that travel."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import warnings

import pytest

import ccflow
from ccflow.engine import gate
from ccflow.process import PROCESS
from ccflow.stores.memory import MemoryStore
from ccflow.testing.forks import Child
from ccflow.testing.forks import in_children
from tests.support.worlds import landed
from tests.support.worlds import make_profile

from .processes import profile_of
from .worker import outcome


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="does not fork")


def token_of(source) -> str:
    return source.token().access_token


def tell_token(source, pipe) -> None:
    pipe.send(token_of(source))


def ask_in_the_background(source):
    thread = threading.Thread(target=outcome, args=(source,), daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("store", ["none", "memory", "file", "redis"])
def test_fork_in_mid_flight(server, request, store):
    """The child fetches for itself, and neither of them hangs."""
    if store in {"file", "redis"}:
        cache = request.getfixturevalue(f"{store}_cache")
        source = ccflow.TokenSource(profile_of(server, cache, timeout=4))
    else:
        given = MemoryStore() if store == "memory" else None
        profile = profile_of(server, False, timeout=4)
        source = ccflow.TokenSource(profile, store=given)
    server.open.clear()
    flying = ask_in_the_background(source)
    assert server.arrived.acquire(timeout=10)

    child = Child(lambda _: token_of(source))
    server.open.set()
    theirs = child.hear(15)
    child.join()
    flying.join(10)

    assert {"tok-1"} <= {theirs, token_of(source)}
    landed(source)


def test_fork_while_the_lock_of_the_process_is_held(server, file_cache):
    """A thread that does not exist in the child holds nothing there."""
    source = ccflow.TokenSource(profile_of(server, file_cache))
    held, done = threading.Event(), threading.Event()

    def hold():
        with PROCESS.lock:
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    child = Child(lambda _: token_of(source))
    try:
        assert "tok-1" == child.hear(15)
    finally:
        done.set()
        holder.join()
        child.join()


def test_prefork(server, cache):
    """Workers of a server that has loaded its application before it forks."""
    source = ccflow.TokenSource(profile_of(server, cache))

    said = in_children(lambda number: token_of(source), 6)

    assert ["tok-1"] * 6 == said
    assert 1 == len(server.journal)


def test_prefork_with_a_token(server, cache):
    """A token from before the fork serves all workers."""
    source = ccflow.TokenSource(profile_of(server, cache))
    token_of(source)

    assert ["tok-1"] * 4 == in_children(lambda number: token_of(source), 4)
    assert 1 == len(server.journal)


def test_prefork_after_a_refusal(server, cache, monkeypatch):
    """Workers that inherit a gate stop at it, and pass when the secret changes."""
    monkeypatch.setenv("LIFE_SECRET", "wrong")
    source = ccflow.TokenSource(profile_of(server, cache))
    outcome(source)

    def work(number):
        # A quicker worker's token may be there already.
        first = outcome(source)
        assert first.get("token", "tok-1") == "tok-1"
        os.environ["LIFE_SECRET"] = "right"
        return token_of(source)

    assert ["tok-1"] * 3 == in_children(work, 3)
    assert 1 == server.bad


def test_fifty_workers_with_a_bad_secret(server, file_cache, monkeypatch):
    """Fifty workers, one bad login: the account is not locked."""
    monkeypatch.setenv("LIFE_SECRET", "wrong")
    # On a busy machine the last of fifty begins when the first pause is over.
    monkeypatch.setattr(gate, "FIRST_PAUSE", 60.0)
    source = ccflow.TokenSource(profile_of(server, file_cache))

    said = in_children(lambda number: outcome(source), 50)

    assert {"TokenRefusedError"} == {each["error"] for each in said}
    assert 1 == server.bad
    assert 1 == len({each["retry_at"] for each in said})


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(server, file_cache, method):
    """A source travels to a process of either kind, and works there."""
    source = ccflow.TokenSource(profile_of(server, file_cache))
    assert "tok-1" == token_of(source)
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=tell_token, args=(source, theirs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    theirs.close()
    assert ours.poll(30)
    assert "tok-1" == ours.recv()
    process.join(10)

    assert 0 == process.exitcode
    assert 1 == len(server.journal)
    ours.close()
    process.close()


def test_pickled_source_finds_its_store(server, file_cache):
    """What comes back holds no token and no secret, and adopts the stored one."""
    source = ccflow.TokenSource(profile_of(server, file_cache), scope="read")
    token_of(source)
    data = pickle.dumps(source)
    again = pickle.loads(data)

    assert b"tok-1" not in data
    assert b"right" not in data
    assert ("empty", "tok-1") == (again.status().state, token_of(again))
    assert 1 == again.status().adopted
    assert ("read",) == again.plan.scope


def test_literal_secret_does_not_travel(server):
    """The error names the reference to use instead."""
    source = ccflow.TokenSource(make_profile(f"{server.url}/token"))

    with pytest.raises(TypeError, match="use a reference"):
        pickle.dumps(source)


def test_child_of_a_child(server, file_cache):
    """Two forks deep, in the middle of a flight of each."""
    source = ccflow.TokenSource(profile_of(server, file_cache))
    server.open.clear()
    flying = ask_in_the_background(source)
    assert server.arrived.acquire(timeout=10)

    def work(_):
        ask_in_the_background(source)
        grandchild = Child(lambda _: token_of(source))
        said = grandchild.hear(15)
        grandchild.join()
        return said

    child = Child(work)
    server.open.set()

    assert child.hear(20).startswith("tok-")
    child.join()
    flying.join(10)
    landed(source)


FORK_IN_A_LONG_STEP = """
import importlib.abc
import os
import signal
import ssl
import sys
import threading
import time

import ccflow


class SlowDisk(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "httpx":
            take_long()


def read_slowly(*given, **named):
    take_long()
    return read(*given, **named)


def take_long():
    begun.set()
    time.sleep(0.3)
    over.set()


begun, over = threading.Event(), threading.Event()
if sys.argv[2] == "import":
    sys.meta_path.insert(0, SlowDisk())
else:
    read, ssl.create_default_context = ssl.create_default_context, read_slowly
profile = {"token_endpoint": sys.argv[1], "client_id": "me", "client_secret": "right"}
source = ccflow.TokenSource(ccflow.Profile.from_mapping(profile, name="p"))
thread = threading.Thread(target=source.token)
thread.start()
assert begun.wait(10)
child = os.fork()
if child == 0:
    signal.alarm(15)
    waited = over.is_set()
    source.token()
    os._exit(0 if waited else 1)
thread.join()
sys.exit(abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
"""


@pytest.mark.parametrize("step", ["import", "certificates"])
def test_fork_in_the_middle_of_a_long_step(server, step):
    """A child inherits no half-made module, and no lock of OpenSSL's that is held."""
    command = [sys.executable, "-W", "ignore", "-c", FORK_IN_A_LONG_STEP]
    ended = subprocess.run([*command, f"{server.url}/token", step], timeout=40)

    assert 0 == ended.returncode
    # One, if the parent had its token before the fork came.
    assert len(server.journal) in {1, 2}
