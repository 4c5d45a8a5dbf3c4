"""One flight for all who wait, whoever they are and whatever happens to them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

import ccflow
from ccflow.engine import flight as flight_module
from ccflow.engine.flight import Flight
from ccflow.process import PROCESS
from tests.support.worlds import SECRET
from tests.support.worlds import Server
from tests.support.worlds import a_response
from tests.support.worlds import frames_of
from tests.support.worlds import landed
from tests.support.worlds import make_profile


ROOT = Path(__file__).resolve().parents[3]


def make_source(
    server: Callable[[], object], timeout: float = 20
) -> ccflow.TokenSource:
    return ccflow.TokenSource(make_profile(timeout=timeout), fetch=server)


class Crowd:
    """Threads that are all on their way before the server answers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.results: list[object] = []
        self._threads: list[threading.Thread] = []
        self._expected = 0
        self._begun = threading.Semaphore(0)

    def add(self, work: Callable[[], object], callers: int = 1) -> None:
        def run() -> None:
            try:
                self.results.append(work())
            except BaseException as error:
                self.results.append(error)

        self._expected += callers
        self._threads.append(threading.Thread(target=run, daemon=True))

    def begin(self) -> None:
        """To be called by each caller just before it asks."""
        self._begun.release()

    def run(self) -> list[object]:
        self.server.gate.clear()
        for thread in self._threads:
            thread.start()
        for _ in range(self._expected):
            assert self._begun.acquire(timeout=20)
        self.server.wait_for_request()
        self.server.gate.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), "a caller still waits"
        return self.results


def in_asyncio(crowd: Crowd, source: ccflow.TokenSource, tasks: int) -> list[object]:
    async def ask() -> object:
        crowd.begin()
        return await source.atoken()

    async def main() -> list[object]:
        return await asyncio.gather(*(ask() for _ in range(tasks)))

    return asyncio.run(main())


def in_trio(crowd: Crowd, source: ccflow.TokenSource, tasks: int) -> list[object]:
    tokens: list[object] = []

    async def ask() -> None:
        crowd.begin()
        tokens.append(await source.atoken())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(tasks):
                nursery.start_soon(ask)

    trio.run(main)
    return tokens


def in_thread(crowd: Crowd, source: ccflow.TokenSource) -> object:
    crowd.begin()
    return source.token()


class TestOneFlight:
    def test_for_threads(self):
        """Two hundred threads that start cold cost one request."""
        server = Server()
        source = make_source(server)
        crowd = Crowd(server)
        for _ in range(200):
            crowd.add(lambda: in_thread(crowd, source))
        results = crowd.run()

        assert server.fetches == 1
        assert {id(token) for token in results} == {id(source.token())}

    def test_for_asyncio_tasks(self):
        """So do a thousand tasks of a loop."""
        server = Server()
        source = make_source(server)
        crowd = Crowd(server)
        crowd.add(lambda: in_asyncio(crowd, source, 1000), 1000)
        [tokens] = crowd.run()

        assert server.fetches == 1
        assert {id(token) for token in tokens} == {id(source.token())}
        assert len(tokens) == 1000

    def test_for_everybody_at_once(self):
        """So does any mix of threads, loops of asyncio, and runs of trio."""
        server = Server()
        source = make_source(server)
        crowd = Crowd(server)
        for _ in range(40):
            crowd.add(lambda: in_thread(crowd, source))
        for _ in range(3):
            crowd.add(lambda: in_asyncio(crowd, source, 50), 50)
            crowd.add(lambda: in_trio(crowd, source, 50), 50)
        results = crowd.run()

        tokens = [
            token
            for result in results
            for token in (result if isinstance(result, list) else [result])
        ]
        assert server.fetches == 1
        assert len(tokens) == 340
        assert {id(token) for token in tokens} == {id(source.token())}

    def test_for_all_who_fail(self):
        """And any mix of callers of a dead endpoint costs one request as well."""
        server = Server(ccflow.TokenUnavailableError("dead", category="network"))
        source = make_source(server)
        crowd = Crowd(server)
        for _ in range(16):
            crowd.add(lambda: in_thread(crowd, source))
        crowd.add(lambda: in_asyncio(crowd, source, 1))
        crowd.add(lambda: in_trio(crowd, source, 1))
        errors = crowd.run()

        assert server.fetches == 1
        assert len(errors) == 18
        # trio wraps what comes out of a nursery.
        plain = [
            error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            for error in errors
        ]
        assert {type(error) for error in plain} == {ccflow.TokenUnavailableError}

    def test_blocking_call_on_the_thread_of_a_loop(self):
        """
        A blocking call in the middle of a loop whose tasks wait for the same token
        is slow manners, and no deadlock.
        """
        server = Server()
        server.gate.clear()
        source = make_source(server)

        async def main() -> list[object]:
            waiting = asyncio.ensure_future(source.atoken())
            await asyncio.sleep(0)
            server.wait_for_request()
            server.gate.set()
            return [source.token(), await waiting]

        first, second = asyncio.run(main())

        assert first is second
        assert server.fetches == 1


