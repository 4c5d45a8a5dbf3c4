"""``ccflow conformance``: a report of the kit, for a person and as JSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ccflow.testing.conformance.checks import CHECKS
from ccflow.wire.clients import close_clients

from .conftest import clean


ACME = """
    [providers.acme]
    token_endpoint = "https://{host}/token"
    token_endpoint_auth_methods = ["client_secret_post"]
    documentation = ["https://acme.example/docs"]
    settings.host.help = "for example id.acme.example"
"""
# Each is well written, and is wrong all the same.
BROKEN = (
    ACME
    + """
    quirks.required_scopes = ["openid"]
    quirks.forbidden_scopes = ["openid"]
"""
)
WITHOUT = """
import sys
sys.modules["hypothesis"] = None
from ccflow.cli.main import main
sys.exit(main(["conformance", "okta"]))
"""


@pytest.fixture
def described():
    """Write a ccflow.toml in the working directory."""

    def described(text):
        Path("ccflow.toml").write_text(text, encoding="utf-8")

    return described


class TestReport:
    def test_one_line_for_each_check(self, run):
        """What holds, what nobody can say, and how many of each."""
        result = run("conformance", "auth0")
        lines = result.out.splitlines()

        assert (result.code, result.err) == (0, "")
        for check, line in zip(CHECKS, lines, strict=False):
            assert line.split()[1] == check.name
        assert lines[-1].endswith(" skipped")
        assert " 0 failed" in lines[-1]

    def test_as_json(self, run):
        """The same for a program."""
        told = run("conformance", "auth0", "--json").json()

        assert (told["provider"], told["ok"], told["exit_code"]) == ("auth0", True, 0)
        assert [it["name"] for it in told["checks"]] == [it.name for it in CHECKS]
        assert {it["state"] for it in told["checks"]} == {"passed", "skipped"}
        assert told["live"] is None

    def test_a_provider_of_a_file(self, run, described):
        """What a ccflow.toml describes is judged as well."""
        described(ACME)
        result = run("conformance", "acme")

        assert result.code == 2
        assert "ccflow.toml has no profile of acme" in result.out

    def test_what_fails_ends_with_2(self, run, described):
        """Each remark stands below its check."""
        described(BROKEN)
        result = run("conformance", "acme")
        told = run("conformance", "acme", "--json").json()
        failed = {it["name"] for it in told["checks"] if it["state"] == "failed"}

        assert result.code == told["exit_code"] == 2
        assert not told["ok"]
        assert {"consistency", "requests", "sample"} == failed
        assert "'openid' is in required_scopes and in forbidden_scopes" in result.out

    def test_an_unknown_one(self, run):
        """The nearest name is told."""
        result = clean(run("conformance", "otka"))

        assert result.code == 2
        assert "did you mean 'okta'?" in result.err

    def test_the_extra_is_named(self):
        """Without what it draws with, it says what to install."""
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT], capture_output=True, text=True
        )

        assert done.returncode == 2
        assert 'run: pip install "ccflow-oauth[testing]"' in done.stderr
        assert "Traceback" not in done.stderr


class TestLive:
    @pytest.fixture(autouse=True)
    def a_new_day(self, servers):
        """No connection, fault, or journal of the test before."""
        close_clients()
        for server in servers.values():
            server.behave()
            server.journal.clear()

    def test_one_token_request(self, run, okta):
        """And the metadata; nothing else is asked of the server."""
        told = run(
            *("conformance", "okta", "--live", "okta", "--json"),
            *("--config", okta.config),
        ).json()
        steps = {it["step"]: it["level"] for it in told["live"]}

        assert told["ok"], told["live"]
        assert steps["metadata"] == steps["token"] == "ok"
        okta.journal.assert_token_requests(1)
        assert {entry.method for entry in okta.journal} == {"GET", "POST"}

    def test_for_a_person(self, run, okta):
        """The findings stand below the checks."""
        result = run("conformance", "okta", "--live", "okta", "--config", okta.config)

        assert result.code == 0
        assert "a token of the type Bearer came" in result.out

    def test_a_refusal_ends_as_one(self, run, okta):
        """With the exit code of what the server said."""
        okta.tenant.clients, before = {}, okta.tenant.clients
        try:
            result = run(
                "conformance", "okta", "--live", "okta", "--config", okta.config
            )
        finally:
            okta.tenant.clients = before

        assert result.code == 3
        okta.journal.assert_token_requests(1)

    def test_a_profile_of_another_provider(self, run, okta):
        """Nothing is judged, and nothing is sent."""
        result = clean(
            run("conformance", "okta", "--live", "curity", "--config", okta.config)
        )

        assert result.code == 2
        assert "'curity' is of 'curity', not of 'okta'" in result.err
        okta.journal.assert_token_requests(0)
