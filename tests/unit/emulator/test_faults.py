"""Each fault, as it is on the wire."""

from __future__ import annotations

import logging
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime
from pathlib import Path

import attrs
import httpx
import jwt
import pytest

from ccflow.emulator import Response
from ccflow.emulator import emulate
from ccflow.emulator import faults

from .wire import PROVIDERS
from .wire import ask
from .wire import assertion_of
from .wire import basic
from .wire import client_of
from .wire import connect
from .wire import form_of
from .wire import is_reset
from .wire import pieces
from .wire import send


@pytest.fixture(scope="module")
def servers():
    with emulate(*PROVIDERS) as running:
        yield {server.provider: server for server in running}


def as_new(server):
    server.behave()
    server.journal.clear()
    server.revoke_tokens()
    return server


@pytest.fixture(params=PROVIDERS)
def server(request, servers):
    """Each of them in turn, as new."""
    yield as_new(servers[request.param])
    as_new(servers[request.param])


@pytest.fixture
def okta(servers):
    yield as_new(servers["okta"])
    as_new(servers["okta"])


@pytest.fixture
def curity(servers):
    yield as_new(servers["curity"])
    as_new(servers["curity"])


def date_of(answer):
    return parsedate_to_datetime(answer.headers["Date"])


def key_named(server, key_id):
    path = {"okta": "/oauth2/default/v1/keys"}.get(server.provider)
    keys = jwt.PyJWKSet.from_dict(ask(server, path=path, method="GET").json())
    return next(key.key for key in keys.keys if key.key_id == key_id)


class TestStatus:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 502, 503])
    def test_it_comes_once(self, server, status):
        """The next request gets it, and the one after that a token."""
        server.next(faults.Status(status))

        assert [status, 200] == [ask(server).status, ask(server).status]

    @pytest.mark.parametrize(
        ("provider", "status", "words"),
        [
            ("okta", 401, ('"invalid_client"', "The client secret supplied")),
            ("okta", 403, ('"access_denied"', "network zones")),
            ("okta", 404, ('"errorCode": "E0000007"', '"errorId"')),
            ("okta", 429, ('"errorCode": "E0000047"',)),
            ("okta", 500, ('"errorCode": "E0000009"',)),
            ("okta", 503, ('"errorCode": "E0000010"',)),
            ("okta", 599, ('"errorCode": "E0000009"',)),
            ("curity", 401, ('"invalid_client"', "Client authentication failed")),
            ("curity", 404, ("<!DOCTYPE html>", "<h1>404</h1>")),
            ("curity", 500, ('"server_error"',)),
            ("oracle-idcs", 401, ('"invalid_client"', '"ecid"')),
            ("oracle-idcs", 503, ('"temporarily_unavailable"', '"ecid"')),
        ],
    )
    def test_it_has_the_vendors_body(self, servers, provider, status, words):
        """Each vendor words its errors as it does elsewhere."""
        server = as_new(servers[provider])
        server.next(faults.Status(status))
        answer = ask(server)

        assert status == answer.status
        assert not [word for word in words if word not in answer.text]

    def test_the_vendors_headers_are_there(self, servers):
        """What support asks for comes with an error that was scripted, too."""
        names = {"okta": "X-Okta-Request-Id", "oracle-idcs": "X-Oracle-DMS-ECID"}
        for provider, name in names.items():
            server = as_new(servers[provider])
            server.next(faults.Status(500))

            assert ask(server).headers[name]

    def test_429_is_the_vendors_rate_limit(self, servers):
        """With the headers that it has, and no others."""
        for provider, name in {
            "okta": "X-Rate-Limit-Reset",
            "curity": "Retry-After",
        }.items():
            server = as_new(servers[provider])
            server.next(faults.Status(429))

            assert ask(server).headers[name]

    def test_a_dialect_that_says_nothing_of_it(self, curity):
        """The standard's error body stands in."""
        plain = attrs.evolve(
            curity.dialect, fail=attrs.fields(type(curity.dialect)).fail.default
        )
        with emulate(plain) as (server,):
            server.script([faults.Status(code) for code in (401, 503)])
            refused, failed = ask(server), ask(server)

        assert ("invalid_client", "Basic") == (
            refused.json()["error"],
            refused.headers["WWW-Authenticate"].split()[0],
        )
        assert "temporarily_unavailable" == failed.json()["error"]


