"""Attempts, retries and the lockout guard, on clocks that stand still."""

from __future__ import annotations

import itertools
import json

import jwt
import pytest

import ccflow
from ccflow.engine import gate as gate_module
from ccflow.engine.deadline import Deadline
from ccflow.engine.gate import FIRST_PAUSE
from ccflow.engine.gate import LONGEST_PAUSE
from ccflow.engine.retry import MOST_ATTEMPTS
from ccflow.events import GateClosed
from ccflow.events import GateOpened
from tests.support.scripted import Gates
from tests.support.scripted import Scripted
from tests.support.scripted import World
from tests.support.scripted import converse
from tests.support.scripted import down
from tests.support.scripted import limited
from tests.support.scripted import only_right
from tests.support.scripted import refused
from tests.support.worlds import a_response


@pytest.fixture
def world() -> World:
    return World()


def failure_of(conversation) -> ccflow.TokenError:
    with pytest.raises(ccflow.TokenError) as caught:
        conversation()
    return caught.value


class TestRetries:
    def test_a_server_that_stumbles(self, world):
        """A 500 that passes is not seen by anybody."""
        exchange = Scripted(world, down(), a_response("tok-2"))

        fetched = converse(exchange)()

        assert "tok-2" == fetched.response.access_token.reveal()
        assert not fetched.adopted
        assert [0.25] == world.slept

    def test_three_attempts_and_no_more(self, world):
        """A server that stays down gets three requests, further and further apart."""
        world.luck = 1.0
        exchange = Scripted(world, down())

        failure = failure_of(converse(exchange))

        assert MOST_ATTEMPTS == len(exchange.sent)
        assert [0.5, 1.0] == world.slept
        assert failure.retry_at is None
        assert [] == exchange.events

    def test_nothing_is_remembered_of_a_failing_server(self, world):
        """Those who come later ask for themselves."""
        exchange = Scripted(world, *[down()] * 3, a_response())
        conversation = converse(exchange)
        failure_of(conversation)

        assert conversation().response == a_response()

    @pytest.mark.parametrize("asked", [2.0, 20.0])
    def test_retry_after_inside_the_deadline(self, world, asked):
        """What the server asked for is waited in full."""
        exchange = Scripted(world, down(retry_after=asked), a_response())

        converse(exchange)()

        assert [asked] == world.slept

    @pytest.mark.parametrize("asked", [29.9, 31.0, 86400.0])
    def test_retry_after_beyond_the_deadline(self, world, asked):
        """A wait that does not fit ends the fetch at once."""
        exchange = Scripted(world, down(retry_after=asked), a_response())

        failure = failure_of(converse(exchange))

        assert asked == failure.retry_after
        assert [] == world.slept
        assert 1 == len(exchange.sent)

    def test_attempts_share_the_deadline(self, world):
        """Each attempt gets what the ones before it left."""
        exchange = Scripted(world, down(), seconds=10.0)

        failure_of(converse(exchange))

        assert [30.0, 19.75] == exchange.left[:2]
        assert all(left > 0 for left in exchange.left)

    def test_deadline_from_outside(self, world):
        """Time that was spent on a store is not there for the server."""
        exchange = Scripted(world)

        converse(exchange)(Deadline(world.steady + 12.0))

        assert [12.0] == exchange.left

    def test_life_counts_from_the_request_that_brought_the_token(self, world):
        """A token is not older for the failures before it."""
        exchange = Scripted(world, down(retry_after=20.0), a_response(), seconds=1.0)
        began = world.moment()

        fetched = converse(exchange)()

        assert 21.0 == fetched.asked.seconds_since(began)

    def test_refusal_is_not_retried(self, world):
        """The same request gets the same answer."""
        exchange = Scripted(world, refused("scope", error="invalid_scope"))

        failure_of(converse(exchange))

        assert 1 == len(exchange.sent)
        assert [] == world.slept

    def test_a_page_is_neither_retried_nor_remembered(self, world):
        """What answers instead of the server may be gone next time."""
        page = ccflow.TokenResponseError("a page", category="intermediary")
        exchange = Scripted(world, page, a_response())
        conversation = converse(exchange)
        failure_of(conversation)

        assert 1 == len(exchange.sent)
        assert conversation.guard.retry_at is None
        assert conversation()

    def test_unreadable_secret(self, world):
        """Without a credential nothing is sent, and nothing waited for."""
        exchange = Scripted(world)
        exchange.readings = [ccflow.SecretError("no such file")]

        with pytest.raises(ccflow.SecretError, match="no such file"):
            converse(exchange)()

        assert [] == exchange.sent
        assert [] == world.slept

    def test_rate_limit_without_an_end(self, world):
        """A server that does not say how long is left alone by this fetch."""
        exchange = Scripted(world, limited(None))

        failure_of(converse(exchange))

        assert 1 == len(exchange.sent)


