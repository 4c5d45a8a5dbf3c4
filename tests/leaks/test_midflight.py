"""Whoever leaves in the middle of a fetch takes nothing along: cancelled, forked."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable
from collections.abc import Iterator

import pytest
import trio

import ccflow
from ccflow.store import StoreError
from ccflow.stores.memory import MemoryStore
from ccflow.testing.forks import Child
from tests.leaks import secrets
from tests.leaks.answers import ANSWERS
from tests.leaks.collector import Collector
from tests.leaks.collector import collected
from tests.leaks.echoes import ENCODINGS
from tests.leaks.methods import METHODS
from tests.leaks.methods import Method
from tests.leaks.world import marks_of
from tests.support.certificates import server_context
from tests.support.hostile import HostileServer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import a_token
from tests.support.worlds import Clocks
from tests.support.worlds import landed
from tests.support.worlds import make_profile


SAYS = {it.name: it.say for it in ANSWERS if it.say is not None}


class Held(HostileServer):
    """A server that lets everybody wait, and then repeats what they said."""

    def __init__(self) -> None:
        ours = server_context(clients="ours", optional=True)
        super().__init__(self._answer_late, context=ours)
        self.arrived = threading.Semaphore(0)
        self.open = threading.Event()

    def _answer_late(self, line: Line, request: Received) -> bytes:
        self.arrived.release()
        self.open.wait(20)
        told = ENCODINGS["understood"](request)
        answer = SAYS["refused-client"](told)
        assert isinstance(answer, bytes)
        return answer

    def source(self, world, method: Method, seen: Collector) -> ccflow.TokenSource:
        """Make a source that will wait here."""
        source = ccflow.TokenSource(
            ccflow.Profile.from_mapping(
                {
                    "token_endpoint": f"{self.url}/token",
                    "client_id": "me",
                    "ca_file": world.ca_file,
                    "headers": {"X-Api-Key": {"env": "LEAKS_API_KEY"}},
                    **method.keys(world),
                }
            )
        )
        source.on_event(seen.hear)
        return source


@pytest.fixture
def held() -> Iterator[Held]:
    with Held() as server:
        yield server
        server.open.set()


async def wait_for(arrived: threading.Semaphore, pause: Callable) -> None:
    """Wait in a loop until the server has the request."""
    for _ in range(2000):
        if arrived.acquire(blocking=False):
            return
        await pause(0.005)
    raise AssertionError("no request came")


async def cancelled_in_asyncio(source, held, seen) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(seen.asyncio_handler)
    tasks = [asyncio.create_task(source.atoken()) for _ in range(3)]
    await wait_for(held.arrived, asyncio.sleep)
    for task in tasks[:2]:
        task.cancel()
    for error in await asyncio.gather(*tasks[:2], return_exceptions=True):
        seen.add_error(error)
    with pytest.raises(TimeoutError) as caught:
        await asyncio.wait_for(source.atoken(), 0.01)
    seen.add_error(caught.value)
    seen.add("task", repr(tasks) + repr(asyncio.all_tasks()))
    # The last one is left alone: nobody looks at what it ends in.
    held.open.set()
    await asyncio.wait(tasks[2:])
    del tasks


async def cancelled_in_trio(source, held, seen) -> None:
    async def ask() -> None:
        try:
            await source.atoken()
        except trio.Cancelled as error:
            seen.add_error(error)
            raise

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(ask)
        await wait_for(held.arrived, trio.sleep)
        nursery.cancel_scope.cancel()
    held.open.set()
    with pytest.raises(ExceptionGroup) as caught:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            nursery.start_soon(source.atoken)
    seen.add_error(caught.value)


class TestCancelled:
    @pytest.mark.parametrize("loop", ["asyncio", "trio"])
    def test_in_the_midst(self, loop, on_this_machine, held, reader):
        """Those who are cancelled, and those who are not, see nothing of it."""
        with collected() as seen:
            for method in METHODS[::4]:
                held.open.clear()
                source = held.source(on_this_machine, method, seen)
                if loop == "asyncio":
                    work = cancelled_in_asyncio(source, held, seen)
                    asyncio.run(work, debug=True)
                else:
                    trio.run(cancelled_in_trio, source, held, seen)
                landed(source)
                # Now asyncio complains of the task that nobody looked at.
                gc.collect()
        marks = [mark for request in held.journal for mark in marks_of(request)]

        complaints = [it for it in seen.pages if "never retrieved" in it.text]
        assert bool(complaints) is (loop == "asyncio")
        assert len(METHODS[::4]) <= len(held.journal)
        assert [] == sorted({*reader.find(seen.pages, marks)})[:20]

    @pytest.mark.parametrize("inline", [False, True])
    def test_interrupted(self, inline, on_this_machine, held, reader, monkeypatch):
        """Somebody presses Ctrl-C while a request is under way, on this thread too."""
        source = None
        with collected() as seen:
            source = held.source(on_this_machine, METHODS[2], seen)
            if inline:
                monkeypatch.setattr(threading.Thread, "start", _no_thread(held))
            else:
                _interrupt_when_it_arrived(held)
            with pytest.raises(KeyboardInterrupt) as caught:
                source.token()
            seen.add_error(caught.value)
            monkeypatch.undo()
            held.open.set()
            landed(source)
        marks = [mark for request in held.journal for mark in marks_of(request)]

        assert held.journal
        assert [] == reader.find(seen.pages, marks)


def _interrupt_when_it_arrived(held: Held) -> None:
    def interrupt() -> None:
        held.arrived.acquire(timeout=10)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()


def _no_thread(held: Held) -> Callable:
    """Let only the server have threads."""
    start = threading.Thread.start
    _interrupt_when_it_arrived(held)

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("ccflow"):
            raise RuntimeError("can't start new thread")
        start(thread)

    return refuse


class TestForked:
    def test_in_the_midst(self, on_this_machine, held, reader):
        """A child that is forked then, and its parent, see nothing of each other's."""
        found = []
        for method in METHODS[1::3]:
            held.open.clear()
            with collected() as seen:
                source = held.source(on_this_machine, method, seen)
                flying = threading.Thread(target=_ask, args=(source, seen))
                flying.start()
                assert held.arrived.acquire(timeout=10)
                child = Child(lambda _: _leaks_of_child(source, reader))  # noqa: B023
                assert held.arrived.acquire(timeout=10)
                held.open.set()
                found += child.hear(20)
                child.join()
                flying.join(10)
            marks = [mark for request in held.journal for mark in marks_of(request)]
            found += reader.find(seen.pages, marks)

        assert 2 * len(METHODS[1::3]) == len(held.journal)
        assert [] == found[:20]