class TestAnswers:
    def test_html(self, server):
        """A page under a status of success, or any other."""
        server.script([faults.Html(), faults.Html(403)])
        answers = [ask(server), ask(server)]

        assert [200, 403] == [answer.status for answer in answers]
        for answer in answers:
            assert answer.headers["Content-Type"].startswith("text/html")
            assert "<!DOCTYPE html>" in answer.text

    def test_redirect(self, server):
        """Whoever follows gives the secret away, and is found in the journal."""
        server.next(faults.Redirect())
        with httpx.Client(
            verify=ssl.create_default_context(cafile=server.ca_file),
            follow_redirects=True,
        ) as client:
            answer = client.post(
                server.token_endpoint,
                data=form_of(server),
                headers={"Authorization": basic(server)},
            )

        assert [307] == [it.status_code for it in answer.history]
        (followed,) = server.journal.entries("other")
        assert ("POST", "/elsewhere") == (followed.method, followed.path)
        assert basic(server) == followed.headers["authorization"]

    def test_redirect_to_somewhere(self, server):
        """Address and status can be told."""
        server.next(faults.Redirect("https://login.example/", status=302))
        answer = ask(server)

        assert (302, "https://login.example/") == (
            answer.status,
            answer.headers["Location"],
        )

    def test_rate_limit_with_a_date(self, server):
        """The date is that of the server's clock, as many seconds on."""
        server.tenant.clock_offset = -5000
        server.next(faults.RateLimit(90))
        answer = ask(server)
        until = parsedate_to_datetime(answer.headers["Retry-After"])

        assert 429 == answer.status
        assert 90 == (until - date_of(answer)).total_seconds()
        if server.provider == "okta":
            reset = int(answer.headers["X-Rate-Limit-Reset"])
            assert int(until.timestamp()) == reset
            assert "0" == answer.headers["X-Rate-Limit-Remaining"]

    def test_rate_limit_with_a_number(self, server):
        """The tenant's number of seconds, where the fault has none."""
        server.next(faults.RateLimit(as_date=False))

        assert "60" == ask(server).headers["Retry-After"]

    def test_string_lifetime(self, server):
        """The number in a text, beside a token that is good."""
        usual = ask(server).json()["expires_in"]
        server.next(faults.StringLifetime())

        assert str(usual) == ask(server).json()["expires_in"]
        assert usual == ask(server).json()["expires_in"]

    @pytest.mark.parametrize(
        "fault", [faults.StringLifetime(), faults.SameToken(), faults.DpopNonce()]
    )
    def test_a_refusal_stays_a_refusal(self, server, fault):
        """Where no token is given, there is nothing to change in it."""
        server.script([None, fault])
        wrong = {"Authorization": basic(server, "wrong")}
        refused = [ask(server, **wrong) for _ in range(2)]

        assert refused[0].status == refused[1].status >= 400
        assert set(refused[0].json()) == set(refused[1].json())