class TestGuard:
    def test_ten_calls_one_bad_login(self, world):
        """A bad secret costs one attempt, however often it is asked for."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["wrong"]]
        conversation = converse(exchange)

        failures = [failure_of(conversation) for _ in range(10)]

        assert ["wrong"] == exchange.sent
        assert {world.wall + FIRST_PAUSE} == {each.retry_at for each in failures}
        assert {"invalid_client"} == {each.error for each in failures}
        assert {ccflow.TokenRefusedError} == {type(each) for each in failures}
        assert conversation.guard.retry_at == failures[0].retry_at

    def test_message_says_until_when(self, world):
        """The refusal from memory says that it is one, and how long it lasts."""
        conversation = converse(Scripted(world, refused()))
        first = str(failure_of(conversation))
        world.tick(2.0)

        assert "from memory" not in first
        assert "from memory: the server is asked again in 3 s" in str(
            failure_of(conversation)
        )

    def test_pause_grows_and_stays_within_minutes(self, world):
        """A server that keeps refusing is asked less and less."""
        exchange = Scripted(world, refused())
        conversation = converse(exchange)
        pauses = []
        for _ in range(10):
            pauses.append(failure_of(conversation).retry_at - world.wall)
            world.tick(pauses[-1])

        assert 10 == len(exchange.sent)
        assert [5.0, 10.0, 20.0] == pauses[:3]
        assert LONGEST_PAUSE == pauses[-1]
        assert sorted(pauses) == pauses

    def test_ends_with_the_pause_and_no_earlier(self, world):
        """To the second: memory until then, the server from then on."""
        exchange = Scripted(world, refused(), a_response())
        conversation = converse(exchange)
        failure_of(conversation)
        world.tick(FIRST_PAUSE - 0.01)
        failure_of(conversation)
        assert 1 == len(exchange.sent)

        world.tick(0.02)

        assert conversation()
        assert conversation.guard.retry_at is None

    def test_changed_secret_goes_through_at_once(self, world):
        """Whoever mends the secret does not wait."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["wrong"]] * 2 + [["right"]]
        conversation = converse(exchange)
        failure_of(conversation)

        assert conversation()
        assert ["wrong", "right"] == exchange.sent
        assert [GateOpened, GateClosed] == [type(each) for each in exchange.events]

    def test_success_forgets_how_long_the_pauses_were(self, world):
        """A refusal after a success begins with the first pause."""
        exchange = Scripted(world, refused(), refused(), a_response(), refused())
        conversation = converse(exchange)
        for _ in range(2):
            failure_of(conversation)
            world.tick(20)
        conversation()

        assert FIRST_PAUSE == failure_of(conversation).retry_at - world.wall

    def test_another_bad_secret_begins_anew(self, world):
        """The pause belongs to what was refused."""
        exchange = Scripted(world, refused())
        exchange.readings = [["one"]] * 2 + [["two"]]
        conversation = converse(exchange)
        failure_of(conversation)

        assert FIRST_PAUSE == failure_of(conversation).retry_at - world.wall
        assert ["one", "two"] == exchange.sent

    @pytest.mark.parametrize("category", ["client_auth", "scope", "request"])
    def test_every_refusal_counts(self, world, category):
        """A scope that is refused is refused tomorrow as well."""
        exchange = Scripted(world, refused(category))
        conversation = converse(exchange)
        for _ in range(3):
            failure_of(conversation)

        assert 1 == len(exchange.sent)

    def test_rate_limit_with_an_end(self, world):
        """A server that names a time gets that time."""
        exchange = Scripted(world, limited(90.0), a_response())
        conversation = converse(exchange)
        failures = [failure_of(conversation) for _ in range(5)]

        assert 1 == len(exchange.sent)
        assert {ccflow.TokenUnavailableError} == {type(each) for each in failures}
        assert {world.wall + 90.0} == {each.retry_at for each in failures}
        world.tick(90.0)
        assert conversation()

    def test_absurd_retry_after_does_not_stop_anybody_for_ever(self, world):
        """A server cannot keep a client away for a year."""
        exchange = Scripted(world, limited(1e9))

        failure = failure_of(converse(exchange))

        assert failure.retry_at <= world.wall + 3600

    @pytest.mark.parametrize("seconds", [-86400, -1800, 1800, 86400])
    def test_clock_that_is_set(self, world, seconds):
        """A pause is as long as it was, whatever happens to the wall clock."""
        exchange = Scripted(world, refused(), a_response())
        conversation = converse(exchange)
        failure_of(conversation)

        world.jump(seconds)
        world.tick(FIRST_PAUSE - 0.1)
        failure = failure_of(conversation)
        world.tick(0.2)

        assert failure.retry_at == pytest.approx(world.wall, abs=0.2)
        assert conversation()

    def test_a_header_that_is_corrected(self, world):
        """What is sent beside the secret counts as much: a new one goes through."""
        exchange = Scripted(world, refused("request"), a_response())
        exchange.beside = ["an old key"]
        conversation = converse(exchange)
        failure_of(conversation)
        failure_of(conversation)

        exchange.beside = ["a new key"]

        assert conversation()
        assert 2 == len(exchange.sent)

    def test_a_header_that_is_rotated_meanwhile(self, world):
        """It is read again once, and the same secret is tried beside the new one."""

        def answer(credential):
            old, exchange.beside = exchange.beside, ["a new key"]
            return refused() if old == ["an old key"] else a_response()

        exchange = Scripted(world, answer)
        exchange.beside = ["an old key"]

        assert converse(exchange)()
        assert ["right", "right"] == exchange.sent

    def test_events(self, world):
        """An opened gate is told with its end and the server's code."""
        exchange = Scripted(world, refused())
        conversation = converse(exchange)
        failure_of(conversation)
        failure_of(conversation)

        opened = GateOpened(
            until=world.wall + FIRST_PAUSE,
            error="invalid_client",
            profile="billing",
            provider="generic",
        )
        assert [opened] == exchange.events


