"""One exchange with a server whose clock is another one."""

from __future__ import annotations

import base64
import json
from email.utils import formatdate

import pytest

import ccflow
from ccflow.engine.exchange import Exchange
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.scripted import World
from tests.support.worlds import make_profile


SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def claims_of(request) -> dict:
    part = request.form["client_assertion"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Strict(HostileServer):
    """A server that is `ahead` of us, and takes assertions that fit its clock."""

    def __init__(self, world, ahead, *, takes=True) -> None:
        super().__init__(self.decide, host="127.0.0.1")
        self.world, self.ahead, self.takes = world, ahead, takes

    def decide(self, line, request):
        now = self.world.wall + self.ahead
        date = {"Date": formatdate(int(now), usegmt=True)}
        # So precisely does nobody read a clock: half the lifetime, or less.
        if self.takes and abs(claims_of(request)["iat"] - now) < 30:
            return a_token().replace(
                b"\r\n", f"\r\nDate: {date['Date']}\r\n".encode(), 1
            )
        return http(401, {"error": "invalid_client"}, date)


@pytest.fixture
def world() -> World:
    return World()


def exchange_with(server, world, **keys):
    method = {"token_endpoint_auth_method": "client_secret_jwt", **keys}
    profile = make_profile(f"{server.url}/token", client_secret=SECRET, **method)
    provider, plan = profile.plan()
    return Exchange(profile, provider, plan, world.runtime())


def attempt(exchange):
    return exchange.attempt(exchange.credentials()[0], 10.0)


class TestServerClock:
    @pytest.mark.parametrize("ahead", [94, -94, 86400])
    def test_assertion_is_made_again_for_the_servers_time(self, world, ahead):
        """A wrong clock costs one attempt in the life of a process."""
        with Strict(world, ahead) as server:
            exchange = exchange_with(server, world)

            assert attempt(exchange)
            assert 2 == len(server.journal)
            assert attempt(exchange)
            assert 3 == len(server.journal)
            first, second, third = map(claims_of, server.journal)

        assert pytest.approx(world.wall, abs=11) == first["iat"]
        for claims in (second, third):
            assert pytest.approx(world.wall + ahead, abs=12) == claims["iat"]
            assert claims["exp"] - claims["iat"] == first["exp"] - first["iat"]

    def test_each_assertion_is_a_new_one(self, world):
        """Servers burn the jti even where they refuse."""
        with Strict(world, 94) as server:
            exchange = exchange_with(server, world)
            for _ in range(3):
                attempt(exchange)
            seen = [claims_of(request)["jti"] for request in server.journal]

        assert 4 == len(set(seen)) == len(seen)

    @pytest.mark.parametrize(
        ("ahead", "words"), [(94, "94 s behind"), (-94, "94 s ahead of")]
    )
    def test_refusal_names_the_clock(self, world, ahead, words):
        """A refusal beside a wrong clock says so, after one more try."""
        with Strict(world, ahead, takes=False) as server:
            exchange = exchange_with(server, world)
            with pytest.raises(ccflow.TokenRefusedError) as caught:
                attempt(exchange)

            assert 2 == len(server.journal)
            assert f"this machine's clock is {words} the server's" in str(caught.value)
            # The offset is known by now: it is not what is wrong.
            with pytest.raises(ccflow.TokenRefusedError):
                attempt(exchange)
            assert 3 == len(server.journal)

    @pytest.mark.parametrize("ahead", [0, 3, -3])
    def test_clock_that_is_right_enough(self, world, ahead):
        """A second bad login is not spent on a clock that is not wrong."""
        with Strict(world, ahead, takes=False) as server:
            with pytest.raises(ccflow.TokenRefusedError) as caught:
                attempt(exchange_with(server, world))

            assert 1 == len(server.journal)
            assert "clock" not in str(caught.value)

    def test_a_plain_secret_has_no_clock(self, world):
        """Where nothing is signed, a wrong clock changes nothing."""
        answer = http(401, {"error": "invalid_client"}, {"Date": formatdate(0)})
        with HostileServer(answer, host="127.0.0.1") as server:
            method = {"token_endpoint_auth_method": "client_secret_basic"}
            with pytest.raises(ccflow.TokenRefusedError) as caught:
                attempt(exchange_with(server, world, **method))

            assert 1 == len(server.journal)
            assert "clock" not in str(caught.value)

    def test_other_refusals_are_not_the_clocks(self, world):
        """A refused scope is not tried again for another time."""
        late = {"Date": formatdate(world.wall + 500, usegmt=True)}
        answer = http(400, {"error": "invalid_scope"}, late)
        with HostileServer(answer, host="127.0.0.1") as server:
            with pytest.raises(ccflow.TokenRefusedError):
                attempt(exchange_with(server, world))

            assert 1 == len(server.journal)