class TestCancellation:
    def test_of_tasks(self):
        """A task that is cancelled or has had enough leaves the others alone."""
        server = Server()
        server.gate.clear()
        source = make_source(server)

        async def main() -> tuple[list[object], list[object]]:
            tasks = [asyncio.ensure_future(source.atoken()) for _ in range(6)]
            impatient = [
                asyncio.ensure_future(asyncio.wait_for(source.atoken(), 0.01))
                for _ in range(3)
            ]
            gone = await asyncio.gather(*impatient, return_exceptions=True)
            for task in tasks[:3]:
                task.cancel()
            gone += await asyncio.gather(*tasks[:3], return_exceptions=True)
            server.gate.set()
            return gone, await asyncio.gather(*tasks[3:])

        gone, tokens = asyncio.run(main())

        assert [type(error) for error in gone] == [
            *[TimeoutError] * 3,
            *[asyncio.CancelledError] * 3,
        ]
        assert {token.access_token for token in tokens} == {"tok-1"}
        assert server.fetches == 1

    def test_of_trio_scopes(self):
        """The same in trio."""
        server = Server()
        server.gate.clear()
        source = make_source(server)
        tokens: list[object] = []

        async def ask() -> None:
            tokens.append(await source.atoken())

        async def main() -> bool:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                with trio.move_on_after(0.01) as scope:
                    await source.atoken()
                server.gate.set()
            return scope.cancelled_caught

        assert trio.run(main)
        assert [token.access_token for token in tokens] == ["tok-1"]
        assert server.fetches == 1

    def test_of_everybody(self):
        """A flight that nobody waits for any more lands, and its token is kept."""
        server = Server()
        server.gate.clear()
        source = make_source(server)

        async def main() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(source.atoken(), 0.01)

        asyncio.run(main())
        server.gate.set()
        landed(source)

        assert source.token().access_token == "tok-1"
        assert server.fetches == 1

    def test_loop_that_is_closed_meanwhile(self):
        """A loop that ended before the landing is told nothing, and nobody minds."""
        server = Server()
        server.gate.clear()
        source = make_source(server)

        async def leave_asyncio() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(source.atoken(), 0.01)

        async def leave_trio() -> None:
            with trio.move_on_after(0.01):
                await source.atoken()

        crowd = Crowd(server)
        asyncio.run(leave_asyncio())
        trio.run(leave_trio)
        crowd.add(lambda: in_thread(crowd, source))
        [token] = crowd.run()

        assert token.access_token == "tok-1"
        assert server.fetches == 1