class TestRotation:
    def test_rotated_while_the_request_was_under_way(self, world):
        """A secret that changed meanwhile is tried at once."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["wrong"], ["right"]]

        assert converse(exchange)()
        assert ["wrong", "right"] == exchange.sent
        assert 2 == exchange.read
        assert [] == exchange.events

    def test_unchanged_secret_is_not_tried_again(self, world):
        """One look, and no second bad login."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["wrong"]]

        failure_of(converse(exchange))

        assert (["wrong"], 2) == (exchange.sent, exchange.read)

    def test_reader_that_gives_another_one_each_time(self, world):
        """A command that mints credentials does not make an endless loop."""
        numbers = itertools.count()
        exchange = Scripted(world, refused())
        exchange.readings = [lambda: [f"minted-{next(numbers)}"]]

        failure_of(converse(exchange))

        assert ["minted-0", "minted-1"] == exchange.sent

    def test_rotated_to_another_bad_one(self, world):
        """Each of two bad secrets costs one attempt, also in later calls."""
        exchange = Scripted(world, refused())
        exchange.readings = [["one"], ["two"]]
        conversation = converse(exchange)
        for _ in range(5):
            assert failure_of(conversation).retry_at is not None

        assert ["one", "two"] == exchange.sent

    def test_secret_that_is_gone_at_the_second_look(self, world):
        """The refusal is told and remembered, whatever became of the file."""
        exchange = Scripted(world, refused())
        exchange.readings = [["wrong"], ccflow.SecretError("gone"), ["wrong"]]
        conversation = converse(exchange)
        for _ in range(3):
            assert "invalid_client" == failure_of(conversation).error

        assert ["wrong"] == exchange.sent

    def test_current_and_next(self, world):
        """The next secret is used when the current one is refused."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["wrong", "right"]]

        assert converse(exchange)()
        assert (["wrong", "right"], 1) == (exchange.sent, exchange.read)

    def test_current_is_enough(self, world):
        """The next secret is not sent while the current one works."""
        exchange = Scripted(world, only_right)
        exchange.readings = [["right", "later"]]

        converse(exchange)()

        assert ["right"] == exchange.sent

    def test_both_of_a_pair_are_bad(self, world):
        """Ten calls with two bad secrets are two bad logins."""
        exchange = Scripted(world, refused())
        exchange.readings = [["one", "two"]]
        conversation = converse(exchange)
        for _ in range(10):
            failure_of(conversation)

        assert ["one", "two"] == exchange.sent

    @pytest.mark.parametrize("category", ["scope", "request"])
    def test_other_refusals_do_not_cost_the_next_secret(self, world, category):
        """A refused scope is not the secret's fault."""
        exchange = Scripted(world, refused(category))
        exchange.readings = [["one", "two"]]

        failure_of(converse(exchange))

        assert (["one"], 1) == (exchange.sent, exchange.read)

    def test_failing_server_does_not_cost_the_next_secret(self, world):
        """Neither is an outage."""
        exchange = Scripted(world, down())
        exchange.readings = [["one", "two"]]

        failure_of(converse(exchange))

        assert {"one"} == set(exchange.sent)

    def test_no_time_left(self, world):
        """What the deadline does not allow is not tried."""
        exchange = Scripted(world, refused(), seconds=40.0)
        exchange.readings = [["one", "two"]]

        failure_of(converse(exchange))

        assert ["one"] == exchange.sent


