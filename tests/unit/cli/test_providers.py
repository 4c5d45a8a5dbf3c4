"""``ccflow providers`` and ``ccflow completion``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ccflow import __version__

from .conftest import COMMAND
from .conftest import clean


NAMES = ["curity", "entra", "generic", "keycloak", "okta", "oracle-idcs"]
ACME = """
    [providers.acme]
    token_endpoint = "https://{host}/token"
    token_endpoint_auth_methods = ["client_secret_post"]
    settings.host.help = "for example id.acme.example"
    explanations = [{ error = "acme_says_no", hint = "ask the desk" }]

    [providers.bad]
    token_endpiont = "https://x.example"
    token_endpoint_auth_methods = ["post"]

    [providers.gone]
    instead = "use acme"

    [profiles.billing]
    provider = "acme"
    host = "id.acme.example"
    client_id = "us"
    client_secret = { env = "S" }
"""


@pytest.fixture
def described():
    """A file that describes providers of its own, in the working directory."""
    file = Path.cwd() / "ccflow.toml"
    file.write_text(ACME, encoding="utf-8")
    return file


def test_all_are_listed(run):
    """Each provider has its distribution, version and state."""
    result = run("providers")
    told = run("providers", "--json").json()
    ours = {row["name"]: row for row in told if row["state"] == "built-in"}

    assert (result.code, result.err) == (0, "")
    assert {*NAMES} <= ours.keys()
    assert ours["generic"] == {
        "name": "generic",
        "distribution": "ccflow-oauth",
        "version": __version__,
        "state": "built-in",
        "reason": None,
        "file": None,
    }
    for name in [*NAMES, "google"]:
        assert f"\n{name} " in result.out


@pytest.mark.parametrize("name", NAMES)
def test_each_is_explained(run, name):
    """Settings, methods, quirks and hints come from the value itself."""
    result = run("providers", name)
    told = run("providers", name, "--json").json()

    assert (result.code, result.err) == (0, "")
    for setting in told["settings"]:
        assert setting["help"] in result.out
    for method in told["token_endpoint_auth_methods"]:
        assert method in result.out
    for quirk in told["quirks"]:
        assert f"{quirk} = " in result.out
    for hint in told["hints"]:
        assert hint["hint"] in result.out


def test_functions_are_shown_with_placeholders(run):
    """A token endpoint that is computed reads like a template."""
    told = run("providers", "okta", "--json").json()

    assert told["token_endpoint"] == (
        "https://{domain}/oauth2/{authorization_server}/v1/token"
    )
    assert told["settings"][0]["required"] is True
    assert told["settings"][1]["default"] == "default"


def test_it_says_who_offers_it(run):
    """The distribution with its version, as the list has it."""
    told = run("providers", "okta", "--json").json()

    assert told["distribution"] == f"ccflow-oauth {__version__}"
    assert f"offered by      ccflow-oauth {__version__}" in run("providers", "okta").out


def test_functions_are_named(run):
    """What data does not say is decided somewhere."""
    told = run("providers", "okta", "--json").json()

    assert told["functions"] == ["token_endpoint", "issuer", "check_request"]
    assert run("providers", "auth0", "--json").json()["functions"] == []


def test_choices_are_told(run):
    """A setting with few values names them, with what they put into the address."""
    told = run("providers", "entra").out

    assert "    china = login.chinacloudapi.cn" in told


def test_what_fits_is_told(run):
    """Pattern and corrections, as JSON as well; a pattern by its name."""
    told = run("providers", "auth0").out
    (setting,) = run("providers", "auth0", "--json").json()["settings"]

    assert "domain" == setting["name"]
    assert "HOST" == setting["pattern"]
    assert setting["corrections"]
    assert "    matches HOST" in told
    for mistake, correction in setting["corrections"].items():
        assert f"    not {mistake}: {correction}" in told


@pytest.mark.parametrize(
    ("kind", "title"),
    [("profile", "ccflow.toml"), ("provider", "A provider of ccflow, as data")],
)
def test_schemas_are_printed(run, kind, title):
    """For editors; they come with the package."""
    result = run("providers", "--schema", kind)

    assert (result.code, result.err) == (0, "")
    assert result.json()["title"] == title


class TestThoseOfAFile:
    def test_they_are_listed_with_the_file(self, run, described):
        """Good ones, broken ones with the first mistake, and those that say more."""
        told = {
            row["name"]: row
            for row in run("providers", "--json").json()
            if row["file"] is not None
        }

        assert {name: row["state"] for name, row in told.items()} == {
            "acme": "ready",
            "bad": "broken",
            "gone": "unsupported",
        }
        assert {row["file"] for row in told.values()} == {str(described)}
        assert "did you mean 'token_endpoint'? (and 1 more)" in told["bad"]["reason"]
        assert "use acme" in told["gone"]["reason"]
        assert str(described) in run("providers").out

    def test_one_is_explained_with_its_place(self, run, described):
        """As those that are installed are."""
        result = run("providers", "acme")

        assert (result.code, result.err) == (0, "")
        assert f"described in    {described} [providers.acme]" in result.out
        assert "ask the desk" in result.out

    def test_a_broken_one_tells_all(self, run, described):
        """Every mistake, with file and key."""
        result = clean(run("providers", "bad"))

        assert result.code == 2
        assert f"{described}: providers.bad.token_endpiont" in result.err
        assert (
            f"{described}: providers.bad.token_endpoint_auth_methods[0]" in result.err
        )

    def test_a_name_that_is_none(self, run, described):
        """Nobody could write it in a profile."""
        text = ACME.replace("providers.acme", "providers.Acme")
        described.write_text(text, encoding="utf-8")
        result = clean(run("providers", "Acme"))

        assert result.code == 2
        assert f"{described}: providers.Acme: is not a name for a" in result.err
        assert "Acme" in run("providers").out

    def test_another_file_can_be_named(self, run, described, tmp_path):
        """With --config, as everywhere."""
        moved = tmp_path / "other.toml"
        described.rename(moved)

        assert run("providers", "acme").code == 2
        assert run("providers", "--config", str(moved), "acme").code == 0

    def test_show_and_check_tell_the_place(self, run, described):
        """Whoever reads a profile sees where its provider comes from."""
        place = f"{described} [providers.acme]"

        assert f'provider_origin = "{place}"' in run("show", "billing").out
        assert (
            place == run("show", "billing", "--json").json()["plan"]["provider_origin"]
        )
        assert (
            f"its provider is acme, described in {place}" in run("check", "billing").out
        )

    def test_explain_knows_their_hints(self, run, described):
        """By the name of the provider."""
        told = run("explain", "acme_says_no", "--provider", "acme", "--json").json()

        assert told["hint"] == "ask the desk"

    def test_a_file_that_cannot_be_read_is_told(self, run, described):
        """The others are listed all the same."""
        described.write_text("[providers", encoding="utf-8")
        result = run("providers")

        assert result.code == 0
        assert f"{described}: is not TOML" in result.err
        assert "okta" in result.out


def test_an_unknown_one_ends_with_2(run):
    """The nearest name is told."""
    result = clean(run("providers", "otka"))

    assert result.code == 2
    assert "did you mean 'okta'?" in result.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run, shell):
    """The script calls ccflow back."""
    result = run("completion", shell)

    assert result.code == 0
    assert "_CCFLOW_COMPLETE" in result.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ccflow to", ["token"]),
        ("ccflow providers ok", ["okta"]),
        ("ccflow emulate or", ["oracle-idcs"]),
        ("ccflow --config {config} token curity-b", ["curity-basic"]),
        ("ccflow check --config {config} oracle-idcs-x", ["oracle-idcs-x5t"]),
        ("ccflow token --config /nowhere x", []),
    ],
)
def test_names_are_completed(okta, monkeypatch, words, expected):
    """Commands, profiles and providers complete; a broken file completes nothing."""
    words = words.format(config=okta.config)
    monkeypatch.setenv("_CCFLOW_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    done = subprocess.run(COMMAND, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.splitlines()[1::3] == expected