class OddError(Exception):
    """An exception of others, which does not copy."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"because of {reason}")
        self.reason = reason


class GuardedError(Exception):
    """One that does not even like to be made."""

    def __copy__(self):
        raise RuntimeError("do not copy me")


def fail_with_locals() -> None:
    """Fail as a fetch would, with secrets in the locals all over the place."""
    secret = SECRET

    def below(password: str) -> None:
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise ccflow.TokenUnavailableError(
                "dead", category="network", retry_after=7
            ) from error

    try:
        below(secret)
    except ccflow.TokenUnavailableError as error:
        group = ExceptionGroup("more", [_raised(KeyError, secret)])
        error.__cause__.__context__ = group
        raise


def _raised(kind: type[Exception], password: str) -> Exception:
    try:
        raise kind("other")
    except kind as error:
        return error


class TestFailure:
    def failures(self, failure: object, callers: int = 3) -> list[BaseException]:
        server = Server(failure)
        source = make_source(server)
        crowd = Crowd(server)
        for _ in range(callers):
            crowd.add(lambda: in_thread(crowd, source))
        errors = crowd.run()

        assert server.fetches == 1
        return errors

    def test_each_gets_a_copy(self):
        """Callers may do as they like with theirs; all know where it came from."""
        first, second, third = self.failures(fail_with_locals)

        assert len({id(first), id(second), id(third)}) == 3
        assert first.__cause__ is second.__cause__ is third.__cause__
        assert first.__cause__ not in (first, second, third)
        assert str(first) == str(first.__cause__) == "dead"
        assert first.retry_after == 7
        assert vars(first) == vars(first.__cause__)

    def test_traceback_leads_to_the_place(self):
        """The lines of the failed fetch are still there."""
        [error] = self.failures(fail_with_locals, 1)
        names = [frame.f_code.co_name for frame in frames_of(error)]

        assert "below" in names
        assert "fail_with_locals" in names

    def test_no_frame_has_locals(self):
        """A traceback that is rendered with locals shows no secret of the fetch."""
        [error] = self.failures(fail_with_locals, 1)
        flight = {flight_module.__file__}
        named = {"fail_with_locals", "below", "_raised", "_fly", "fly", "__call__"}
        seen = 0
        for frame in frames_of(error):
            if frame.f_code.co_name in named:
                seen += 1
                assert frame.f_locals == {}, frame
            elif frame.f_code.co_filename in flight:
                assert {*frame.f_locals} <= {"self", "outer", "left", "lock"}
        group = error.__cause__.__cause__.__context__
        for frame in frames_of(group.exceptions[0]):
            assert frame.f_code.co_name in named
            assert frame.f_locals == {}
            break
        else:
            pytest.fail("the exceptions of a group have no frames")
        assert seen >= 5

    def test_failure_is_not_in_its_own_traceback(self):
        """Nothing of the flight keeps a failure alive in a circle with its frames."""
        [error] = self.failures(fail_with_locals, 1)
        for frame in frames_of(error.__cause__):
            assert not any(
                isinstance(value, BaseException) for value in frame.f_locals.values()
            )

    def test_copies_are_gone_when_they_are_handled(self):
        """A failure that was handled does not wait for the garbage collector."""
        source = make_source(
            Server(ccflow.TokenUnavailableError("x", category="network"))
        )
        gc.disable()
        try:
            try:
                source.token()
            except ccflow.TokenUnavailableError as error:
                watched = weakref.ref(error)

            assert watched() is None
        finally:
            gc.enable()

    @pytest.mark.parametrize("kind", [OddError, GuardedError])
    def test_that_does_not_copy(self, kind):
        """An exception of somebody else arrives as what it is, one for each."""
        error = OddError(reason="rain") if kind is OddError else GuardedError("no")
        first, second = self.failures(error, 2)

        assert type(first) is type(second) is kind
        assert first is not second
        assert first.__cause__ is second.__cause__ is error
        assert str(first) == str(error)
        assert vars(first) == vars(error)

    @pytest.mark.parametrize(
        "end", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()]
    )
    def test_that_would_end_the_caller(self, end):
        """
        A fetch that exits or is cancelled does not exit or cancel those who wait.
        """
        [error] = self.failures(end, 1)

        assert type(error) is ccflow.TokenUnavailableError
        assert type(end).__name__ in str(error)
        assert error.__cause__ is end

    def test_asyncio_task_is_not_cancelled_by_it(self):
        """A task that did not get a token was not cancelled."""
        source = make_source(Server(asyncio.CancelledError()))

        async def main() -> None:
            with pytest.raises(ccflow.TokenUnavailableError):
                await source.atoken()

        asyncio.run(main())

    def test_pickles(self):
        """A failure goes to another process with all it says."""
        [error] = self.failures(fail_with_locals, 1)
        again = pickle.loads(pickle.dumps(error))

        assert type(again) is type(error)
        assert vars(again) == vars(error)

    def test_is_not_remembered(self):
        """Who comes after a failure asks anew."""
        source = make_source(
            Server(ccflow.TokenUnavailableError("x", category="network"), "tok-2")
        )
        with pytest.raises(ccflow.TokenUnavailableError):
            source.token()

        assert source.token().access_token == "tok-2"


class TestWaitingForItself:
    def test_fetch_that_asks_for_its_own_token(self):
        """A secret reader that needs the token it serves is an error, not a hang."""
        source = make_source(lambda: a_response(source.token().access_token))
        begun = time.monotonic()
        with pytest.raises(ccflow.ConfigError, match="fetch itself") as caught:
            source.token()

        assert time.monotonic() - begun < 5
        assert caught.value.profile == "billing"
        assert caught.value.provider == "generic"

    def test_fetch_that_asks_in_a_loop_of_its_own(self):
        """The same where the reader is asynchronous."""
        source = make_source(lambda: asyncio.run(source.atoken()))
        with pytest.raises(ccflow.ConfigError, match="fetch itself"):
            source.token()

    def test_two_that_wait_for_each_other(self):
        """So are two sources that need each other."""
        one = make_source(lambda: a_response(two.token().access_token))
        two = make_source(lambda: a_response(one.token().access_token))
        begun = time.monotonic()
        with pytest.raises(ccflow.ConfigError, match="fetch itself"):
            one.token()

        assert time.monotonic() - begun < 5

    def test_ring_begun_from_all_sides(self):
        """However the threads meet, a ring of sources is an error at once."""
        for _ in range(20):
            barrier = threading.Barrier(3)
            sources: list[ccflow.TokenSource] = []

            def fetch(number: int, barrier=barrier, sources=sources) -> object:
                barrier.wait(10)
                return a_response(sources[(number + 1) % 3].token().access_token)

            sources += [make_source(lambda n=n, f=fetch: f(n)) for n in range(3)]
            errors: list[BaseException] = []

            def ask(source, errors=errors) -> None:
                try:
                    source.token()
                except ccflow.CcflowError as failure:
                    errors.append(failure)

            threads = [
                threading.Thread(target=ask, args=(source,)) for source in sources
            ]
            begun = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(15)

            assert time.monotonic() - begun < 5
            assert [type(error) for error in errors] == [ccflow.ConfigError] * 3

    def test_source_that_needs_another_one(self):
        """A reader that uses another source's token works."""
        vault = make_source(Server("vault-token"))
        source = make_source(lambda: a_response(vault.token().access_token))

        assert source.token().access_token == "vault-token"

    def test_callback_that_asks(self):
        """A callback that asks for the token it is told about does not hang."""
        server = Server()
        source = make_source(server)
        asked: list[object] = []

        def callback(event: object) -> None:
            try:
                asked.append(source.token())
            except ccflow.ConfigError as error:
                asked.append(error)

        source.on_event(callback)
        token = source.token()

        assert [type(answer).__name__ for answer in asked] == [
            "ConfigError",
            "AccessToken",
        ]
        assert asked[1] is token