class TestSharedGate:
    def test_stops_another_process_with_the_same_secret(self, world):
        """Of two workers with one bad secret, one asks."""
        gates = Gates()
        first = Scripted(world, refused(error_description="locked soon"))
        second = Scripted(world)
        failed = failure_of(converse(first, gates))

        failure = failure_of(converse(second, gates))

        assert [] == second.sent
        assert failed.retry_at == failure.retry_at
        assert "locked soon" == failure.error_description
        assert "from memory" in str(failure)

    def test_lets_another_secret_through(self, world):
        """A worker that has the new secret is not stopped for the old one's sake."""
        gates = Gates()
        old = Scripted(world, refused())
        old.readings = [["wrong"]]
        stopped = converse(old, gates)
        failure_of(stopped)
        new = Scripted(world, only_right)

        assert converse(new, gates)()
        assert [] == new.events
        failure_of(stopped)
        assert ["wrong"] == old.sent

    @pytest.mark.parametrize("asked", [None, 3600.0, 7200.0])
    @pytest.mark.parametrize("ahead", [-50.0, -0.5, 0.0])
    def test_clocks_that_differ(self, world, ahead, asked):
        """One whose clock is behind waits for the pause, and no longer."""
        gates = Gates()
        failure_of(converse(Scripted(world, refused(retry_after=asked)), gates))
        pause = min(asked or FIRST_PAUSE, 3600.0)
        behind = World()
        behind.jump(ahead)
        second = converse(Scripted(behind), gates)
        failure = failure_of(second)

        assert failure.retry_at - behind.wall == pytest.approx(pause, abs=1.0)
        behind.tick(pause - 0.2)
        failure_of(second)
        behind.tick(0.4)
        assert second()

    def test_a_clock_that_is_far_ahead(self, world):
        """A gate that would last for the difference is not there."""
        gates = Gates()
        failure_of(converse(Scripted(world, refused()), gates))
        world.jump(-3000)

        assert converse(Scripted(world), gates)()

    def test_pauses_grow_across_processes(self, world):
        """The second worker's attempt is the second attempt."""
        gates = Gates()
        pauses = []
        for _ in range(4):
            conversation = converse(Scripted(world, refused()), gates)
            pauses.append(failure_of(conversation).retry_at - world.wall)
            world.tick(pauses[-1])

        assert [5.0, 10.0, 20.0, 40.0] == pauses

    def test_goes_with_the_first_success(self, world):
        """Whoever gets a token takes the gate away for all."""
        gates = Gates()
        conversation = converse(Scripted(world, refused(), a_response()), gates)
        failure_of(conversation)
        assert gates.value is not None
        assert gates.until > world.wall + FIRST_PAUSE
        world.tick(FIRST_PAUSE)
        conversation()

        assert gates.value is None

    def test_holds_no_credential(self, world):
        """What lies in the store tells nobody the secret, hashed fast or not."""
        gates = Gates()
        exchange = Scripted(world, refused())
        exchange.readings = [["a-secret-of-mine"]]
        conversation = converse(exchange, gates)
        failure_of(conversation)
        other = Gates()
        failure_of(converse(exchange, other))

        assert b"a-secret-of-mine" not in gates.value
        assert "a-secret-of-mine" not in repr(conversation)
        assert json.loads(gates.value)["digest"] != json.loads(other.value)["digest"]

    @pytest.mark.parametrize(
        "value",
        [b"", b"\xff", b"[]", b"{}", b"7", b'{"gate": 2}', b"[" * 100_000, "text", 7],
    )
    def test_nonsense_is_no_gate(self, world, value):
        """What is no gate stops nobody."""
        gates = Gates()
        gates.value = value

        assert converse(Scripted(world), gates)()

    @pytest.mark.parametrize("until", [1e300, -1e300, float("nan"), float("inf")])
    def test_gate_of_a_wrong_clock(self, world, until):
        """A gate that was written with another clock does not last for ever."""
        gates = Gates()
        failure_of(converse(Scripted(world, refused()), gates))
        members = json.loads(gates.value)
        gates.value = json.dumps({**members, "until": until}).encode()

        assert converse(Scripted(world), gates)()

    def test_slow_digest_is_made_once(self, world, monkeypatch):
        """Being stopped, or not, costs the slow digest once for each gate."""
        gates = Gates()
        failure_of(converse(Scripted(world, refused()), gates))
        digests = []
        digest = gate_module._digest
        monkeypatch.setattr(
            gate_module, "_digest", lambda *of: digests.append(of) or digest(*of)
        )
        stopped = converse(Scripted(world), gates)
        passing = Scripted(world, down())
        passing.readings = [["other"]]
        passed = converse(passing, gates)
        for _ in range(3):
            failure_of(stopped)
            failure_of(passed)

        assert 2 == len(digests)

    def test_check_reads_no_secret_where_nothing_is_remembered(self, world):
        """A look-up needs none, and reading one may be slow."""
        exchange = Scripted(world)
        conversation = converse(exchange, Gates())

        conversation.check()

        assert 0 == exchange.read
        assert not conversation.has_news()

    def test_check_raises_what_another_process_met(self, world):
        """It is known before a lock is waited for."""
        gates = Gates()
        conversation = converse(Scripted(world), gates)
        conversation.check()
        failure_of(converse(Scripted(world, refused()), gates))

        assert conversation.has_news()
        with pytest.raises(ccflow.TokenRefusedError, match="from memory"):
            conversation.check()
        assert not conversation.has_news()


