"""What ccflow makes of each fault: through the public API, over TLS."""

from __future__ import annotations

import base64
import contextlib
import json

import attrs
import pytest

import ccflow
from ccflow.emulator import emulate
from ccflow.emulator import faults
from ccflow.emulator.hookspecs import FIRST_PARTY
from ccflow.emulator.hookspecs import catalogue_names

from .wire import PROVIDERS


@pytest.fixture(scope="module")
def servers():
    with emulate(*PROVIDERS) as running:
        yield {server.provider: server for server in running}


@pytest.fixture(params=PROVIDERS)
def server(request, servers):
    server = servers[request.param]
    server.journal.clear()
    yield server
    server.behave()


@pytest.fixture
def okta(servers):
    servers["okta"].journal.clear()
    yield servers["okta"]
    servers["okta"].behave()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Attempts follow each other at once."""
    monkeypatch.setattr("ccflow.engine.retry.FIRST_PAUSE", 0.0)


def source(server, name=None, **changes):
    """A source of this test alone: no token and no refusal is there before."""
    profile = ccflow.load_profile(name or server.provider, config=server.config)
    return ccflow.TokenSource(attrs.evolve(profile, **changes))


def failure(server, error_class, **options):
    with pytest.raises(error_class) as caught:
        source(server, **options).token()
    return caught.value


class TestAnswers:
    def test_one_failure_is_survived(self, server):
        """A server that stumbles once costs one more request."""
        server.next(faults.Status(503))

        assert source(server).token()
        server.journal.assert_token_requests(2)

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_failing_server(self, server, status):
        """It is unavailable, after three attempts."""
        server.next(faults.Status(status), times=None)
        error = failure(server, ccflow.TokenUnavailableError)

        assert ("server", status, True) == (
            error.category,
            error.status_code,
            error.retryable,
        )
        server.journal.assert_token_requests(3)

    def test_a_refused_client(self, server):
        """It is refused, and not asked again."""
        server.next(faults.Status(401), times=None)
        error = failure(server, ccflow.TokenRefusedError)

        assert ("client_auth", "invalid_client") == (error.category, error.error)
        server.journal.assert_token_requests(1)

    @pytest.mark.parametrize(
        ("fault", "error_class"),
        [
            (faults.Html(), ccflow.TokenResponseError),
            (faults.Html(403), ccflow.TokenResponseError),
            (faults.Html(502), ccflow.TokenUnavailableError),
            (faults.Redirect(), ccflow.TokenResponseError),
            (faults.Redirect(status=302), ccflow.TokenResponseError),
        ],
        ids=str,
    )
    def test_somebody_else_answers(self, server, fault, error_class):
        """A page or another address is an intermediary's; nobody follows it."""
        server.next(fault, times=None)

        assert "intermediary" == failure(server, error_class).category
        assert 0 == server.journal.count("other")

    @pytest.mark.parametrize("as_date", [True, False])
    def test_a_rate_limit(self, server, as_date):
        """As many seconds as were asked for, by the server's own clock."""
        server.tenant.clock_offset = 86400
        server.next(faults.RateLimit(90, as_date=as_date))
        error = failure(server, ccflow.TokenUnavailableError)

        assert ("rate_limit", 90) == (error.category, error.retry_after)
        server.journal.assert_token_requests(1)

    def test_a_lifetime_in_a_text(self, server):
        """It is a lifetime all the same."""
        server.next(faults.StringLifetime())
        token = source(server).token()

        assert server.dialect.token_path == server.journal.entries()[0].path
        assert 290 < token.expires_in < 3601


class TestWire:
    @pytest.fixture
    def warm(self, server):
        """The connection is there already, so that a deadline can be short."""
        source(server).token()
        server.journal.clear()
        return server

    @pytest.mark.parametrize(
        "fault",
        [faults.Hang(), faults.Hang(after=40), faults.Drip(0.05)],
        ids=str,
    )
    def test_no_end(self, warm, fault):
        """The time of the profile is the time for everything."""
        warm.next(fault, times=None)
        error = failure(warm, ccflow.TokenUnavailableError, timeout=0.3)

        assert ("network", True) == (error.category, error.retryable)
        assert fault == warm.journal.entries("token")[0].fault

    def test_a_slow_answer_in_time(self, servers):
        """A drip that is quick enough brings a token."""
        server = servers["curity"]
        server.next(faults.Drip(0.001))

        assert source(server).token()

    @pytest.mark.parametrize("after", [0, 40])
    def test_one_reset_is_survived(self, server, after):
        """The next attempt brings a token."""
        server.next(faults.Reset(after=after))

        assert source(server).token()
        server.journal.assert_token_requests(2)

    def test_resets(self, server):
        """Nobody answers."""
        server.next(faults.Reset(), times=None)

        assert "network" == failure(server, ccflow.TokenUnavailableError).category


