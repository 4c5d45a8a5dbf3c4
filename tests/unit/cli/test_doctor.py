"""``ccflow doctor``: every step at real servers, as text and as JSON."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
import tomli_w

from ccflow.cli import findings as printing
from ccflow.cli.output import Output
from ccflow.doctor.finding import Finding
from ccflow.wire.clients import close_clients
from tests.support.hostile import HostileServer
from tests.support.hostile import http

from .conftest import SECRET
from .conftest import profile_at


PROVIDERS = ("curity", "okta", "oracle-idcs")
# What a profile of an emulator has ticked when all is well.
TICKS = {
    *("file", "profile", "origin", "plugin", "plan", "endpoint", "secret", "trust"),
    *("store", "dns", "tcp", "proxy", "tls", "metadata", "clock", "token"),
    *("lifetime", "scope"),
}


@pytest.fixture(autouse=True)
def a_new_day(servers):
    """No connection, fault, or journal of the test before."""
    close_clients()
    for server in servers.values():
        server.behave()
        server.journal.clear()


@pytest.fixture
def a_profile(tmp_path):
    """Write a profile of an emulator with some keys replaced; None takes one out."""

    def a_profile(server, name: str | None = None, **keys: Any) -> Path:
        home = Path(server.config).parent
        text = Path(server.config).read_text("utf-8")
        profile = tomllib.loads(text)["profiles"][name or server.provider]
        for key, value in profile.items():
            if isinstance(value, dict):
                profile[key] = {"file": str(home / value["file"])}
            elif key in {"ca_file", "certificate"}:
                profile[key] = str(home / value)
        values = {"api_origins": [server.url], **profile, **keys}
        kept = {key: value for key, value in values.items() if value is not None}
        path = tmp_path / "ccflow.toml"
        path.write_text(tomli_w.dumps({"profiles": {"billing": kept}}))
        path.chmod(0o600)
        return path

    return a_profile


@attrs.frozen
class Told:
    """What a program reads."""

    code: int
    err: str
    members: dict[str, Any]

    def levels(self, step: str) -> list[str]:
        return [it["level"] for it in self.members["findings"] if it["step"] == step]

    def text(self, step: str) -> str:
        return " ".join(
            f"{it['message']} {it['hint']}"
            for it in self.members["findings"]
            if it["step"] == step
        )

    def crossed(self) -> list[str]:
        found = self.members["findings"]
        return [it["step"] for it in found if it["level"] == "error"]

    def skipped(self) -> list[str]:
        found = self.members["findings"]
        return [it["step"] for it in found if it["level"] == "skipped"]


@pytest.fixture
def doctor(run):
    """Examine the profile of a file, and read what a program is told."""

    def doctor(config: Path, *options: str) -> Told:
        result = run("doctor", "billing", "--json", "--config", config, *options)
        told = result.json()

        assert list(told) == ["profile", "ok", "exit_code", "findings"]
        assert told["exit_code"] == result.code
        assert told["ok"] is (result.code == 0)
        for finding in told["findings"]:
            members = ["step", "level", "message", "hint", "exit_code"]
            assert list(finding) == members
            assert bool(finding["exit_code"]) is (finding["level"] == "error")
        return Told(result.code, result.err, told)

    return doctor


class TestAllWell:
    @pytest.mark.parametrize("name", PROVIDERS)
    def test_at_each_server(self, doctor, a_profile, servers, name):
        """Every step has a tick, the API too; one token was asked for."""
        server = servers[name]
        told = doctor(
            a_profile(server),
            *("--url", f"{server.api}/invoices", "--ca-file", server.ca_file),
        )
        levels = {it["level"] for it in told.members["findings"]}

        assert (told.code, told.err) == (0, "")
        assert levels == {"ok"}
        steps = {it["step"] for it in told.members["findings"]}
        assert steps == {*TICKS, "api_origins", "api"}
        assert "agrees on issuer, token endpoint, method" in told.text("metadata")
        assert [it.kind for it in server.journal] == ["other", "token", "api"]

    @pytest.mark.parametrize(
        ("server", "profile"),
        [
            ("okta", "okta-private-key-jwt"),
            ("okta", "okta-client-secret-jwt"),
            ("curity", "curity-basic"),
            ("oracle-idcs", "oracle-idcs-x5t"),
        ],
    )
    def test_with_each_way_to_authenticate(
        self, doctor, a_profile, servers, server, profile
    ):
        """What signs says by which name, and the document lists its algorithm."""
        told = doctor(a_profile(servers[server], profile))
        signs = profile != "curity-basic"

        assert (told.code, told.crossed()) == (0, [])
        assert told.levels("key") == (["ok"] if signs else [])
        assert ("algorithm" in told.text("metadata")) is signs
        servers[server].journal.assert_token_requests(1)

    def test_for_a_person(self, run, okta):
        """Each step is a line with a tick; what to do stands below it."""
        result = run("doctor", "okta", "--config", okta.config)
        lines = result.out.splitlines()

        assert (result.code, result.err) == (0, "")
        assert lines[1] == "✓ profile          okta loads; its provider is okta"
        assert "✓ token            a token of the type Bearer came" in lines
        (number,) = [n for n, line in enumerate(lines) if "! api_origins" in line]
        assert lines[number + 1].startswith(" " * 19 + "limit it: api_origins")
        assert lines[-1] == "no errors, 1 warning"
        okta.journal.assert_token_requests(1)


class TestRefused:
    @pytest.mark.parametrize("name", PROVIDERS)
    def test_with_a_wrong_secret(self, doctor, a_profile, servers, tmp_path, name):
        """One login, the words of the server, its console page; and 3."""
        (tmp_path / "wrong").write_text(SECRET)
        (tmp_path / "wrong").chmod(0o600)
        config = a_profile(servers[name], client_secret={"file": "wrong"})
        told = doctor(config)
        again = doctor(config, "--try-encodings")

        assert told.code == again.code == 3
        assert told.crossed() == again.crossed() == ["token"]
        assert told.skipped() == ["lifetime", "scope"]
        assert "invalid_client" in told.text("token")
        assert "from memory" in again.text("token")
        assert again.skipped() == ["encoding", "lifetime", "scope"]
        assert SECRET not in repr(told) + repr(again)
        servers[name].journal.assert_token_requests(1)

    def test_okta_says_what_else_it_may_be(self, doctor, a_profile, okta, tmp_path):
        """The causes that its table has for these words are named."""
        (tmp_path / "wrong").write_text(SECRET)
        told = doctor(a_profile(okta, client_secret={"file": "wrong"}))

        assert "compare it with Admin Console" in told.text("token")
        assert "Okta says the same for both" in told.text("cause")

    def test_with_a_wrong_kid(self, doctor, a_profile, okta):
        """The key is good here, and the server knows none by this name."""
        told = doctor(a_profile(okta, "okta-private-key-jwt", key_id="no-such"))

        assert (told.code, told.crossed()) == (3, ["token"])
        assert told.levels("key") == ["ok"]
        assert "kid no-such" in told.text("key")
        assert "Public Keys" in told.text("token")
        okta.journal.assert_token_requests(1)

    def test_with_another_key(self, doctor, a_profile, okta):
        """A key that is not registered is refused, and the hint names the pair."""
        name = Path(okta.config).with_name("oracle-idcs-private-key-jwt.key")
        other = {"private_key": {"file": str(name)}}
        told = doctor(a_profile(okta, "okta-private-key-jwt", **other))

        assert (told.code, told.crossed()) == (3, ["token"])
        assert "key_id and private_key must belong to a key" in told.text("token")
        okta.journal.assert_token_requests(1)

    def test_with_a_scope_that_is_not_there(self, doctor, a_profile, okta):
        """That is not about the login, and no cause of one is named."""
        told = doctor(a_profile(okta), "--scope", "no.such")

        assert (told.code, told.crossed()) == (3, ["token"])
        assert "invalid_scope" in told.text("token")
        assert told.levels("cause") == []
        okta.journal.assert_token_requests(1)


class TestNothingIsSent:
    def test_with_a_certificate_of_another_key(self, doctor, a_profile, servers):
        """The pair does not fit, and the server is spared."""
        server = servers["oracle-idcs"]
        home = Path(server.config).parent
        other = {"file": str(home / "okta-private-key-jwt.key")}
        told = doctor(a_profile(server, "oracle-idcs-x5t", private_key=other))

        assert (told.code, told.crossed()) == (2, ["key"])
        assert "does not belong to private_key" in told.text("key")
        assert told.text("token") == "not tried, since key failed None"
        assert len(server.journal) == 0

    def test_with_an_algorithm_that_the_key_has_not(self, doctor, a_profile, okta):
        """An RSA key does not sign with ES256."""
        algorithm = {"token_endpoint_auth_signing_alg": "ES256"}
        told = doctor(a_profile(okta, "okta-private-key-jwt", **algorithm))

        assert (told.code, told.crossed()) == (2, ["key"])
        assert len(okta.journal) == 0

    def test_to_a_server_of_an_unknown_authority(self, doctor, a_profile, okta):
        """TLS fails before anything is said, and that is 4."""
        told = doctor(a_profile(okta, ca_file=None))

        assert (told.code, told.crossed()) == (4, ["tls"])
        assert told.levels("tls") == ["error", "note"]
        assert "made by ccflow emulator" in told.text("tls")
        assert told.skipped() == ["metadata", "clock", "token", "lifetime", "scope"]
        assert len(okta.journal) == 0

    def test_of_a_profile_that_nobody_has(self, run, okta):
        """All that needs the server is skipped."""
        result = run("doctor", "nobody", "--config", okta.config)

        assert (result.code, result.err) == (2, "")
        assert "there is no profile 'nobody'" in result.out
        assert "- token            not tried, since profile failed" in result.out


class TestClock:
    @pytest.mark.parametrize("profile", ["okta", "okta-private-key-jwt"])
    def test_that_is_off(self, doctor, a_profile, okta, profile):
        """It is a warning; an assertion is made by the server's, so one will do."""
        okta.tenant.clock_offset = 7200.0
        told = doctor(a_profile(okta, profile))

        assert (told.code, told.crossed()) == (0, [])
        assert told.levels("clock") == ["warning"]
        assert "s behind the server's" in told.text("clock")
        assert ("assertions are made by" in told.text("clock")) is ("key" in profile)
        okta.journal.assert_token_requests(1)