def assertion(**claims) -> str:
    """Return a JWT that nobody signed."""
    return jwt.encode({"iss": "c", "sub": "c", **claims}, "k" * 32, "HS256")


class TestMintedAssertions:
    """A ready-made assertion that is another one each time it is read."""

    def exchange(self, world, *answers):
        numbers = itertools.count()
        exchange = Scripted(world, *answers)
        exchange.readings = [lambda: [assertion(jti=str(next(numbers)), iat=1)]]
        return exchange

    def test_ten_calls(self, world):
        """The second one shows that a fresh one does not help, and it is the last."""
        exchange = self.exchange(world, refused())
        conversation = converse(exchange)
        for _ in range(10):
            assert "invalid_client" == failure_of(conversation).error

        assert 2 == len(exchange.sent)
        world.tick(FIRST_PAUSE)
        failure_of(conversation)
        assert 4 == len(exchange.sent)

    def test_refused_scope(self, world):
        """What is not the assertion's fault is not mended by a fresh one."""
        exchange = self.exchange(world, refused("scope", error="invalid_scope"))
        conversation = converse(exchange)
        for _ in range(10):
            failure_of(conversation)

        assert 1 == len(exchange.sent)

    def test_another_process(self, world):
        """The gate is shared, though no two of them hold the same assertion."""
        gates = Gates()
        failure_of(converse(self.exchange(world, refused()), gates))
        second = self.exchange(world)

        failure_of(converse(second, gates))

        assert [] == second.sent

    def test_other_claims_go_through(self, world):
        """Whoever corrects the assertion does not wait."""
        exchange = self.exchange(world, refused(), refused(), a_response())
        conversation = converse(exchange)
        failure_of(conversation)
        exchange.readings = [[assertion(aud="the right one")]]

        assert conversation()

    def test_renewed_file(self, world):
        """An assertion that had expired is replaced: the new one goes through."""
        exchange = Scripted(world, refused(), a_response())
        exchange.readings = [[assertion(exp=1)]] * 2 + [[assertion(exp=2)]]
        conversation = converse(exchange)
        failure_of(conversation)

        assert conversation()
