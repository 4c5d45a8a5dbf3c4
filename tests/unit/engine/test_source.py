"""The source: one held token, and when it is served, renewed or dropped."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import threading
from itertools import pairwise

import pytest
import trio

import ccflow
from ccflow.events import FetchFailed
from ccflow.events import FetchStarted
from ccflow.events import FetchSucceeded
from ccflow.events import ScopeShortfall
from ccflow.events import ServedStale
from ccflow.process import PROCESS
from tests.support.hostile import HostileServer
from tests.support.hostile import silence
from tests.support.worlds import SECRET
from tests.support.worlds import Clocks
from tests.support.worlds import Server
from tests.support.worlds import a_response
from tests.support.worlds import everything_logged
from tests.support.worlds import landed
from tests.support.worlds import make_profile


DEAD = ccflow.TokenUnavailableError("dead", category="network", retryable=True)


@pytest.fixture(autouse=True)
def middling_jitter(monkeypatch):
    """Renew at exactly 80 %."""
    monkeypatch.setattr(PROCESS, "jitter", 0.5)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def make_source(clocks: Clocks, server: Server, **keys: object) -> ccflow.TokenSource:
    return ccflow.TokenSource(
        make_profile(**keys), runtime=clocks.runtime(), fetch=server
    )


class TestFresh:
    def test_is_served_without_asking(self, clocks):
        """Up to its refresh point a token is served from memory."""
        server = Server()
        source = make_source(clocks, server)
        token = source.token()
        for _ in range(79):
            clocks.tick(1)
            assert source.token() is token
        assert asyncio.run(source.atoken()) is token
        assert server.fetches == 1

    def test_hot_path_takes_no_lock(self, clocks, monkeypatch):
        """While nothing can have changed, no lock is waited for."""
        source = make_source(clocks, Server())
        token = source.token()
        monkeypatch.setattr(PROCESS, "lock", None)

        assert source.token() is token
        assert asyncio.run(source.atoken()) is token

    def test_expiry_counts_from_before_the_request(self, clocks):
        """However long the server takes, expires_at is never too late."""
        asked = clocks.wall

        def slow() -> object:
            clocks.tick(7)
            return a_response("tok-1", 100)

        source = make_source(clocks, Server(slow))

        assert source.token().expires_at == asked + 100

    @pytest.mark.parametrize("lifetime", [2, 60, 299, 3600, 31_557_600])
    def test_any_lifetime_is_cached(self, lifetime, clocks):
        """From two seconds to a year, each token serves most of its life."""
        server = Server(lifetime=lifetime)
        source = make_source(clocks, server)
        source.token()
        clocks.tick(lifetime * 0.79)
        source.token()

        assert server.fetches == 1


class TestStale:
    def test_is_served_while_one_flight_renews(self, clocks):
        """From the refresh point nobody waits, and one request is made."""
        server = Server()
        source = make_source(clocks, server)
        old = source.token()
        clocks.tick(81)
        server.gate.clear()
        for _ in range(50):
            assert source.token() is old
        assert asyncio.run(source.atoken()) is old
        clocks.tick(5)
        assert source.token() is old
        assert source.status().fetching
        server.gate.set()
        landed(source)

        assert server.fetches == 2
        assert source.token().access_token == "tok-2"
        assert server.fetches == 2

    def test_is_waited_for_once_it_expires(self, clocks):
        """A renewal that takes longer than the old token lives is waited for."""
        server = Server()
        source = make_source(clocks, server)
        source.token()
        clocks.tick(90)
        server.gate.clear()
        source.token()
        clocks.tick(11)
        tokens: list[object] = []
        waiter = threading.Thread(target=lambda: tokens.append(source.token()))
        waiter.start()
        server.gate.set()
        waiter.join(10)

        assert [token.access_token for token in tokens] == ["tok-2"]
        assert server.fetches == 2

    def test_failed_renewal_is_invisible(self, clocks):
        """An outage shorter than the rest of the token's life shows to nobody."""
        server = Server("tok-1", DEAD, DEAD, "tok-4")
        source = make_source(clocks, server)
        source.token()
        clocks.tick(80)
        for _ in range(19):
            assert source.token().access_token in {"tok-1", "tok-4"}
            landed(source)
            clocks.tick(1)

        assert server.fetches == 4
        assert source.token().access_token == "tok-4"
        assert source.status().failures == 2

    def test_failed_renewals_back_off(self, clocks):
        """A server that is down is asked less and less often, not at each call."""
        server = Server(a_response("tok-1", 100_000), DEAD)
        source = make_source(clocks, server)
        source.token()
        clocks.tick(80_000)
        asked_at: list[float] = []
        for _ in range(600):
            before = server.fetches
            source.token()
            landed(source)
            if server.fetches > before:
                asked_at.append(clocks.wall)
            clocks.tick(0.5)

        gaps = [b - a for a, b in pairwise(asked_at)]
        assert 6 <= len(asked_at) <= 14
        assert gaps == sorted(gaps)
        assert 0.5 <= gaps[0] <= 1.5
        assert 40 <= gaps[-1] <= 61

    @pytest.mark.parametrize(
        ("lifetime", "share"),
        [(2, 0.5), (50, 0.8), (50, 0.9), (300, 0.8), (300, 0.95), (3600, 0.95)],
    )
    def test_outage_is_invisible(self, lifetime, share, clocks):
        """Whenever it ends, there is time to renew before the old token is over."""
        server = Server(lifetime=lifetime)
        source = make_source(clocks, server)
        source.token()
        begun = clocks.wall
        server.answers = [DEAD]
        clocks.tick(lifetime * 0.8)
        while clocks.wall - begun < lifetime:
            assert source.status().state != "expired"
            source.token()
            landed(source)
            if clocks.wall - begun > lifetime * (0.8 + 0.2 * share):
                server.answers = []
            # To the next time at which anything can happen.
            clocks.tick(max(source._lease.until - clocks.wall, 0.001 * lifetime))

        assert source.status().state == "fresh"
        assert server.fetches < 60

    def test_server_says_when_to_come_back(self, clocks):
        """Retry-After of a failed renewal is kept to."""
        busy = ccflow.TokenUnavailableError(
            "busy", category="rate_limit", retry_after=120
        )
        server = Server(a_response("tok-1", 10_000), busy, "tok-3")
        source = make_source(clocks, server)
        source.token()
        clocks.tick(8000)
        source.token()
        landed(source)
        clocks.tick(119)
        source.token()
        landed(source)
        assert server.fetches == 2
        clocks.tick(2)
        source.token()
        landed(source)

        assert server.fetches == 3

    def test_expired_token_does_not_wait_for_the_pause(self, clocks):
        """When there is nothing left to serve, a caller asks whatever went before."""
        busy = ccflow.TokenUnavailableError("b", category="rate_limit", retry_after=1e9)
        server = Server("tok-1", busy, "tok-3")
        source = make_source(clocks, server)
        source.token()
        clocks.tick(85)
        source.token()
        landed(source)
        clocks.tick(16)

        assert source.token().access_token == "tok-3"

    def test_success_ends_the_backing_off(self, clocks):
        """After a success the next failure starts with the shortest pause again."""
        server = Server("tok-1", DEAD, DEAD, DEAD, "tok-5", DEAD, "tok-7")
        source = make_source(clocks, server)
        source.token()
        clocks.tick(80)
        while server.fetches < 5:
            source.token()
            landed(source)
            clocks.tick(0.5)
        clocks.tick(81)
        source.token()
        landed(source)
        clocks.tick(1.1)
        source.token()
        landed(source)

        assert server.fetches == 7