@contextmanager
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        yield


class TestNoThread:
    def test_blocking_caller_does_it_itself(self, monkeypatch):
        """Where no thread can be started, a blocking caller still gets a token."""
        source = make_source(Server())
        with no_threads(monkeypatch):
            assert source.token().access_token == "tok-1"
        assert source.status().requests == 1

    def test_blocking_caller_gets_the_failure(self, monkeypatch):
        """Or the failure, as from any other flight."""
        source = make_source(Server(fail_with_locals))
        with (
            no_threads(monkeypatch),
            pytest.raises(ccflow.TokenUnavailableError) as caught,
        ):
            source.token()

        assert str(caught.value.__cause__) == "dead"
        assert source.status().failures == 1

    def test_asynchronous_caller_gets_an_error(self, monkeypatch):
        """A task is not blocked for it; the error says what is wrong."""
        server = Server()
        source = make_source(server)

        async def main() -> None:
            with pytest.raises(ccflow.TokenUnavailableError, match="thread") as caught:
                await source.atoken()
            assert caught.value.category == "network"
            assert caught.value.profile == "billing"

        with no_threads(monkeypatch):
            asyncio.run(main())

        assert server.fetches == 0
        assert source.token().access_token == "tok-1"

    def test_interrupt_is_for_its_thread(self, monkeypatch):
        """Ctrl-C during a fetch on the caller's own thread is Ctrl-C."""
        source = make_source(Server(KeyboardInterrupt()))
        with no_threads(monkeypatch), pytest.raises(KeyboardInterrupt):
            source.token()

    def test_waits_for_itself(self, monkeypatch):
        """Without threads a source that needs itself is an error as well."""
        alone = make_source(lambda: a_response(alone.token().access_token))
        one = make_source(lambda: a_response(two.token().access_token))
        two = make_source(lambda: a_response(one.token().access_token))
        begun = time.monotonic()
        with no_threads(monkeypatch):
            for source in (alone, one):
                with pytest.raises(ccflow.ConfigError, match="fetch itself"):
                    source.token()

        assert time.monotonic() - begun < 5

    def test_stale_token_is_served_and_the_server_left_alone(self, monkeypatch):
        """A renewal that cannot start is a failed renewal: nobody notices."""
        from tests.support.worlds import Clocks

        clocks, server = Clocks(), Server(lifetime=100)
        source = ccflow.TokenSource(
            make_profile(), runtime=clocks.runtime(), fetch=server
        )
        source.token()
        clocks.tick(90)
        with no_threads(monkeypatch):
            for _ in range(5):
                assert source.token().access_token == "tok-1"
        assert server.fetches == 1
        assert source.status().failures == 1


