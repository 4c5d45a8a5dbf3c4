"""What follows when there is a way: metadata, clock, token, scope, API."""

from __future__ import annotations

import json
import re
import time
from email.utils import formatdate

import attrs
import pytest

import ccflow
from ccflow.config.cache import Cache
from ccflow.doctor.api import Api
from ccflow.doctor.examination import Order
from ccflow.doctor.registration import Asked
from tests.support.certificates import server_context
from tests.support.certificates import write_ca_file
from tests.support.hostile import HostileServer
from tests.support.hostile import a_token
from tests.support.hostile import http
from tests.support.hostile import reset

from .visits import GOOD
from .visits import NO_DOCUMENT
from .visits import SECRET
from .visits import TOKEN
from .visits import answering
from .visits import posts


REFUSED = http(401, {"error": "invalid_client", "error_description": "no such luck"})


def granted(**members):
    """The answer of a token endpoint, with these members."""
    body = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
    return http(200, {**body, **members})


class TestBeforeItIsSent:
    def test_what_is_wrong_here_keeps_everything_here(self, examine):
        """A secret that is missing is a cross, and the server hears nothing."""
        with HostileServer(GOOD) as server:
            visit = examine(server.url, client_secret={"env": "NOT_SET"})

        assert visit.levels() == "sssssssss"
        assert visit.kinds() == {"config"}
        assert visit.one("token").message == "not tried, since secret failed"
        assert server.connections == 0

    def test_what_does_not_load(self, examine):
        """All problems are told, and all that needs the server is skipped."""
        visit = examine("https://id.example", scop="a", timeout=0)

        assert visit.levels() == "sssssssss"
        assert len(visit.of("profile")) == 2

    def test_a_store_does_not_keep_a_token_away(self, examine, tmp_path):
        """A store that cannot be used is an error, and the token comes all the same."""
        (tmp_path / "full").write_text("no directory")
        cache = {"store": "file", "directory": str(tmp_path / "full")}
        with HostileServer(GOOD) as server:
            visit = examine(server.url, cache=cache)

        assert visit.one("store").level == "error"
        assert visit.one("token").level == "ok"

    def test_nor_does_a_key_of_the_store(self, examine):
        """Without its key nothing is shared, and a token comes."""
        cache = {"store": "file", "encryption_key": {"env": "NOT_SET"}}
        with HostileServer(GOOD) as server:
            visit = examine(server.url, cache=cache)

        assert visit.one("store").level == "error"
        assert visit.kinds() == {"config"}
        assert visit.one("token").level == "ok"

    def test_a_call_may_bring_its_scope(self, examine):
        """What a program asks for is what is tried."""
        asked = Asked(scope=("a", "b"), audience="api", resource=("https://r.example",))
        with HostileServer(GOOD) as server:
            examine(server.url, scope=["c"], order=Order(asked=asked))
        form = server.journal[-1].form

        assert form["scope"] == "a b"
        assert (form["audience"], form["resource"]) == ("api", "https://r.example")


