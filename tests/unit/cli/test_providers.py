"""``ccflow providers`` and ``ccflow completion``."""

from __future__ import annotations

import subprocess

import pytest

from ccflow import __version__

from .conftest import COMMAND
from .conftest import clean


NAMES = ["curity", "generic", "okta", "oracle-idcs"]


def test_all_are_listed(run):
    """Each provider has its distribution, version and state."""
    result = run("providers")
    told = run("providers", "--json").json()
    ours = [row for row in told if row["state"] == "built-in"]

    assert (result.code, result.err) == (0, "")
    assert sorted(row["name"] for row in ours) == NAMES
    assert ours[0] == {
        "name": "generic",
        "distribution": "ccflow-oauth",
        "version": __version__,
        "state": "built-in",
        "reason": None,
    }
    for name in NAMES:
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