class TestLanding:
    def test_flight_that_does_not_return(self):
        """
        A fetch that hangs costs its callers the time it may take; the next one
        starts another, and what the first brings in the end replaces nothing newer.
        """
        release = threading.Event()

        def hang() -> object:
            assert release.wait(20)
            return a_response("old")

        server = Server(hang, "new")
        source = make_source(server, timeout=0.1)
        begun = time.monotonic()
        with pytest.raises(ccflow.TokenUnavailableError, match="no answer") as caught:
            source.token()

        assert 0.1 <= time.monotonic() - begun < 2
        assert caught.value.category == "network"
        assert (caught.value.profile, caught.value.provider) == ("billing", "generic")
        assert source.token().access_token == "new"
        release.set()
        landed(source)
        assert source.token().access_token == "new"
        assert server.fetches == 2

    def test_tasks_are_told_as_well(self):
        """The same for tasks of asyncio and trio."""
        server = Server()
        server.gate.clear()
        source = make_source(server, timeout=0.05)
        begun = time.monotonic()
        for run in (asyncio.run, lambda main: trio.run(lambda: main)):
            with pytest.raises(ccflow.TokenUnavailableError, match="no answer"):
                run(source.atoken())

        assert time.monotonic() - begun < 4
        server.gate.set()
        landed(source)

    def test_late_token_is_better_than_none(self):
        """What comes late is kept where there is nothing newer."""
        server = Server()
        server.gate.clear()
        source = make_source(server, timeout=0.05)
        with pytest.raises(ccflow.TokenUnavailableError):
            source.token()
        server.gate.set()
        landed(source)

        assert source.token().access_token == "tok-1"
        assert server.fetches == 1

    def test_others_are_not_told_of_what_is_over(self):
        """A flight is open until it lands or its time is over, and not after."""
        token = ccflow.AccessToken(access_token="t")
        flight = Flight(lambda: token, 5, "billing", "generic")

        assert flight.is_open
        assert flight.take_off(inline=True)
        assert flight.result() is token
        assert not flight.is_open
        assert not Flight(lambda: token, 0, "billing", "generic").is_open