class TestMetadata:
    def document(self, server, **members):
        """What a server says that agrees with the profile of these tests."""
        return {
            "issuer": server.url,
            "token_endpoint": f"{server.url}/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": ["a", "b"],
            **members,
        }

    @pytest.fixture
    def server(self):
        with HostileServer() as server:
            yield server

    def say(self, server, **members):
        document = http(200, self.document(server, **members))
        server.answers[:] = [answering(a_token(TOKEN), document)]

    def test_that_agree(self, examine, server):
        """One tick names all that was compared."""
        self.say(server)
        visit = examine(server.url, issuer=server.url, scope=["a"])

        assert visit.one("metadata").message == (
            f"{server.url}/.well-known/openid-configuration agrees on issuer, token "
            "endpoint, method, grant, scope"
        )

    @pytest.mark.parametrize(
        ("members", "level", "what"),
        [
            ({"issuer": "https://x.example"}, "warning", "issuer is https://x.ex"),
            (
                {"token_endpoint": "https://x.example/t"},
                "warning",
                "x.example/t; here it is",
            ),
            ({"token_endpoint": None}, "warning", "names no token_endpoint"),
            (
                {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
                "warning",
                "does not list the method client_secret_basic",
            ),
            ({"grant_types_supported": ["password"]}, "warning", "the grant client_"),
            ({"scopes_supported": ["b"]}, "note", "does not list the scope a"),
        ],
        ids=["issuer", "endpoint", "no endpoint", "method", "grant", "scope"],
    )
    def test_that_differ(self, examine, server, members, level, what):
        """Each difference is told, and none of them keeps the token away."""
        self.say(server, **members)
        visit = examine(server.url, issuer=server.url, scope=["a"])
        difference, agreed = visit.of("metadata")

        assert (difference.level, agreed.level) == (level, "ok")
        assert what in difference.message
        assert visit.one("token").level == "ok"

    def test_of_a_server_without_any(self, examine, server):
        """That there are none is a note; it is asked where they may be."""
        server.answers[:] = [GOOD]
        visit = examine(server.url)

        assert visit.one("metadata").level == "note"
        assert visit.one("metadata").message.count("(HTTP 404)") == 2
        assert {it.target for it in server.journal if it.method == "GET"} == {
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        }

    def test_that_break_off(self, examine, server):
        """A server that hangs up on the question may still answer the request."""
        server.answers[:] = [answering(a_token(TOKEN), reset)]
        visit = examine(server.url)

        assert visit.one("metadata").level == "note"
        assert "broke off the connection" in visit.one("metadata").message
        assert visit.one("token").level == "ok"

    def test_at_another_host_do_not_get_the_headers(self, examine, server):
        """A key for the gateway is for that alone; and so is the clock of the other."""
        self.say(server)
        date = formatdate(time.time() + 3600, usegmt=True)
        with HostileServer(http(404, "", headers={"Date": date})) as other:
            headers = {"X-Key": {"env": "BILLING_SECRET"}}
            visit = examine(server.url, issuer=other.url, headers=headers)
            examine(server.url, issuer=server.url, headers=headers)

        assert {it.header("x-key") for it in other.journal} == {None}
        assert {it.header("x-key") for it in server.journal} == {SECRET}
        assert visit.one("clock").level == "note"

    def test_that_echo_the_question(self, examine, server):
        """A server that shows the secret header back is not quoted."""
        self.say(server, issuer=f"https://x.example/{SECRET}")
        headers = {"X-Key": {"env": "BILLING_SECRET"}}
        visit = examine(server.url, issuer=server.url, headers=headers)

        assert "issuer is https://x.example/" in visit.of("metadata")[0].message

    def test_that_are_needed(self, examine, server):
        """The endpoint that is looked up is where the way and the token are tried."""
        with HostileServer(GOOD) as other:
            self.say(server, token_endpoint=f"{other.url}/token")
            keys = {
                "token_endpoint": None,
                "issuer": server.url,
                "quirks": {"endpoint_origins": [other.url]},
            }
            visit = examine("", **keys)

        assert visit.one("token").level == "ok"
        assert len(visit.of("tcp")) == 2
        assert visit.of("metadata")[0].message == (
            f"the token endpoint is {other.url}/token"
        )
        assert (posts(server), posts(other)) == (0, 1)

    def test_that_are_needed_and_are_not_there(self, examine, server):
        """Without an endpoint there is no token, and the exit code says whose fault."""
        server.answers[:] = [NO_DOCUMENT]
        visit = examine("", token_endpoint=None, issuer=server.url)

        assert visit.levels() == "ooosessss"
        assert visit.kinds() == {"response"}
        assert "there are no metadata at" in visit.one("metadata").message


class TestClock:
    def visit(self, examine, headers, **keys):
        answer = answering(a_token(TOKEN), http(404, "", headers=headers))
        with HostileServer(answer) as server:
            return examine(server.url, **keys), server

    def test_that_agrees(self, examine):
        """A Date of now is a tick."""
        visit, _ = self.visit(examine, {"Date": formatdate(usegmt=True)})

        assert visit.one("clock").level == "ok"

    @pytest.mark.parametrize(
        ("seconds", "way"), [(3600, "behind"), (-3600, "ahead of")]
    )
    def test_that_does_not(self, examine, seconds, way):
        """How far and which way is told; it is a warning, and the token comes."""
        date = formatdate(time.time() + seconds, usegmt=True)
        visit, server = self.visit(examine, {"Date": date})
        warning = visit.one("clock")

        assert warning.level == "warning"
        assert warning.message.endswith(f" s {way} the server's")
        assert abs(int(warning.message.split()[4]) - 3600) <= 5
        assert visit.one("token").level == "ok"
        assert posts(server) == 1

    def test_of_a_document_that_was_kept_on_the_way(self, examine):
        """An answer with an Age is as old as it says, and tells nothing."""
        date = formatdate(time.time() - 3600, usegmt=True)
        visit, _ = self.visit(examine, {"Date": date, "Age": "3600"})

        assert visit.one("clock").level == "note"

    def test_of_a_token_answer(self, examine):
        """Where nothing else told the time, the token request does."""
        date = formatdate(time.time() + 7200, usegmt=True)
        answer = answering(http(401, "", headers={"Date": date}))
        with HostileServer(answer) as server:
            visit = examine(server.url)

        assert visit.levels() == "ooosnwess"
        assert posts(server) == 1


class TestToken:
    def test_that_is_refused(self, examine):
        """The server's words, what they mean, what else they may mean."""
        with HostileServer(answering(REFUSED)) as server:
            visit = examine(server.url)
        error, memory = visit.of("token")

        assert visit.levels() == "ooosnness"
        assert visit.kinds() == {"refused"}
        assert error.message == (
            'generic refused the request: invalid_client "no such luck" (HTTP 401)'
        )
        assert error.hint
        assert error.hint.startswith("check client_id, the secret")
        assert re.fullmatch(r"for \d s ccflow remembers that, .*", memory.message)
        assert visit.one("lifetime").message == "not tried, since token failed"
        assert posts(server) == 1

    def test_that_is_refused_without_a_word(self, examine):
        """Each cause that would come with a text is named."""
        answer = answering(http(401, {"error": "invalid_client"}))
        with HostileServer(answer) as server:
            visit = examine(server.url)
        causes = [it.message for it in visit.of("cause")]
        hint = visit.of("token")[0].hint

        assert not any(str(hint) in it for it in causes)
        assert any("is registered for at the server" in it for it in causes)
        assert any("secret has expired" in it for it in causes)
        assert not any("assertion" in it or "key_id" in it for it in causes)
        assert len(causes) == len(set(causes)) > 4

    def test_that_was_refused_before(self, examine):
        """A remembered refusal is told as one, and the server is left alone."""
        with HostileServer(answering(REFUSED)) as server:
            examine(server.url)
            visit = examine(server.url)
        error = visit.one("token")

        assert error.kind == "refused"
        assert "(from memory: the server is asked again in" in error.message
        assert error.message.count(error.hint or "?") == 0
        assert posts(server) == 1

    def test_that_a_program_was_refused(self, examine, tmp_path):
        """What a fetch was refused is remembered here, and the other way round."""
        with HostileServer(answering(REFUSED)) as server:
            examine(server.url, timeout=5)
            directory = str(tmp_path / "s")
            profile = attrs.evolve(
                ccflow.load_profile("billing", config=tmp_path / "ccflow.toml"),
                cache=Cache(store="file", settings={"directory": directory}),
            )
            with pytest.raises(ccflow.TokenRefusedError) as caught:
                ccflow.TokenSource(profile).token()

        assert caught.value.retry_at is not None
        assert posts(server) == 1

    def test_that_is_refused_to_one_of_a_pair(self, examine, monkeypatch):
        """The next one is not tried, and the door stays open for it."""
        monkeypatch.setenv("NEXT_SECRET", "another one")
        pair = [{"env": "BILLING_SECRET"}, {"env": "NEXT_SECRET"}]
        with HostileServer(answering(REFUSED)) as server:
            first = examine(server.url, client_secret=pair)
            second = examine(server.url, client_secret=pair)

        assert "another secret, which was not tried" in first.of("token")[1].message
        assert "from memory" not in second.of("token")[0].message
        assert posts(server) == 2

    @pytest.mark.parametrize(
        ("answer", "kind", "what"),
        [
            (http(500, "oops"), "unavailable", "cannot answer now"),
            (http(429, "", headers={"Retry-After": "9"}), "unavailable", "limits the"),
            (reset, "unavailable", "broke off the connection"),
            (
                http(200, "<h1>Sign in</h1>", {"Content-Type": "text/html"}),
                "response",
                "was not reached: something else answered",
            ),
            (http(200, {"ok": True}), "response", "answered without a token"),
            (http(400, {"error": "invalid_scope"}), "refused", "invalid_scope"),
        ],
        ids=["500", "429", "reset", "page", "no token", "scope"],
    )
    def test_that_does_not_come(self, examine, answer, kind, what):
        """One request, whatever comes of it; no cause of a login is named."""
        with HostileServer(answering(answer)) as server:
            visit = examine(server.url)

        assert visit.levels() == "ooosnness"
        assert visit.kinds() == {kind}
        assert what in visit.of("token")[0].message
        assert visit.of("cause") == []
        assert posts(server) == 1

    def test_that_is_too_narrow_for_the_profile(self, examine):
        """With require_scope a shortfall is an error, as everywhere."""
        answer = answering(granted(scope="a"))
        with HostileServer(answer) as server:
            visit = examine(server.url, scope=["a", "b"], require_scope=True)

        assert visit.kinds() == {"refused"}
        assert "did not grant b" in visit.of("token")[0].message


class TestGrant:
    @pytest.mark.parametrize(
        ("members", "level", "what"),
        [
            ({"expires_in": 3600}, "ok", "lives for 3600 s"),
            ({"expires_in": 59}, "warning", "lives for 59 s only"),
            ({"expires_in": None}, "warning", "does not say how long"),
        ],
    )
    def test_lifetime(self, examine, members, level, what):
        """One that is short or not told should be better."""
        with HostileServer(answering(granted(**members))) as server:
            finding = examine(server.url).one("lifetime")

        assert finding.level == level
        assert what in finding.message

    @pytest.mark.parametrize(
        ("asked", "told", "levels", "what"),
        [
            ("a b", "b a", ["ok"], "granted: b a"),
            ("a b", None, ["ok"], "as asked for (RFC 6749 section 5.1)"),
            ("", None, ["ok"], "the answer does not name it"),
            ("", "a", ["ok"], "granted: a"),
            ("a b", "a", ["warning"], "b was not granted; granted: a"),
            ("a", "a c", ["ok", "note"], "granted: a c"),
        ],
    )
    def test_scope(self, examine, asked, told, levels, what):
        """What is missing is a warning, what is too much is a note."""
        with HostileServer(answering(granted(scope=told))) as server:
            found = examine(server.url, scope=asked).of("scope")

        assert [it.level for it in found] == levels
        assert found[0].message.endswith(what)


class TestApi:
    def visit(self, examine, answer, path="/api/x?key=1", **keys):
        with HostileServer(answering(a_token(TOKEN), api=answer)) as server:
            order = Order(api=Api(url=f"{server.url}{path}"))
            keys = {"api_origins": [server.url], **keys}
            return examine(server.url, order=order, **keys), server

    def test_that_takes_the_token(self, examine):
        """It gets the token, once, and its address is told without the query."""
        visit, server = self.visit(examine, http(200, b"x" * 3_000_000))
        sent = server.journal[-1]

        assert visit.one("api").message == (
            f"{server.url}/api/x took the token, and answered 200"
        )
        assert sent.header("authorization") == f"Bearer {TOKEN}"
        assert sent.target == "/api/x?key=1"
        assert posts(server) == 1

    @pytest.mark.parametrize(
        ("status", "challenge", "kind", "what", "hint"),
        [
            (401, None, "refused", "with 401", "does not say why"),
            (401, 'Basic realm="x"', "refused", "with 401", "asks for Basic"),
            (401, "Bearer", "refused", "with 401", "no token came"),
            (401, "DPoP algs=x", "refused", "with 401", "wants a DPoP proof"),
            (
                401,
                'Bearer error="invalid_token", error_description="wrong audience"',
                "refused",
                'with 401: invalid_token "wrong audience"',
                "that audience or resource name this API",
            ),
            (403, None, "refused", "did not allow it: 403", "role or policy"),
            (
                403,
                'Bearer error="insufficient_scope", scope="invoices.write"',
                "refused",
                "did not allow it: 403: insufficient_scope",
                "wants the scope invoices.write: add it",
            ),
            (
                403,
                'Bearer error="insufficient_scope"',
                "refused",
                "insufficient_scope",
                "too little scope",
            ),
            (503, None, "unavailable", "failed with 503", "not about the token"),
            (407, None, "response", "a proxy answered", "HTTPS_PROXY"),
        ],
    )
    def test_that_does_not(self, examine, status, challenge, kind, what, hint):
        """Its own words are told, and what they mean; the token is not asked again."""
        headers = {} if challenge is None else {"WWW-Authenticate": challenge}
        visit, server = self.visit(examine, http(status, "", headers))
        error = visit.one("api")

        assert (error.level, error.kind) == ("error", kind)
        assert what in error.message
        assert hint in (error.hint or "")
        assert len(server.journal) == 4  # two questions for metadata before
        assert posts(server) == 1

    @pytest.mark.parametrize("status", [302, 404, 405])
    def test_that_has_nothing_there(self, examine, status):
        """That is a warning: the token was not what it was about."""
        headers = {"Location": "https://login.example/"}
        visit, _ = self.visit(examine, http(status, "", headers))

        assert visit.one("api").level == "warning"
        assert str(status) in visit.one("api").message

    def test_that_shows_the_token_back(self, examine):
        """What an API echoes is not quoted."""
        challenge = f'Bearer error="invalid_token", error_description="got {TOKEN}"'
        visit, _ = self.visit(examine, http(401, "", {"WWW-Authenticate": challenge}))

        assert "invalid_token" in visit.one("api").message

    def test_that_the_profile_does_not_allow(self, examine):
        """The token goes where it may only, and that is the fault of the profile."""
        origins = ["https://api.example.com"]
        visit, server = self.visit(examine, http(200), api_origins=origins)

        assert visit.kinds() == {"config"}
        assert "api_origins has only https://api.example.com" in (
            visit.one("api").message
        )
        assert all("/api" not in it.target for it in server.journal)

    def test_over_plain_http_elsewhere(self, examine):
        """Nobody else may see it on the way."""
        with HostileServer(GOOD) as server:
            order = Order(api=Api(url="http://api.example.com/"))
            visit = examine(server.url, order=order, api_origins=None)

        assert "plain http" in visit.one("api").message

    def test_that_is_not_trusted(self, examine, tmp_path):
        """The authority of an API is named by the option, not in the profile."""
        context = server_context()
        with (
            HostileServer(GOOD) as server,
            HostileServer(http(200), context=context) as api,
        ):
            untrusted = Api(url=f"{api.url}/x")
            trusted = attrs.evolve(untrusted, ca_file=write_ca_file(tmp_path))
            keys = {"api_origins": [api.url]}
            bad = examine(server.url, order=Order(api=untrusted), **keys)
            good = examine(server.url, order=Order(api=trusted), **keys)

        assert bad.one("api").kind == "unavailable"
        assert bad.one("api").hint == "name the authority to trust with --ca-file"
        assert good.one("api").level == "ok"
        assert len(api.journal) == 1

    def test_that_is_not_there(self, examine):
        """It is the option that names it."""
        with HostileServer(GOOD) as server:
            api = Api(url="https://api.invalid/x")
            order = Order(api=api)
            visit = examine(server.url, order=order, api_origins=None)

        assert visit.kinds() == {"unavailable"}
        assert "check its spelling in --url" in (visit.one("api").hint or "")

    def test_without_a_token(self, examine):
        """It is not called, and says why."""
        with HostileServer(answering(REFUSED)) as server:
            order = Order(api=Api(url=f"{server.url}/api"))
            visit = examine(server.url, order=order)

        assert visit.one("api").message == "not tried, since token failed"


class TestEncodings:
    """A server that does not decode the Basic header."""

    TRY = Order(try_encodings=True)

    @pytest.fixture
    def server(self):
        from base64 import b64encode

        right = f"Basic {b64encode(f'billing:{SECRET}'.encode()).decode()}"

        def post(line, request):
            good = request.header("authorization") == right
            return a_token(TOKEN) if good else REFUSED

        with HostileServer(answering(post)) as server:
            yield server

    def test_that_would_differ(self, examine, server):
        """It is said that the encoding may be it; nothing more is sent unasked."""
        visit = examine(server.url)
        cause = visit.of("cause")[-1]

        assert "it was sent as 'form'" in cause.message
        assert "--try-encodings tries 'raw', once" in (cause.hint or "")
        assert posts(server) == 1

    def test_that_are_tried(self, examine, server):
        """The second login is announced, made once, and says what to set."""
        visit = examine(server.url, order=self.TRY)
        before, after = visit.of("encoding")

        assert (before.level, after.level) == ("note", "ok")
        assert before.message.endswith("basic_encoding = 'raw': a second login")
        assert after.hint == ('set basic_encoding = "raw" in [profiles.billing.quirks]')
        assert visit.kinds() == {"refused"}
        assert visit.one("scope").message == "not tried, since token failed"
        assert posts(server) == 2

    def test_that_are_announced_before(self, examine, server):
        """When the announcement comes, the second login has not been made."""
        from ccflow.doctor.examination import examine as steps

        examine(server.url, client_secret={"env": "NOT_SET"})  # for its file
        examine(server.url, order=Order(asked=Asked(scope=("x",))))
        server.journal.clear()
        path = examine.directory / "ccflow.toml"
        for finding in steps("billing", path, order=self.TRY):
            if finding.step == "encoding":
                break

        assert posts(server) == 1

    def test_that_are_both_wrong(self, examine, server, monkeypatch):
        """Then it is not that, and no third login is made."""
        monkeypatch.setenv("BILLING_SECRET", "wr%ng")
        visit = examine(server.url, order=self.TRY)

        assert [it.level for it in visit.of("encoding")] == ["note", "error"]
        assert posts(server) == 2

    def test_that_are_the_same(self, examine, server, monkeypatch):
        """Then nothing is tried, for it would be the same again."""
        monkeypatch.setenv("BILLING_SECRET", "wrong")
        visit = examine(server.url, order=self.TRY)
        told = examine(f"{server.url}/")

        assert visit.one("encoding").level == "skipped"
        assert "sends the same" in visit.one("encoding").message
        assert "both ways are the same here" in told.of("cause")[-1].message
        assert posts(server) == 2

    @pytest.mark.parametrize(
        ("keys", "answer", "why"),
        [
            ({}, GOOD, "not needed"),
            ({}, answering(http(500)), "it is not about the credential"),
            (
                {"token_endpoint_auth_method": "client_secret_post"},
                answering(REFUSED),
                "client_secret_post knows one way to write the secret",
            ),
        ],
        ids=["good", "down", "post"],
    )
    def test_that_make_no_difference(self, examine, keys, answer, why):
        """There is one login, and why there is no other is told."""
        with HostileServer(answer) as server:
            visit = examine(server.url, order=self.TRY, **keys)

        assert visit.one("encoding").level == "skipped"
        assert visit.one("encoding").message == why
        assert posts(server) == 1

    def test_that_are_not_come_to(self, examine):
        """The step is there all the same, and says why it is skipped."""
        visit = examine("https://id.invalid", order=self.TRY)

        assert visit.one("encoding").message == "not tried, since dns failed"

    def test_that_a_remembered_refusal_forbids(self, examine, server):
        """The lockout guard is not gone around."""
        examine(server.url)
        visit = examine(server.url, order=self.TRY)

        assert visit.one("encoding").message == (
            "a refusal is remembered: no second login"
        )
        assert posts(server) == 1


def test_findings_can_be_told_as_json(examine):
    """Whatever a server says, each finding is text."""
    answer = answering(http(401, {"error": "a\u0000\ud800", "error_description": 5}))
    with HostileServer(answer) as server:
        visit = examine(server.url)

    assert json.dumps([attrs.asdict(it) for it in visit.findings])