class TestRenewalThatGivesUp:
    """A renewal under way when its token ends: those who wait are not its failure's."""

    ASK = (
        ccflow.TokenSource.token,
        lambda source: asyncio.run(source.atoken()),
        lambda source: trio.run(source.atoken),
    )

    def ask_at_the_end(self, source, server, clocks, ask) -> threading.Thread:
        """Have somebody ask who waits for a renewal that began before the end."""
        source.token()
        clocks.tick(90)
        server.gate.clear()
        source.token()
        clocks.tick(11)
        self.got: list[object] = []

        def wait() -> None:
            try:
                self.got.append(ask(source))
            except ccflow.CcflowError as error:
                self.got.append(error)

        waiter = threading.Thread(target=wait)
        waiter.start()
        while not source.status().joined:
            pass
        return waiter

    @pytest.mark.parametrize("ask", ASK)
    def test_is_followed_by_another_one(self, ask, clocks):
        """Nobody is told of a failure that came of giving up early."""
        server = Server("tok-1", DEAD, "tok-3")
        source = make_source(clocks, server)
        waiter = self.ask_at_the_end(source, server, clocks, ask)
        server.gate.set()
        waiter.join(10)

        assert ["tok-3"] == [token.access_token for token in self.got]
        assert (3, 1) == (server.fetches, source.status().failures)

    def test_is_followed_by_one(self, clocks):
        """What fails then has had its time, and is told."""
        server = Server("tok-1", DEAD)
        source = make_source(clocks, server)
        ask = ccflow.TokenSource.token
        waiter = self.ask_at_the_end(source, server, clocks, ask)
        server.gate.set()
        waiter.join(10)

        assert [ccflow.TokenUnavailableError] == [type(error) for error in self.got]
        assert 3 == server.fetches

    def test_word_of_the_server_counts(self, clocks):
        """A refusal would be the same again."""
        refusal = ccflow.TokenRefusedError("no", category="client_auth")
        server = Server("tok-1", refusal)
        source = make_source(clocks, server)
        ask = ccflow.TokenSource.token
        waiter = self.ask_at_the_end(source, server, clocks, ask)
        server.gate.set()
        waiter.join(10)

        assert [ccflow.TokenRefusedError] == [type(error) for error in self.got]
        assert 2 == server.fetches

    @pytest.mark.parametrize("ask", ASK)
    def test_that_hangs_for_ever(self, ask, clocks):
        """When its time is over, another one begins; nobody is told of that."""
        release = threading.Event()

        def hang() -> object:
            assert release.wait(20)
            return a_response("late")

        server = Server("tok-1", hang, "tok-3")
        source = make_source(clocks, server, timeout=0.01)
        source.token()
        clocks.tick(90)
        source.token()
        clocks.tick(11)

        assert "tok-3" == ask(source).access_token
        release.set()
        landed(source)
        assert "tok-3" == source.token().access_token