class TestApi:
    def test_that_refuses(self, doctor, a_profile, okta, canned):
        """The API's no is 3 as well, and the token is asked for once."""
        canned.status = 403
        canned.headers = {
            "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="more"'
        }
        told = doctor(a_profile(okta, api_origins=[canned.url]), "--url", canned.url)

        assert (told.code, told.crossed()) == (3, ["api"])
        assert "it wants the scope more" in told.text("api")
        assert len(canned.requests) == 1
        okta.journal.assert_token_requests(1)

    def test_that_is_not_allowed(self, doctor, a_profile, okta, canned):
        """It does not get the token, and that is 2."""
        told = doctor(a_profile(okta), "--url", canned.url)

        assert (told.code, told.crossed()) == (2, ["api"])
        assert canned.requests == []

    @pytest.mark.parametrize(
        "options",
        [
            ("--url", "api.example.com"),
            ("--url", "ftp://api.example.com/"),
            ("--url", "https://joe:secret@api.example.com/"),
            ("--ca-file", "ca.pem"),
            ("--url", "https://api.example.com", "--ca-file", "nowhere.pem"),
        ],
        ids=["no scheme", "other scheme", "user", "no url", "no file"],
    )
    def test_that_is_none(self, run, okta, options):
        """What is typed wrongly is told before anything is done."""
        result = run("doctor", "okta", "--config", okta.config, *options)

        assert (result.code, result.out) == (2, "")
        assert "secret" not in result.err
        assert len(okta.journal) == 0


