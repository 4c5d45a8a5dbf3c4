"""``ccflow check``: findings, as text and as JSON, and the exit code."""

from __future__ import annotations

import pytest

from .conftest import SECRET
from .conftest import profile_at


@pytest.mark.parametrize(
    "name", ["okta", "okta-org", "okta-client-secret-jwt", "curity", "oracle-idcs-x5t"]
)
def test_a_good_profile_ends_with_0_and_nothing_is_sent(run, okta, name):
    """Warnings are no errors, and the server hears nothing."""
    before = len(okta.journal)
    result = run("check", name, "--config", okta.config)

    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("no errors, 1 warning\n")
    assert "api_origins = [" in result.out
    assert len(okta.journal) == before


def test_json_has_the_findings(run, okta):
    """--json gives each finding its step, level, message, hint and exit code."""
    told = run("check", "okta", "--json", "--config", okta.config).json()

    assert (told["profile"], told["ok"]) == ("okta", True)
    for finding in told["findings"]:
        assert list(finding) == ["step", "level", "message", "hint", "exit_code"]


def test_errors_end_with_2_and_are_results(run, write):
    """All problems are told on standard output, none of them with the secret."""
    text = profile_at("https://a.example/token", timeout="0", scop="1")
    result = run("check", "billing", "--config", write(text))

    assert (result.code, result.err) == (2, "")
    assert "did you mean 'scope'?" in result.out
    assert "expected seconds above zero" in result.out
    assert result.out.endswith("2 errors, 2 warnings\n")
    assert SECRET not in result.out
    assert not run("check", "billing", "--json", "--config", write(text)).json()["ok"]


def test_what_cannot_be_sent_is_checked_all_the_same(run, write):
    """A scope that is missing hides neither a secret, nor a key, nor the proxy."""
    text = profile_at(
        "https://acme.okta.com/oauth2/v1/token",
        provider='"okta"',
        proxy='{ env = "CHECK_NOT_SET" }',
        ca_file='"nowhere.pem"',
    )
    result = run("check", "billing", "--config", write(text))

    assert (result.code, result.err) == (2, "")
    assert "okta needs a scope" in result.out
    assert "the variable CHECK_NOT_SET is not set" in result.out
    assert "ca_file" in result.out
    assert "3 errors" in result.out


def test_a_literal_secret_is_warned_of(run, write):
    """The warning names the reference to use instead."""
    text = profile_at("https://a.example/token")
    result = run("check", "billing", "--config", write(text))

    assert result.code == 0
    assert 'client_secret = { env = "BILLING_CLIENT_SECRET" }' in result.out
    assert SECRET not in result.out


def test_a_warning_of_the_log_is_told_once(run, write, tmp_path):
    """A secret file that others can read is a finding, and no second line."""
    secret = tmp_path / "secret"
    secret.write_text("abc\n")
    secret.chmod(0o644)
    text = profile_at("https://a.example/token").replace(
        f'"{SECRET}"', '{file="secret"}'
    )
    result = run("check", "billing", "--config", write(text))

    assert (result.code, result.err) == (0, "")
    assert f"chmod o-r {secret}" in result.out