def _ask(source: ccflow.TokenSource, seen: Collector) -> None:
    try:
        source.token()
    except ccflow.TokenRefusedError as error:
        seen.add_error(error)


def _leaks_of_child(source: ccflow.TokenSource, reader) -> list[str]:
    with collected() as seen:
        source.on_event(seen.hear)
        _ask(source, seen)
    assert any(page.channel == "rich" for page in seen.pages)
    return reader.find(seen.pages)


class TestRenewal:
    @pytest.mark.parametrize("name", [it.name for it in ANSWERS[::4] if it.error])
    def test_a_failure_behind_a_token_that_is_still_good(
        self, name, on_this_machine, reader
    ):
        """Nobody gets the error, and its event tells nothing."""
        clocks = Clocks()

        def refuse(line: Line, request: Received) -> bytes | None:
            answer = SAYS[name](ENCODINGS["as-it-came"](request))
            return answer(line, request) if callable(answer) else answer

        with (
            collected() as seen,
            HostileServer(a_token(secrets.TOKEN), refuse) as server,
        ):
            source = ccflow.TokenSource(
                make_profile(
                    f"{server.url}/token",
                    ca_file=on_this_machine.ca_file,
                    client_secret={"env": "LEAKS_SECRET"},
                    headers={"X-Api-Key": {"env": "LEAKS_API_KEY"}},
                    require_scope=True,
                    scope="read write",
                    timeout=0.3,
                ),
                runtime=clocks.runtime(),
            )
            source.on_event(seen.hear)
            token = source.token()
            clocks.tick(3599)
            assert source.token() is token
            landed(source)
            seen.add_object(source.status())
        marks = [mark for request in server.journal for mark in marks_of(request)]

        assert 2 <= len(server.journal)
        assert any("ServedStale" in page.text for page in seen.pages)
        assert [] == reader.find(seen.pages, marks)


class _FullStore(MemoryStore):
    """A store that takes nothing any more."""

    is_full = False

    def put(self, key, record, expected):
        if self.is_full:
            raise StoreError("it is full; make room")
        return super().put(key, record, expected)


class TestStore:
    def test_one_that_fails_for_a_token_that_was_refused(self, on_this_machine, reader):
        """Neither the refused token nor the new one is in a frame that is at work."""
        store = _FullStore()
        answers = a_token(secrets.TOKEN), a_token(secrets.REFRESH_TOKEN)
        with collected() as seen, HostileServer(*answers) as server:
            source = ccflow.TokenSource(
                make_profile(
                    f"{server.url}/token",
                    ca_file=on_this_machine.ca_file,
                    client_secret={"env": "LEAKS_SECRET"},
                ),
                store=store,
            )
            source.on_event(seen.hear)
            first = source.token()
            store.is_full = True
            source.invalidate(first)
            second = source.token()

        assert (secrets.TOKEN, secrets.REFRESH_TOKEN) == (
            first.access_token,
            second.access_token,
        )
        assert any("it is full" in it.text for it in seen.pages)
        assert [] == reader.find(seen.pages)