class TestEncodings:
    @pytest.fixture
    def special(self, servers, a_profile, tmp_path):
        """A secret that Oracle reads as it is, and a profile that encodes it."""
        server = servers["oracle-idcs"]
        config = a_profile(server, quirks={"basic_encoding": "form"})
        client_id = tomllib.loads(config.read_text())["profiles"]["billing"][
            "client_id"
        ]
        before = server.tenant.clients[client_id]
        server.tenant.clients[client_id] = attrs.evolve(before, secret=f"{SECRET}+%:/")
        (tmp_path / "special").write_text(f"{SECRET}+%:/")
        (tmp_path / "special").chmod(0o600)
        yield a_profile(
            server,
            client_secret={"file": "special"},
            quirks={"basic_encoding": "form"},
        )
        server.tenant.clients[client_id] = before

    def test_are_tried_when_it_is_asked_for(self, doctor, special, servers):
        """The other one helps; a second login is told of, on standard error too."""
        told = doctor(special, "--try-encodings")

        assert (told.code, told.crossed()) == (3, ["token"])
        assert told.levels("encoding") == ["note", "ok"]
        assert 'set basic_encoding = "raw"' in told.text("encoding")
        assert told.err == (
            "the same secret is sent again with basic_encoding = 'raw': a second "
            "login\n"
        )
        servers["oracle-idcs"].journal.assert_token_requests(2)

    def test_are_not_tried_else(self, doctor, special, servers):
        """What could be tried is told, and not done."""
        told = doctor(special)

        assert told.levels("encoding") == []
        assert "--try-encodings tries 'raw', once" in told.text("cause")
        servers["oracle-idcs"].journal.assert_token_requests(1)


