"""What servers said of themselves, and who waits for whom."""

from __future__ import annotations

import gc
import os
import threading
import warnings
import weakref
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

import pytest

from ccflow.engine import known_metadata
from ccflow.engine.known_metadata import KEPT
from ccflow.engine.known_metadata import MOST_KEPT
from ccflow.engine.known_metadata import find_metadata
from ccflow.engine.known_metadata import forget_metadata
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.metadata import Metadata


NOW = 5_000.0


def told(endpoint="https://id.example/token", **members):
    return Metadata(issuer="https://id.example", token_endpoint=endpoint, **members)


@pytest.fixture(autouse=True)
def nothing_known():
    """Begin and end without anything that a server said."""
    forget_metadata()
    yield
    forget_metadata()


class Server:
    """Says one thing after the other; the last one is repeated."""

    def __init__(self, *answers):
        self.answers = list(answers) or [told()]
        self.asked = 0

    def __call__(self):
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def find(self, key="a", now=NOW):
        return find_metadata(key, self, 10.0, now)


class Slow(Server):
    """Says nothing before it is let."""

    def __init__(self, *answers):
        super().__init__(*answers)
        self.begun = threading.Event()
        self.let = threading.Event()

    def __call__(self):
        self.begun.set()
        assert self.let.wait(20), "the test forgot to let it"
        return super().__call__()


@pytest.fixture
def waiting(monkeypatch):
    """A semaphore that counts those who wait for somebody else's answer."""
    counted = threading.Semaphore(0)

    class Watched(Future):
        def result(self, timeout=None):
            counted.release()
            return super().result(timeout)

    made = known_metadata._LookUp
    monkeypatch.setattr(
        known_metadata, "_LookUp", lambda until: made(until, outcome=Watched())
    )
    return counted


class TestMemory:
    def test_asked_once_a_day(self):
        """What was said is believed until its time is over."""
        server = Server()
        for now in (NOW, NOW, NOW + KEPT - 1):
            assert told() == server.find(now=now)
        assert 1 == server.asked

        server.find(now=NOW + KEPT)

        assert 2 == server.asked

    def test_another_key_is_another_question(self):
        """Nobody gets what was said to somebody else."""
        server = Server(told("https://a.example/t"), told("https://b.example/t"))

        assert server.find("a") != server.find("b")
        assert server.find("a") != server.find("b")
        assert 2 == server.asked

    def test_failure_is_not_remembered(self):
        """Those who come later ask again."""
        server = Server(TokenUnavailableError("down", category="server"), told())
        with pytest.raises(TokenUnavailableError):
            server.find()

        assert told() == server.find()

    def test_failure_is_held_by_nobody(self):
        """What was raised is gone with those who caught it, frames and all."""

        def ask():
            raise TokenUnavailableError("down", category="server")

        gc.disable()
        try:
            find_metadata("a", ask, 1.0, NOW)
        except TokenUnavailableError as error:
            gone = weakref.ref(error)
        finally:
            gc.enable()

        assert gone() is None

    def test_used_least_is_forgotten_first(self):
        """However many issuers there are, not all of them are kept."""
        server = Server()
        for number in range(MOST_KEPT):
            server.find(number)
        server.find(0)
        server.find("one more")

        assert MOST_KEPT + 1 == server.asked
        server.find(0)
        assert MOST_KEPT + 1 == server.asked
        server.find(1)
        assert MOST_KEPT + 2 == server.asked

    @pytest.mark.parametrize(
        ("endpoint", "asked"),
        [
            ("https://id.example/token", 2),
            ("https://mtls.id.example/token", 2),
            ("https://id.example/other", 1),
            (None, 2),
        ],
    )
    def test_forgetting(self, endpoint, asked):
        """Whoever said that this is the endpoint is asked again."""
        server = Server(told(mtls_token_endpoint="https://mtls.id.example/token"))
        server.find()
        forget_metadata(endpoint)
        server.find()

        assert asked == server.asked

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
    def test_child_asks_itself(self):
        """Nobody in a forked child waits for a thread of the parent."""
        server = Slow()
        with ThreadPoolExecutor(1) as threads:
            pending = threads.submit(server.find)
            assert server.begun.wait(10)
            with warnings.catch_warnings():
                # There are threads, which is the point.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                os._exit(0 if Server().find() == told() else 1)
            _, status = os.waitpid(child, 0)
            server.let.set()
            pending.result(10)

        assert 0 == os.waitstatus_to_exitcode(status)


class TestTogether:
    def test_one_asks_for_all(self):
        """Sixteen who want the same cost one request."""
        server = Slow()
        with ThreadPoolExecutor(16) as threads:
            found = [threads.submit(server.find) for _ in range(16)]
            assert server.begun.wait(10)
            server.let.set()

            assert {told()} == {each.result(10) for each in found}
        assert 1 == server.asked

    def test_failure_is_that_of_all_who_waited(self, waiting):
        """Each gets a copy, and nobody asks a second time."""
        server = Slow(TokenUnavailableError("down", category="server"))
        with ThreadPoolExecutor(8) as threads:
            found = [threads.submit(server.find) for _ in range(8)]
            for _ in range(7):
                assert waiting.acquire(timeout=10)
            server.let.set()
            errors = [each.exception(10) for each in found]

        assert 1 == server.asked
        assert ["down"] * 8 == [str(error) for error in errors]
        assert 8 == len(set(map(id, errors)))

    def test_who_waits_has_a_deadline(self, waiting):
        """Somebody else's patience is not this one's."""
        server = Slow()
        with ThreadPoolExecutor(1) as threads:
            pending = threads.submit(server.find)
            assert server.begun.wait(10)
            with pytest.raises(TimeoutError):
                find_metadata("a", server, 0.001, NOW)
            server.let.set()

            assert told() == pending.result(10)

    def test_who_was_interrupted_leaves_it_to_others(self, waiting):
        """Whoever waited for one that was interrupted asks."""
        server = Slow(KeyboardInterrupt(), told())
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(server.find)
            assert server.begun.wait(10)
            second = threads.submit(server.find)
            assert waiting.acquire(timeout=10)
            server.let.set()

            assert isinstance(first.exception(10), KeyboardInterrupt)
            assert told() == second.result(10)
        assert 2 == server.asked