class TestContext:
    def test_is_empty(self):
        """Nothing of the caller who happens to start it gets into others' token."""
        variable = contextvars.ContextVar("request", default="nobody")
        seen: list[str] = []

        def fetch() -> object:
            seen.append(variable.get())
            return a_response()

        variable.set("caller")
        make_source(fetch).token()

        assert seen == ["nobody"]

    def test_is_empty_without_a_thread(self, monkeypatch):
        """Not even where it flies on the caller's own thread."""
        variable = contextvars.ContextVar("request", default="nobody")
        seen: list[str] = []

        def fetch() -> object:
            seen.append(variable.get())
            return a_response()

        variable.set("caller")
        with no_threads(monkeypatch):
            make_source(fetch).token()

        assert seen == ["nobody"]

    def test_trio_that_is_being_imported(self, monkeypatch):
        """A task of asyncio is served while another thread imports trio."""
        import types

        monkeypatch.setitem(sys.modules, "trio", types.ModuleType("trio"))

        assert asyncio.run(make_source(Server()).atoken()).access_token == "tok-1"


def interrupt(source: ccflow.TokenSource) -> None:
    """Do what a signal handler may do that has enough."""
    raise InterruptedError


class TestReentrancy:
    """
    What a finaliser or a signal handler may do in the middle of anything.

    Both run between two lines of whatever their thread does; here a trace function
    takes each line in turn.
    """

    @staticmethod
    def interrupted_at(
        line: int,
        act: Callable[[ccflow.TokenSource], object],
        source: ccflow.TokenSource | None = None,
    ) -> bool:
        """Interrupt a cold fetch at this line, and return whether it got there."""
        source = source or make_source(Server(), timeout=5)
        files = {flight_module.__file__, sys.modules[source.__module__].__file__}
        if act is not interrupt:  # or the locks of threading would stay locked
            files.add(threading.__file__)
        left = line
        reached = False

        def trace(frame, event, argument):
            nonlocal left, reached
            if frame.f_code.co_filename not in files:
                return None
            if event == "line" and not reached:
                left -= 1
                if left < 0:
                    reached = True
                    sys.settrace(None)
                    act(source)
                    return None
            return trace

        done = threading.Event()

        def ask() -> None:
            sys.settrace(trace)
            try:
                source.token()
            except InterruptedError:
                pass
            finally:
                sys.settrace(None)
                while PROCESS.is_locked_here():
                    # Only a trace function comes between the end of a block and the
                    # release of its lock; a signal handler does not.
                    PROCESS.lock.release()
            done.set()

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        assert done.wait(5), f"interrupted at line {line}, it never ends"
        thread.join()
        landed(source)
        return reached

    @pytest.mark.parametrize(
        "act", [ccflow.TokenSource.invalidate, ccflow.TokenSource.status]
    )
    def test_state_may_be_touched_anywhere(self, act):
        """Forgetting a token or looking at the state waits for no lock."""
        line = 0
        while self.interrupted_at(line, act):
            line += 1

        assert line > 40

    def test_token_may_be_asked_for_anywhere(self):
        """Asking for the token gets it or an error, wherever it comes in between."""

        def ask(source: ccflow.TokenSource) -> None:
            begun, text = time.monotonic(), "signal handler"
            try:
                source.token()
            except ccflow.TokenUnavailableError as error:
                text = str(error)
            assert "signal handler" in text
            assert time.monotonic() - begun < 3

        line = 0
        while self.interrupted_at(line, ask):
            line += 1

        assert line > 40

    @pytest.mark.parametrize("starts", [False, True])
    def test_start_of_the_thread_is_interrupted(self, starts, monkeypatch):
        """Whether or not the thread runs in the end, the next caller gets a token."""
        source = make_source(Server(), timeout=5)
        start = threading.Thread.start

        def start_and_fail(thread: threading.Thread) -> None:
            if starts:
                start(thread)
            raise InterruptedError

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start_and_fail)
            with pytest.raises(InterruptedError):
                source.token()
        begun = time.monotonic()

        assert source.token().access_token == "tok-1"
        assert time.monotonic() - begun < 3

    def test_start_may_be_interrupted_anywhere(self):
        """What a signal handler raises leaves no flight that never lands."""
        line, reached = 0, True
        while reached:
            source = make_source(Server(), timeout=5)
            begun = time.monotonic()
            reached = self.interrupted_at(line, interrupt, source)
            assert source.token().access_token
            assert time.monotonic() - begun < 3, f"interrupted at line {line}"
            line += 1

        assert line > 40

    def test_others_begin_anew(self):
        """Who waits for a flight whose start is interrupted does not fail with it."""
        token = ccflow.AccessToken(access_token="t")
        flight = Flight(lambda: token, 5, "billing", "generic")
        flight.call_off()

        assert flight.result() is None
        assert not flight.is_open
        assert flight.take_off(inline=True)
        assert flight.result() is None

    def test_flight_under_way_is_not_called_off(self):
        """Its thread lands it."""
        token = ccflow.AccessToken(access_token="t")
        flight = Flight(lambda: token, 5, "billing", "generic")
        flight.take_off(inline=False)
        flight.result()
        flight.call_off()

        assert flight.result() is token