class TestWorst:
    """The exit code of several crosses, and marks that every stream can take."""

    def test_is_the_highest(self, run, write, tmp_path):
        """A store that is broken and a server that is down end in 4."""
        (tmp_path / "full").write_text("no directory")
        cache = f'{{ store = "file", directory = "{tmp_path / "full"}" }}'
        with HostileServer(http(500, "oops")) as server:
            text = profile_at(f"{server.url}/token", cache=cache)
            text = text.replace(f'"{SECRET}"', '{ env = "CCFLOW_TEST_SECRET" }')
            config = write(text)
            result = run("doctor", "billing", "--config", config)
            missing = result.code
            config = write(text.replace('{ env = "CCFLOW_TEST_SECRET" }', '"abc"'))
            result = run("doctor", "billing", "--config", config)

        assert missing == 2
        assert "✗ store" in result.out
        assert result.code == 4
        assert sum(it.method == "POST" for it in server.journal) == 1

    @pytest.mark.parametrize(
        ("kind", "code"),
        [("config", 2), ("refused", 3), ("unavailable", 4), ("response", 5)],
    )
    def test_of_one(self, kind, code):
        """Each kind of error has the code that it has everywhere."""
        error = Finding("token", "error", "no", None, kind)
        warning = Finding("token", "warning", "hm", None, kind)

        assert printing.worst_of([warning]) == 0
        assert printing.worst_of([error, warning]) == code

    def test_marks_are_plain_where_they_must(self):
        """A stream that takes ASCII only gets ASCII."""
        content = io.BytesIO()
        stream = io.TextIOWrapper(content, encoding="ascii")
        for level in ("ok", "note", "warning", "error", "skipped"):
            printing.print_finding(Output(stream, stream), Finding("a", level, "b"))
        stream.flush()

        marks = [line[0] for line in content.getvalue().decode().splitlines()]
        assert marks == ["+", ".", "!", "x", "-"]

    def test_colours_are_for_terminals(self):
        """A terminal gets them, and the marks of its encoding."""

        class Terminal(io.StringIO):
            encoding = "utf-8"

            def isatty(self) -> bool:
                return True

        stream = Terminal()
        output = Output(stream, stream)
        from rich.console import Console

        output._rich = Console(file=stream, force_terminal=True, width=60)
        printing.print_finding(output, Finding("scope", "ok", "yes"))
        printing.print_finding(output, Finding("token", "error", "no", "do that"))

        assert "\x1b[32m✓ scope" in stream.getvalue()
        assert "\x1b[1;31m✗ token" in stream.getvalue()