def claims_of(entry):
    part = entry.form["client_assertion"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class TestLasting:
    def test_the_same_token(self, okta):
        """A renewal that brings the same token is no error."""
        okta.next(faults.SameToken(), times=None)
        own = source(okta)
        first = own.token()
        own.invalidate(first)

        assert first.access_token == own.token().access_token
        okta.journal.assert_token_requests(2)

    @pytest.mark.parametrize("seconds", [1000, -1000])
    def test_a_clock_that_is_off(self, okta, seconds):
        """An assertion is made again, by the clock of the server."""
        okta.next(faults.ClockOffset(seconds))
        own = source(okta, "okta-private-key-jwt")

        assert own.token()
        first, second = okta.journal.entries("token")
        assert (401, 200) == (first.status, second.status)
        assert abs(claims_of(second)["iat"] - claims_of(first)["iat"] - seconds) < 60

    @pytest.mark.parametrize("name", ["curity", "oracle-idcs"])
    def test_assertions_are_used_once(self, servers, name):
        """Each request has one of its own."""
        server = servers[name]
        server.journal.clear()
        server.next(faults.JtiOnce())
        server.next(faults.Status(500))
        own = source(server, f"{name}-private-key-jwt")
        own.invalidate(own.token())

        assert own.token()
        sent = [claims_of(entry)["jti"] for entry in server.journal.entries("token")]
        server.behave()
        assert 3 == len(set(sent)) == len(sent)

    def test_a_new_signing_key(self, okta):
        """A client does not look into its token."""
        okta.script([None, faults.NewSigningKey()])
        own = source(okta)
        first = own.token()
        own.invalidate(first)

        assert own.token().access_token != first.access_token

    def test_a_secret_that_was_rotated(self, server):
        """What the profile names is read again, and the new one is taken."""
        server.next(faults.NewSecret())

        assert source(server).token()
        server.journal.assert_token_requests(2)

    def test_a_secret_that_nobody_told_us(self, server):
        """The old one is refused, once."""
        server.next(faults.NewSecret(told=False))
        error = failure(server, ccflow.TokenRefusedError)

        assert "client_auth" == error.category
        server.journal.assert_token_requests(1)
        server.rotate_secrets()
        assert source(server).token()

    def test_a_server_that_wants_proofs(self, okta):
        """Without a proof there is no nonce to dance for."""
        okta.next(faults.DpopNonce())
        error = failure(okta, ccflow.TokenRefusedError)

        assert ("invalid_dpop_proof", 400) == (error.error, error.status_code)


# Those that ask the dialect something, or change what it answers.
DIALECTS_FAULTS = (
    *(faults.Status(401), faults.Status(404), faults.Status(599), faults.RateLimit(90)),
    *(faults.StringLifetime(), faults.SameToken(), faults.SameToken()),
    *(faults.DpopNonce(), faults.NewSecret()),
)


# Those of the catalogue share their code: a few stand for all.
DIALECTS = [*sorted(FIRST_PARTY), *sorted(catalogue_names())[::6]]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_can_misbehave(name, caplog):
    """A dialect need not know of faults: they work with any."""
    with emulate(name) as (server,):
        profile = server.dialect.samples[0].profile
        server.script(DIALECTS_FAULTS)
        with caplog.at_level("ERROR", logger="ccflow.emulator"):
            while server.journal.count("token") < len(DIALECTS_FAULTS):
                with contextlib.suppress(ccflow.TokenError):
                    source(server, profile).token()

        assert source(server, profile).token()
        met = [entry.fault for entry in server.journal.entries("token")]
    assert [*DIALECTS_FAULTS] == met[: len(DIALECTS_FAULTS)]
    assert [] == caplog.messages