PROLOGUE = """
import os, sys, threading, signal
import ccflow
from ccflow.process import PROCESS
from tests.support.worlds import Server, make_profile

server = Server()
source = ccflow.TokenSource(make_profile(timeout=20), fetch=server)
"""


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROLOGUE + script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'providers'}"},
        capture_output=True,
        text=True,
        timeout=25,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
class TestFork:
    def check(self, script: str) -> None:
        done = run_script(script)

        assert (done.returncode, done.stderr) == (0, ""), done.stderr

    def test_in_mid_flight(self):
        """
        A child that is forked while its parent waits gets a token of its own, and
        the parent gets the one that it waits for.
        """
        self.check("""
server.gate.clear()
tokens = []
waiter = threading.Thread(target=lambda: tokens.append(source.token()))
waiter.start()
server.wait_for_request()
child = os.fork()
if not child:
    signal.alarm(10)
    server.gate = threading.Event()
    server.gate.set()
    assert source.token().access_token == "tok-2"
    import asyncio
    assert asyncio.run(source.atoken()).access_token == "tok-2"
    assert source.status().fetching is False
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
server.gate.set()
waiter.join()
assert tokens[0].access_token == "tok-1"
assert server.fetches == 1
""")

    def test_with_locks_held(self):
        """A lock that another thread held at the fork holds nobody up in the child."""
        self.check("""
from ccflow.wire import clients
from ccflow.wire.trust import Trust
held, go = threading.Event(), threading.Event()
def hold():
    with PROCESS.lock, clients._building:
        held.set()
        go.wait(20)
holder = threading.Thread(target=hold)
holder.start()
held.wait()
child = os.fork()
if not child:
    signal.alarm(10)
    assert source.token().access_token == "tok-1"
    with clients.open_client(Trust()):
        pass
    os._exit(0)
_, status = os.waitpid(child, 0)
go.set()
holder.join()
assert status == 0, status
""")

    def test_of_a_warm_process(self):
        """Children begin with the parent's token, and with a jitter of their own."""
        self.check("""
source.token()
before = PROCESS.jitter, PROCESS.forks
child = os.fork()
if not child:
    signal.alarm(10)
    assert source.token().access_token == "tok-1"
    assert server.fetches == 1
    assert PROCESS.jitter != before[0]
    assert PROCESS.forks == before[1] + 1
    source.invalidate()
    assert source.token().access_token == "tok-2"
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert (PROCESS.jitter, PROCESS.forks) == before
""")

    def test_connections_are_not_shared(self):
        """A child opens its own connection, and the parent's goes on."""
        self.check("""
from tests.support.hostile import HostileServer, a_token
with HostileServer(a_token()) as real:
    source = ccflow.TokenSource(make_profile(f"{real.url}/token", timeout=10))
    source.token()
    child = os.fork()
    if not child:
        signal.alarm(10)
        source.invalidate()
        source.token()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    source.invalidate()
    source.token()
    assert [request.connection for request in real.journal] == [1, 2, 1]
""")

    def test_in_mid_request(self):
        """A fork during a real request hangs neither side."""
        self.check("""
from tests.support.hostile import HostileServer, a_token
asked, go = threading.Event(), threading.Event()
def slow(line, request):
    asked.set()
    go.wait(20)
    return a_token("first")
with HostileServer(slow, a_token("second")) as real:
    source = ccflow.TokenSource(make_profile(f"{real.url}/token", timeout=15))
    tokens = []
    waiter = threading.Thread(target=lambda: tokens.append(source.token()))
    waiter.start()
    asked.wait()
    child = os.fork()
    if not child:
        signal.alarm(10)
        assert source.token().access_token == "second"
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    go.set()
    waiter.join()
    assert tokens[0].access_token == "first"
""")