class TestExpired:
    def test_is_never_served(self, clocks):
        """At its last second a token is over, and the caller waits for another."""
        server = Server()
        source = make_source(clocks, server)
        source.token()
        clocks.tick(100)

        assert source.status().state == "expired"
        assert source.token().access_token == "tok-2"

    def test_error_rises_when_there_is_nothing_left(self, clocks):
        """An outage that outlives the token is seen, with its reason."""
        source = make_source(clocks, Server("tok-1", DEAD))
        source.token()
        clocks.tick(101)
        with pytest.raises(ccflow.TokenUnavailableError, match="dead"):
            source.token()

    @pytest.mark.parametrize("jump", [-86_400, -1.5, 86_400])
    def test_wall_clock_may_jump(self, jump, clocks):
        """Setting the clock serves nobody an expired token."""
        server = Server()
        source = make_source(clocks, server)
        source.token()
        clocks.tick(50)
        clocks.jump(jump)
        source.token()
        clocks.tick(50)

        assert source.token().access_token != "tok-1"

    def test_suspend_counts(self, clocks):
        """So does a night in which only the steady clock went on."""
        source = make_source(clocks, Server())
        source.token()
        clocks.steady += 3600
        clocks.tick(1)

        assert source.token().access_token == "tok-2"


class TestUnknownLifetime:
    def test_is_kept_for_five_minutes(self, clocks):
        """A token whose lifetime the server did not say is dropped after 300 s."""
        server = Server(lifetime=None)
        source = make_source(clocks, server)
        token = source.token()

        assert token.expires_at is None
        assert token.expires_in is None
        assert not token.is_expired
        clocks.tick(239)
        assert source.token() is token
        clocks.tick(62)
        assert source.token().access_token == "tok-2"

    def test_profile_may_say_otherwise(self, clocks):
        """default_expires_in says how long."""
        source = make_source(clocks, Server(lifetime=None), default_expires_in=10)
        token = source.token()
        clocks.tick(7.9)
        assert source.token() is token
        clocks.tick(2.2)
        assert source.token().access_token == "tok-2"


