"""``ccflow show`` and ``ccflow profiles``."""

from __future__ import annotations

import tomllib

import pytest

from .conftest import SECRET
from .conftest import clean
from .conftest import profile_at


LAYERED = f"""
[defaults]
scope = "one two"
headers = {{ X-One = "{SECRET}" }}

[profiles.base]
provider = "okta"
domain = "acme.okta.com"
client_id = "base"
client_secret = {{ command = ["op", "re\\"ad"] }}

[profiles.billing]
extends = "base"
client_id = "billing"
ca_file = "ca.pem"
extra_parameters = {{ "odd name" = "{SECRET}", other = {{ env = "OTHER" }} }}

[profiles.billing.quirks]
basic_encoding = "raw"
scope_required = true
"""


def test_each_value_tells_where_it_came_from(run, write, monkeypatch):
    """The profile is TOML, and each line ends with a file and table or a variable."""
    monkeypatch.setenv("CCFLOW_BILLING__AUDIENCE", "api")
    config = write(LAYERED)
    result = run("show", "billing", "--config", config)
    origin = {
        line.split(" = ")[0]: line.split("  # ")[1]
        for line in result.out.splitlines()
        if "  # " in line and not line.startswith("#")
    }

    assert (result.code, result.err) == (0, "")
    assert origin["client_id"] == f"{config} [profiles.billing]"
    assert origin["provider"] == f"{config} [profiles.base]"
    assert origin["scope"] == f"{config} [defaults]"
    assert origin["headers.X-One"] == f"{config} [defaults]"
    assert origin["audience"] == "environment [CCFLOW_BILLING__AUDIENCE]"


def test_what_is_shown_is_a_profile(run, write, tmp_path):
    """It parses as TOML with the values in effect, references and masks."""
    result = run("show", "billing", "--config", write(LAYERED))
    shown = tomllib.loads(result.out)["profiles"]["billing"]

    assert SECRET not in result.out
    assert shown == {
        "provider": "okta",
        "domain": "acme.okta.com",
        "client_id": "billing",
        "client_secret": {"command": ["op", 're"ad']},
        "scope": ["one", "two"],
        "headers": {"X-One": "********"},
        "extra_parameters": {"odd name": "********", "other": {"env": "OTHER"}},
        "ca_file": str(tmp_path / "ca.pem"),
        "quirks": {"basic_encoding": "raw", "scope_required": True},
    }


def test_the_plan_is_shown(run, write):
    """The comments say what is sent, and which quirks are not the provider's."""
    out = run("show", "billing", "--config", write(LAYERED)).out

    assert "https://acme.okta.com/oauth2/default/v1/token" in out
    assert 'token_endpoint_auth_method = "client_secret_basic"' in out
    assert '#   quirks.basic_encoding = "raw"  # not what okta usually needs' in out
    assert "#   quirks.scope_required" not in out


def test_json_has_values_origins_and_plan(run, write):
    """--json gives the same to a program."""
    config = write(LAYERED)
    told = run("show", "billing", "--json", "--config", config).json()

    assert list(told) == ["name", "values", "origins", "plan", "problems"]
    assert told["values"]["client_secret"] == {"command": ["op", 're"ad']}
    assert told["origins"]["scope"] == f"{config} [defaults]"
    assert told["plan"]["scope"] == ["one", "two"]
    assert told["plan"]["quirks"] == {"basic_encoding": "raw"}
    assert told["problems"] == []


def test_a_missing_scope_is_told_and_the_rest_is_shown(run, write):
    """A profile whose scope a call must bring can be looked at."""
    text = LAYERED.replace('scope = "one two"', "")
    result = run("show", "billing", "--config", write(text))
    told = run("show", "billing", "--json", "--config", write(text)).json()

    assert result.code == 0
    assert "# nothing can be sent as it is:" in result.out
    assert told["plan"] is None
    assert "okta needs a scope" in told["problems"][0]


def test_the_provider_may_be_the_default(run, write):
    """A value that nobody set says so."""
    out = run(
        "show", "billing", "--config", write(profile_at("https://a.example/token"))
    ).out

    line = next(line for line in out.splitlines() if line.startswith("provider"))
    assert line.split() == ["provider", "=", '"generic"', "#", "the", "default"]


def test_an_unknown_profile_ends_with_2(run, write):
    """The nearest name is told."""
    result = clean(run("show", "biling", "--config", write(LAYERED)))

    assert result.code == 2
    assert "did you mean 'billing'?" in result.err


def test_profiles_lists_all_and_says_which_are_broken(run, write):
    """A profile that cannot be used is listed, with how to learn more."""
    config = write(LAYERED + "\n[profiles.odd]\nclient_id = 5\n")
    result = run("profiles", "--config", config)
    told = run("profiles", "--json", "--config", config).json()

    assert (result.code, result.err) == (0, "")
    assert [row["name"] for row in told] == ["base", "billing", "odd"]
    assert told[1] == {
        "name": "billing",
        "provider": "okta",
        "state": "ready",
        "origin": config,
    }
    assert told[2]["state"] == "broken"
    assert "run: ccflow check odd" in result.out


def test_no_profiles_is_no_error(run):
    """An empty list is a result; what to do stands on standard error."""
    result = run("profiles")

    assert (result.code, result.out) == (0, "")
    assert "ccflow.toml" in result.err
    assert run("profiles", "--json").json() == []


@pytest.mark.parametrize("command", ["profiles", "show", "check", "token"])
def test_the_variable_names_the_file(run, write, monkeypatch, command):
    """CCFLOW_CONFIG serves where --config is not given."""
    monkeypatch.setenv("CCFLOW_CONFIG", write("nonsense"))
    args = [command] if command == "profiles" else [command, "billing"]
    result = run(*args)

    assert result.code == 2
    assert "is not TOML" in result.out + result.err


def test_the_cache_is_shown_with_its_origins(run, write):
    """Where tokens are shared, secrets as references or masked, and who says so."""
    cache = f"""
    [cache]
    store = "redis"
    url = {{ env = "REDIS_URL" }}
    [profiles.billing.cache]
    encryption_key = "{SECRET}"
    """
    config = write(LAYERED + cache)
    result = run("show", "billing", "--config", config)
    told = run("show", "billing", "--json", "--config", config).json()

    assert SECRET not in result.out
    assert told["values"]["cache"] == {
        "store": "redis",
        "url": {"env": "REDIS_URL"},
        "encryption_key": "********",
    }
    assert told["origins"]["cache.store"] == f"{config} [cache]"
    assert told["origins"]["cache.encryption_key"] == f"{config} [profiles.billing]"
    shown = tomllib.loads(result.out)["profiles"]["billing"]
    assert shown["cache"] == told["values"]["cache"]


def test_no_cache_is_shown_as_the_file_says_it(run, write):
    """What keeps tokens in memory is false."""
    config = write(LAYERED.replace("ca_file", "cache = false\nca_file"))
    told = run("show", "billing", "--json", "--config", config).json()

    assert told["values"]["cache"] is False
    assert told["origins"]["cache"] == f"{config} [profiles.billing]"


def test_two_secrets_are_shown_as_two(run, write):
    """The current secret and the next, each as it may be seen."""
    pair = f'[{{ env = "ONE" }}, "{SECRET}"]'
    text = LAYERED.replace('{ command = ["op", "re\\"ad"] }', pair)
    result = run("show", "billing", "--config", write(text))

    assert f'client_secret = [{{ env = "ONE" }}, "{"*" * 8}"]' in result.out