class TestEnd:
    def test_of_the_interpreter_under_way(self):
        """A program ends when it wants to, whatever the token endpoint does."""
        begun = time.monotonic()
        done = run_script("""
server.gate.clear()
def ask():
    try:
        source.token()
    except BaseException:
        pass
waiter = threading.Thread(target=ask, daemon=True)
waiter.start()
server.wait_for_request()
""")

        assert (done.returncode, done.stderr) == (0, "")
        assert time.monotonic() - begun < 10

    def test_of_the_interpreter_in_a_real_request(self):
        """Not even a server that says nothing keeps a program from ending."""
        begun = time.monotonic()
        done = run_script("""
from tests.support.hostile import HostileServer, silence
real = HostileServer(silence).__enter__()
source = ccflow.TokenSource(make_profile(f"{real.url}/token", timeout=20))
async def main():
    try:
        await asyncio.wait_for(source.atoken(), 0.05)
    except TimeoutError:
        pass
import asyncio
asyncio.run(main())
""")

        assert (done.returncode, done.stderr) == (0, "")
        assert time.monotonic() - begun < 10

    def test_asking_in_an_exit_handler(self):
        """The last thing that a program does may need a token."""
        done = run_script("""
import atexit
atexit.register(lambda: print(source.token().access_token))
""")

        assert (done.returncode, done.stderr, done.stdout) == (0, "", "tok-1\n")

    def test_asking_when_all_is_over(self):
        """Whoever asks during finalisation gets a token or an error, and no hang."""
        begun = time.monotonic()
        done = run_script("""
class Last:
    def __del__(self):
        try:
            source.token()
        except Exception as error:
            pass
sys.last_one = Last()
server.gate.clear()
threading.Thread(target=source.token, daemon=True).start()
server.wait_for_request()
""")

        assert done.returncode == 0
        assert time.monotonic() - begun < 10

    def test_waiters_fail_at_once(self, monkeypatch):
        """When the interpreter is going down, nobody waits for a landing."""
        server = Server()
        server.gate.clear()
        source = make_source(server)
        monkeypatch.setattr(sys, "is_finalizing", lambda: True)
        with pytest.raises(ccflow.TokenUnavailableError, match="shutting down"):
            source.token()
        monkeypatch.undo()
        server.gate.set()
        landed(source)


class TestProcess:
    def test_lock_is_reentrant(self):
        """A finaliser that runs in the middle of the guarded lines gets through."""
        with PROCESS.lock, PROCESS.lock:
            pass

    def test_lock_is_not_held_while_fetching(self):
        """A slow fetch stops nobody else."""
        server = Server()
        server.gate.clear()
        slow, quick = make_source(server), make_source(Server("quick"))
        threading.Thread(target=lambda: slow.token().access_token, daemon=True).start()
        server.wait_for_request()

        assert quick.token().access_token == "quick"
        server.gate.set()
        landed(slow)