class TestDeadOnArrival:
    def slow(self, clocks: Clocks, seconds: float, lifetime: float = 5):
        def answer() -> object:
            clocks.tick(seconds)
            return a_response("late", lifetime)

        return answer

    def test_is_given_once_and_not_kept(self, clocks):
        """A token that is past when it comes goes to those who waited for it alone."""
        server = Server(self.slow(clocks, 6), "tok-2")
        source = make_source(clocks, server)

        assert source.token().access_token == "late"
        assert source.status().state == "empty"
        assert source.token().access_token == "tok-2"

    def test_stale_one_is_kept_and_renewed(self, clocks):
        """One that is only stale when it comes is served, and renewed meanwhile."""
        server = Server(self.slow(clocks, 4.5), "tok-2")
        source = make_source(clocks, server)

        assert source.token().access_token == "late"
        assert source.token().access_token == "late"
        landed(source)
        assert source.token().access_token == "tok-2"
        assert server.fetches == 2

    def test_does_not_replace_a_living_one(self, clocks):
        """A renewal that comes dead leaves the old token in its place."""
        server = Server("tok-1", self.slow(clocks, 6))
        source = make_source(clocks, server)
        source.token()
        clocks.tick(81)
        source.token()
        landed(source)

        assert source.token().access_token == "tok-1"