class TestTokens:
    def test_each_request_gets_another_one(self, server):
        """This is what servers do without a fault."""
        tokens = [ask(server).json()["access_token"] for _ in range(3)]

        assert 3 == len(set(tokens))

    def test_same_token_until_it_expires(self, server):
        """One token for all, with less and less time, and then another one."""
        server.next(faults.SameToken(), times=None)
        first = ask(server).json()
        life = first["expires_in"]
        server.tenant.clock_offset = life / 2
        second = ask(server).json()
        server.tenant.clock_offset = life + 1
        third = ask(server).json()

        assert first["access_token"] == second["access_token"]
        assert second["expires_in"] in {life // 2 - 1, life // 2, life // 2 + 1}
        assert first["access_token"] != third["access_token"]
        assert life == third["expires_in"]

    def test_another_scope_is_another_token(self, okta):
        """A token is the same for the same client and scope only."""
        okta.next(faults.SameToken(), times=None)
        tokens = [
            ask(okta, form_of(okta, scope=scope)).json()["access_token"]
            for scope in ("invoices.read", "invoices.write", "invoices.read")
        ]

        assert tokens[0] == tokens[2] != tokens[1]

    def test_a_token_that_nobody_issued(self, okta):
        """A dialect may answer what it likes; there is nothing to take back."""
        ask(okta)

        assert okta.tenant.reuse_token("unheard of") is None

    def test_what_was_taken_back_is_no_token(self, okta):
        """The API knows the token that was answered, and no other."""
        okta.next(faults.SameToken(), times=None)
        tokens = {ask(okta).json()["access_token"] for _ in range(3)}

        assert tokens == okta.tenant._tokens.keys()

    def test_new_signing_key(self, okta):
        """Tokens from before and after can be checked with what is published."""
        okta.script([None, faults.NewSigningKey(), None])
        tokens = [ask(okta).json()["access_token"] for _ in range(3)]
        named = [jwt.get_unverified_header(token)["kid"] for token in tokens]

        assert named[0] != named[1] == named[2]
        for token, key_id in zip(tokens, named, strict=True):
            assert jwt.decode(
                token,
                key_named(okta, key_id),
                ["RS256"],
                options={"verify_aud": False, "verify_iat": False},
            )
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(tokens[0], key_named(okta, named[1]), ["RS256"])

    def test_the_key_of_the_other_servers_stays(self, servers):
        """The servers of a run begin with one key, and one of them changes it."""
        other = servers["oracle-idcs"].tenant.key_id
        servers["okta"].rotate_signing_key()

        assert other == servers["oracle-idcs"].tenant.key_id
        assert servers["okta"].tenant.key_id != other


class TestClients:
    def file_of(self, server):
        return Path(server.config).with_name(f"{server.provider}.secret")

    def test_new_secret(self, server):
        """The old one is refused at once; the profile's file has the new one."""
        old = basic(server)
        server.next(faults.NewSecret())
        refused = ask(server, Authorization=old)
        new = self.file_of(server).read_text().removesuffix("\n")

        assert refused.status in {400, 401}
        assert ask(server, Authorization=basic(server, new)).status == 200
        assert ask(server, Authorization=old).status == refused.status
        assert 0o600 == self.file_of(server).stat().st_mode & 0o777

    def test_new_secret_that_nobody_was_told(self, server):
        """The file stays as it is."""
        before = self.file_of(server).read_text()
        server.next(faults.NewSecret(told=False))
        ask(server)

        assert before == self.file_of(server).read_text()
        assert before != basic(server)

    def test_new_secrets_of_clients_that_a_test_has_made(self, okta):
        """They have no file, and get a new secret all the same."""
        known = next(iter(okta.tenant.clients.values()))
        mine = attrs.evolve(known, client_id="mine", secret="old")
        okta.tenant.clients["mine"] = mine
        okta.rotate_secrets()

        assert "old" != okta.tenant.clients.pop("mine").secret

    def test_a_key_is_not_replaced(self, curity):
        """Clients with a key keep it, and get no secret."""
        curity.rotate_secrets()

        assert 200 == ask(curity, assertion_of(curity)).status
        assert client_of(curity, "private_key_jwt").secret is None

    def test_an_assertion_once(self, servers):
        """Okta refuses a second time anyhow; the others do so from now on."""
        seen = {}
        for provider in PROVIDERS:
            server = as_new(servers[provider])
            form = assertion_of(server)
            server.script([None, None, faults.JtiOnce(), None])
            fresh = assertion_of(server)
            seen[provider] = [
                ask(server, it).status == 200 for it in (form, form, form, fresh)
            ]
            server.behave()

        assert {
            "curity": [True, True, False, True],
            "okta": [True, False, False, True],
            "oracle-idcs": [True, True, False, True],
        } == seen

    def test_behaving_takes_it_back(self, curity):
        """A server that does not care, does not care again."""
        form = assertion_of(curity)
        curity.next(faults.JtiOnce())
        ask(curity, form)
        curity.behave()

        assert 200 == ask(curity, form).status


class TestClock:
    @pytest.mark.parametrize("seconds", [5000, -5000])
    def test_everything_goes_by_it(self, okta, seconds):
        """The header, the claims of tokens, and what the API thinks of them."""
        usual = ask(okta)
        okta.next(faults.ClockOffset(seconds))
        answer = ask(okta)
        token = answer.json()["access_token"]
        claims = jwt.decode(token, options={"verify_signature": False})

        moved = (date_of(answer) - date_of(usual)).total_seconds()
        assert seconds - 1 <= moved <= seconds + 30
        assert abs(claims["iat"] - date_of(answer).timestamp()) <= 30
        headers = {"Authorization": f"Bearer {token}"}
        assert 200 == ask(okta, path="/api/x", method="GET", **headers).status
        okta.tenant.clock_offset += 3601
        assert 401 == ask(okta, path="/api/x", method="GET", **headers).status

    def test_an_assertion_is_judged_by_it(self, okta):
        """One that was good is from the past."""
        okta.next(faults.ClockOffset(400))
        answer = ask(okta, assertion_of(okta))

        assert "is expired" in answer.json()["error_description"]
        okta.behave()
        assert 200 == ask(okta, assertion_of(okta)).status


class TestWire:
    def test_hang(self, server):
        """Nothing comes, and the others are served."""
        server.next(faults.Hang())
        with send(server, timeout=0.2) as sock:
            with pytest.raises(TimeoutError):
                sock.recv(1)

            assert 200 == ask(server).status

    @pytest.mark.parametrize("bytes_", [1, 20, 300])
    def test_hang_in_the_middle(self, okta, bytes_):
        """So many bytes come, and no more."""
        okta.next(faults.Hang(after=bytes_))
        with send(okta, timeout=0.2) as sock:
            found = b""
            with pytest.raises(TimeoutError):
                while data := sock.recv(1 << 16):
                    found += data

        assert bytes_ == len(found)
        assert b"HTTP/1.1 200 OK\r\n".startswith(found[:17])

    def test_drip(self, curity):
        """A whole answer, of which each byte is sent by itself."""
        curity.next(faults.Drip(0.001))
        with send(curity) as sock:
            found = pieces(sock)
        head, _, body = b"".join(found).partition(b"\r\n\r\n")

        assert {1} == {len(piece) for piece in found}
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert b"Connection: close" in head
        assert b"access_token" in body

    def test_a_slow_drip_holds_up_nobody(self, server):
        """The others are served between two bytes."""
        server.next(faults.Drip(3600))
        with send(server, timeout=0.2) as sock:
            assert b"H" == sock.recv(10)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            assert 200 == ask(server).status

    @pytest.mark.parametrize("bytes_", [0, 20])
    def test_reset(self, server, bytes_):
        """The connection breaks, after so many bytes."""
        server.next(faults.Reset(after=bytes_))
        with send(server) as sock:
            found = sock.recv(1 << 16) if bytes_ else b""

            assert is_reset(sock)
        assert b"HTTP/1.1 200 OK\r\nCon"[:bytes_] == found
        assert 200 == ask(server).status

    def test_an_ordinary_end_is_none(self, curity):
        """What tells a reset does not take every end for one."""
        curity.next(faults.Drip(0.001))
        with send(curity) as sock:
            assert not is_reset(sock)

    def test_a_connection_that_was_used_before(self, okta):
        """The second answer on a connection can break it as well."""
        okta.script([None, faults.Reset()])
        with closing(connect(okta)) as connection:
            connection.request("POST", "/oauth2/v1/token", "")
            connection.getresponse().read()
            connection.request("POST", "/oauth2/v1/token", "")

            assert is_reset(connection.sock)

    @pytest.mark.parametrize(
        "fault", [faults.Hang(), faults.Hang(after=5), faults.Drip(3600)]
    )
    def test_the_server_can_be_closed_meanwhile(self, fault):
        """No thread stays behind, and the client is told that it is over."""
        before = set(threading.enumerate())
        with emulate("curity") as (server,):
            server.next(fault)
            sock = send(server)
            if fault != faults.Hang():
                assert sock.recv(1)

        assert not set(threading.enumerate()) - before
        with sock:
            assert b"" == b"".join(pieces(sock))[4:]

    def test_a_client_that_went_away_leaves_no_thread(self, okta):
        """A server that runs for long does not fill up with threads that wait."""
        before = set(threading.enumerate())
        okta.script([faults.Hang(), faults.Drip(3600)])
        for _ in range(2):
            send(okta).close()
        waiting = set(threading.enumerate()) - before
        for thread in waiting:
            thread.join(10)

        assert not [thread for thread in waiting if thread.is_alive()]


class TestScript:
    def test_a_sequence(self, okta):
        """In this order, None for a usual answer, and a usual end."""
        okta.script([faults.Status(503), None, faults.Html(502)])

        assert [503, 200, 502, 200] == [ask(okta).status for _ in range(4)]

    def test_next_comes_after_what_waits(self, okta):
        """Two calls are two requests."""
        okta.next(faults.Status(500), times=2)
        okta.next(None)
        okta.next(faults.Status(503))

        assert [500, 500, 200, 503, 200] == [ask(okta).status for _ in range(5)]

    def test_a_script_begins_anew(self, okta):
        """What waited is forgotten."""
        okta.next(faults.Status(500), times=None)
        okta.script([faults.Status(503)])

        assert [503, 200] == [ask(okta).status for _ in range(2)]

    def test_for_ever_until_it_behaves(self, okta):
        """There is a way back."""
        okta.next(faults.Status(500), times=None)
        okta.tenant.rate_limited = True
        seen = [ask(okta).status for _ in range(3)]
        okta.behave()

        assert [500, 500, 500, 200] == [*seen, ask(okta).status]

    def test_nothing_comes_after_for_ever(self, okta):
        """A fault that would never come is a mistake of the test."""
        okta.next(faults.Html(), times=None)

        with pytest.raises(ValueError, match=r"Html\(status=200\).*until behave\(\)"):
            okta.next(faults.Status(503))

    @pytest.mark.parametrize("times", [0, -1])
    def test_no_times_at_all(self, okta, times):
        """Nor is a fault that comes zero times one."""
        with pytest.raises(ValueError, match="once or more"):
            okta.next(faults.Status(503), times=times)

    def test_only_token_requests_meet_faults(self, okta):
        """The API and the metadata are as ever, and use none up."""
        okta.next(faults.Status(503))
        path = "/.well-known/openid-configuration"

        assert 200 == ask(okta, path=path, method="GET").status
        assert 401 == ask(okta, path="/api/x", method="GET", Authorization="x").status
        assert 503 == ask(okta).status

    def test_many_at_once(self, okta):
        """Of many requests at the same time, exactly so many meet a fault."""
        okta.next(faults.Status(503), times=16)
        with ThreadPoolExecutor(8) as pool:
            seen = [*pool.map(lambda _: ask(okta).status, range(16))]
            after = [*pool.map(lambda _: ask(okta).status, range(8))]

        assert [503] * 16 == seen
        assert [200] * 8 == after

    def test_the_journal_names_the_fault(self, okta):
        """Who reads it can tell a scripted answer from the server's own."""
        okta.script([faults.Status(503), None, faults.Reset()])
        for _ in range(2):
            ask(okta)
        with send(okta) as sock:
            assert is_reset(sock)

        assert [
            (503, faults.Status(503)),
            (200, None),
            (0, faults.Reset()),
        ] == [(entry.status, entry.fault) for entry in okta.journal]


class Teapot:
    """A fault of a test's own."""

    def answer(self, occasion):
        usual = occasion.usual()
        text = f"{occasion.server.provider} {occasion.request.method} {usual.status}"
        return Response(status=418, body=text.encode())


class TestOnesOwn:
    def test_anything_that_answers_is_a_fault(self, okta):
        """It gets the request, the server and the usual answer."""
        okta.next(Teapot())

        assert (418, "okta POST 200") == ((it := ask(okta)).status, it.text)

    def test_one_that_fails(self, okta, caplog):
        """A bug in it is answered 500 and logged, and nothing hangs."""
        okta.next(object())
        with caplog.at_level(logging.ERROR):
            answer = ask(okta)

        assert (500, "the emulator itself failed") == (answer.status, answer.text)
        assert "AttributeError" in caplog.text


class TestValues:
    @pytest.mark.parametrize("name", faults.__all__)
    def test_they_are_frozen_and_equal(self, name):
        """Two of the same are equal, print themselves, and cannot be changed."""
        given = {"Status": (503,), "ClockOffset": (60,)}.get(name, ())
        one, two = (getattr(faults, name)(*given) for _ in range(2))

        assert one == two
        assert hash(one) == hash(two)
        assert repr(one).startswith(f"{name}(")
        with pytest.raises(AttributeError):
            one.status = 1

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: faults.Status(200), "status is from 400 to 599, not 200"),
            (lambda: faults.Status(600), "status is from 400 to 599, not 600"),
            (lambda: faults.Html(100), "status is from 200 to 599, not 100"),
            (lambda: faults.Redirect(status=200), "status is from 300 to 399, not 200"),
            (lambda: faults.Redirect("a\r\nb"), "location is printable ASCII"),
            (lambda: faults.Redirect("\u20ac"), "location is printable ASCII"),
            (lambda: faults.RateLimit(-1), "after is 0 or more, not -1"),
            (lambda: faults.Hang(after=-1), "after is 0 or more, not -1"),
            (lambda: faults.Drip(0), "pause is from 0.001 to 86400, not 0"),
            (lambda: faults.Drip(float("nan")), "pause is from 0.001 to 86400"),
            (lambda: faults.ClockOffset(float("inf")), "seconds is from"),
        ],
    )
    def test_numbers_that_make_no_sense(self, make, message):
        """They are refused when the value is made, not when a client is waiting."""
        with pytest.raises(ValueError, match=message):
            make()