class TestInvalidate:
    def test_that_token(self, clocks):
        """A token that was refused is forgotten."""
        source = make_source(clocks, Server())
        source.invalidate(source.token())

        assert source.status().state == "empty"
        assert source.token().access_token == "tok-2"

    def test_another_token(self, clocks):
        """Who comes late with an old token does not cost the new one."""
        source = make_source(clocks, Server())
        old = source.token()
        source.invalidate(old)
        new = source.token()
        for _ in range(10):
            source.invalidate(old)

        assert source.token() is new

    def test_equal_token(self, clocks):
        """What counts is the token, not the object."""
        source = make_source(clocks, Server())
        source.token()
        source.invalidate(ccflow.AccessToken(access_token="tok-1"))

        assert source.token().access_token == "tok-2"

    def test_whatever_is_held(self, clocks):
        """Without an argument it forgets what there is, and may do so any time."""
        source = make_source(clocks, Server())
        source.invalidate()
        source.token()
        source.invalidate()
        source.invalidate()

        assert source.token().access_token == "tok-2"

    def test_after_failed_renewals(self, clocks):
        """A token that is forgotten while the server is left alone is fetched anew."""
        server = Server("tok-1", DEAD, "tok-3")
        source = make_source(clocks, server)
        source.token()
        clocks.tick(85)
        source.token()
        landed(source)
        source.invalidate()

        assert source.token().access_token == "tok-3"

    def test_by_a_crowd(self, clocks):
        """A hundred who were refused the same token cost one request."""
        server = Server()
        source = make_source(clocks, server)
        old = source.token()
        barrier = threading.Barrier(20)
        tokens: list[object] = []

        def heal() -> None:
            barrier.wait(10)
            source.invalidate(old)
            tokens.append(source.token())

        threads = [threading.Thread(target=heal) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

        assert {token.access_token for token in tokens} == {"tok-2"}
        assert server.fetches == 2


class TestStatus:
    def test_goes_through_the_states(self, clocks):
        """It says how the source stands, and fetches nothing."""
        server = Server("tok-1", DEAD)
        source = make_source(clocks, server)
        begun = clocks.wall
        status = source.status()

        assert (status.profile, status.state) == ("billing", "empty")
        assert (status.expires_at, status.refresh_at) == (None, None)
        assert (status.requests, status.failures, status.fetching) == (0, 0, False)

        source.token()
        landed(source)
        status = source.status()
        assert (status.state, status.requests, status.failures) == ("fresh", 1, 0)
        assert (status.expires_at, status.refresh_at) == (begun + 100, begun + 80)

        clocks.tick(90)
        assert source.status().state == "stale"
        source.token()
        landed(source)
        status = source.status()
        assert (status.requests, status.failures) == (2, 1)
        clocks.tick(10)
        assert source.status().state == "expired"
        assert server.fetches == 2

    def test_of_unknown_lifetime(self, clocks):
        """What the server did not say is None; when it is renewed is known."""
        source = make_source(clocks, Server(lifetime=None))
        source.token()
        status = source.status()

        assert status.expires_at is None
        assert status.refresh_at == clocks.wall + 240

    def test_holds_no_token(self, clocks):
        """It may be printed and logged."""
        source = make_source(clocks, Server("tok-very-private"))
        source.token()

        assert "tok-very-private" not in repr(source.status())
        assert "tok-very-private" not in repr(source)


class TestEvents:
    def collect(self, source: ccflow.TokenSource) -> list[object]:
        events: list[object] = []
        source.on_event(events.append)
        return events

    def test_of_a_success(self, clocks):
        """A cold fetch tells that it began and how it ended."""
        source = make_source(clocks, Server())
        events = self.collect(source)
        source.token()
        landed(source)
        source.token()

        names = {"profile": "billing", "provider": "generic"}
        assert events == [
            FetchStarted(background=False, **names),
            FetchSucceeded(seconds=0.0, expires_in=100.0, **names),
        ]

    def test_of_a_failure(self, clocks):
        """A failed one tells why, and whether anybody noticed."""
        source = make_source(clocks, Server("tok-1", DEAD))
        source.token()
        events = self.collect(source)
        clocks.tick(85)
        source.token()
        landed(source)

        names = {"profile": "billing", "provider": "generic"}
        assert events == [
            FetchStarted(background=True, **names),
            FetchFailed(
                seconds=0.0,
                error="TokenUnavailableError",
                message="dead",
                background=True,
                **names,
            ),
            ServedStale(seconds_left=15.0, retry_in=0.75, **names),
        ]

    def test_of_a_shortfall(self, clocks):
        """Getting less than was asked for is told after the success."""
        source = make_source(clocks, Server(a_response(scope=("a",))), scope=["a", "b"])
        events = self.collect(source)
        source.token()
        landed(source)

        assert [type(event) for event in events] == [
            FetchStarted,
            FetchSucceeded,
            ScopeShortfall,
        ]
        assert events[2].requested == ("a", "b")
        assert events[2].granted == ("a",)

    def test_run_on_the_flights_thread(self, clocks):
        """A slow callback holds up no caller who has a token."""
        source = make_source(clocks, Server())
        threads: list[str] = []
        source.on_event(lambda _: threads.append(threading.current_thread().name))
        source.token()
        landed(source)

        assert set(threads) == {"ccflow-flight"}

    def test_hold_nothing_secret(self, clocks):
        """They may be printed, logged and sent elsewhere."""
        source = make_source(clocks, Server("tok-very-private", DEAD))
        events = self.collect(source)
        with everything_logged() as lines:
            source.token()
            clocks.tick(90)
            source.token()
            landed(source)

        text = "\n".join([*lines, repr(events)])
        assert "FetchSucceeded" in text
        assert "tok-very-private" not in text
        assert SECRET not in text

    def test_callback_that_raises(self, clocks, caplog):
        """What a callback raises is logged, and harms neither fetch nor the others."""
        source = make_source(clocks, Server())

        def broken(event: object) -> None:
            raise ValueError("mine")

        source.on_event(broken)
        events = self.collect(source)
        with caplog.at_level(logging.ERROR, "ccflow"):
            assert source.token().access_token == "tok-1"
            landed(source)

        assert len(events) == 2
        assert [record.exc_info[0] for record in caplog.records] == [ValueError] * 2
        assert "billing" in caplog.text

    def test_can_be_ended(self, clocks):
        """The function that comes back removes the callback, once and for all."""
        source = make_source(clocks, Server())
        events: list[object] = []
        remove = source.on_event(events.append)
        source.on_event(print)()
        remove()
        remove()
        source.token()
        landed(source)

        assert events == []

    def test_added_twice(self, clocks):
        """A callback that was added twice and removed once is still there once."""
        source = make_source(clocks, Server())
        events: list[object] = []
        callback = events.append
        source.on_event(callback)
        source.on_event(callback)()
        source.token()
        landed(source)

        assert len(events) == 2

    def test_callback_may_add_and_remove(self, clocks):
        """Callbacks that change the list of callbacks disturb nobody."""
        source = make_source(clocks, Server())
        seen: list[str] = []

        def once(event: object) -> None:
            seen.append("once")
            remove()
            source.on_event(lambda _: seen.append("later"))

        remove = source.on_event(once)
        source.on_event(lambda _: seen.append("always"))
        source.token()
        landed(source)

        assert seen == ["once", "always", "always", "later"]


class TestCopies:
    def profile(self) -> ccflow.Profile:
        return make_profile(client_secret={"env": "BILLING_SECRET"}, scope=["a"])

    def test_pickles_without_the_token(self):
        """Another process gets the profile and the arguments, and its own token."""
        source = ccflow.TokenSource(
            self.profile(),
            scope="b c",
            audience="x",
            resource=["https://r"],
            fetch=Server("tok-very-private"),
        )
        source.token()
        data = pickle.dumps(source)
        again = pickle.loads(data)

        assert b"tok-very-private" not in data
        assert again.plan == source.plan
        assert again.plan.scope == ("b", "c")
        assert again.profile == source.profile
        assert again.status().state == "empty"

    def test_literal_secret_does_not_pickle(self):
        """A secret in the profile itself stays in this process, with the way out."""
        with pytest.raises(TypeError, match=r"client_secret.*env"):
            pickle.dumps(ccflow.TokenSource(make_profile()))

    def test_copies_are_sources_of_their_own(self):
        """A copy shares nothing but the profile."""
        source = ccflow.TokenSource(self.profile(), fetch=Server())
        source.token()

        assert copy.copy(source).status().state == "empty"


class TestArguments:
    def test_replace_and_keep(self):
        """Arguments replace the profile's values, None keeps them, () sends none."""
        profile = make_profile(scope=["a"], audience="x", resource=["https://r"])
        kept = ccflow.TokenSource(profile).plan
        other = ccflow.TokenSource(
            profile, scope="b c", audience="y", resource="https://s"
        ).plan

        assert (kept.scope, kept.audience, kept.resource) == (
            ("a",),
            "x",
            ("https://r",),
        )
        assert (other.scope, other.audience, other.resource) == (
            ("b", "c"),
            "y",
            ("https://s",),
        )
        assert ccflow.TokenSource(profile, scope=()).plan.scope == ()
        assert ccflow.TokenSource(profile, scope="").plan.scope == ()
        assert ccflow.TokenSource(profile, scope=iter(["d"])).plan.scope == ("d",)

    def test_that_cannot_work(self):
        """What cannot work is said when the source is made, before anything is sent."""
        with pytest.raises(ccflow.ProfileError, match="scope"):
            ccflow.TokenSource(make_profile(), scope=['not"a scope'])


class TestFailuresAreShared:
    def test_on_a_dead_endpoint(self):
        """Sixteen callers of a server that says nothing cost one request."""
        with HostileServer(silence) as server:
            source = ccflow.TokenSource(
                make_profile(f"{server.url}/token", timeout=0.3)
            )
            barrier = threading.Barrier(16)
            errors: list[BaseException] = []

            def ask() -> None:
                barrier.wait(10)
                try:
                    source.token()
                except ccflow.TokenUnavailableError as error:
                    errors.append(error)

            threads = [threading.Thread(target=ask) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)

        assert len(errors) == 16
        assert len({id(error.__cause__) for error in errors}) == 1
        assert len(server.journal) == 1
        assert source.status().requests == 1
        assert source.status().failures == 1


class TestLateFlight:
    def test_is_kept_over_an_older_token(self, clocks):
        """
        A renewal that comes after its time is still better than the token that it
        was to replace.
        """
        release = threading.Event()

        def hang() -> object:
            assert release.wait(20)
            return a_response("late", 1000)

        server = Server("tok-1", hang, DEAD)
        source = make_source(clocks, server, timeout=0.01)
        source.token()
        clocks.tick(81)
        source.token()
        hung = source._flight
        hung._lands_by = 0.0
        clocks.tick(20)
        with pytest.raises(ccflow.TokenUnavailableError):
            source.token()
        release.set()
        landed(source)

        assert source.token().access_token == "late"
        assert server.fetches == 3
