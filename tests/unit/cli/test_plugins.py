"""Plugins as the command line meets them: installed packages, good and broken."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest

from ccflow.plugin import registry

from .conftest import clean


PROVIDER = """
    from ccflow.plugin import Provider, hookimpl
    print("hello from a plugin")

    @hookimpl
    def ccflow_providers():
        print("asked")
        return [
            Provider("loud", "https://id.acme.example/token", {}, ("private_key_jwt",))
        ]
"""
READER = """
    from ccflow.plugin import SecretReader, hookimpl

    def read(reference, directory):
        print("reading")
        return "s"

    @hookimpl
    def ccflow_secret_readers():
        return [SecretReader("vault", read)]
"""
PROFILE = """
    [profiles.billing]
    token_endpoint = "https://id.acme.example/token"
    client_id = "us"
    client_secret = { vault = "a" }
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package where it is found as an installed one; what is loaded is new."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    for kind in ("PROVIDERS", "SECRET_READERS", "TOKEN_STORES"):
        monkeypatch.setattr(getattr(registry, kind), "_loaded", {})

    def install(group, name, source):
        module = f"a_plugin_{name}"
        (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        info = site / f"{name}_plugin-1.2.dist-info"
        info.mkdir()
        points = f"[ccflow.{group}]\n{name} = {module}\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        metadata = f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.2\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        return site / f"{module}.py"

    return install


class TestList:
    @pytest.fixture(autouse=True)
    def installed(self, install):
        """One of each kind, two of them broken."""
        install("providers", "loud", PROVIDER)
        install("secret_readers", "vault", READER)
        install("token_stores", "hall", "raise ImportError('no marble')")
        install("emulators", "exits", "raise SystemExit(3)")

    def test_all_kinds_are_listed(self, run):
        """Below the providers stands what else plugins offer, and why it is broken."""
        out = run("providers").out
        _, readers, stores, emulators = out.split("\n\n")

        assert readers.splitlines()[0] == "secret readers of plugins"
        assert readers.splitlines()[2].split() == [
            *("vault", "vault-plugin", "1.2", "ready")
        ]
        assert stores.startswith("token stores of plugins")
        assert (
            "broken  the store 'hall' of hall-plugin is broken: ImportError" in stores
        )
        assert emulators.startswith("emulators of plugins")
        assert "'exits' of exits-plugin is broken: SystemExit: 3; " in emulators

    def test_json_is_the_providers(self, run):
        """What a plugin prints is no result; the array is one of providers."""
        result = run("providers", "--json")
        rows = {row["name"]: row for row in result.json()}

        assert rows["loud"]["state"] == "ready"
        assert not {"vault", "hall", "exits"} & rows.keys()
        assert result.err == "hello from a plugin\nasked\n"

    def test_json_of_all(self, run):
        """Each kind under a key of its own."""
        told = run("providers", "--json", "--all").json()

        assert list(told) == [
            "providers",
            "secret_readers",
            "token_stores",
            "emulators",
        ]
        assert {row["name"] for row in told["providers"]} >= {"loud", "okta"}
        assert [
            (row["name"], row["distribution"], row["version"], row["state"])
            for kind in ("secret_readers", "token_stores", "emulators")
            for row in told[kind]
        ] == [
            ("vault", "vault-plugin", "1.2", "ready"),
            ("hall", "hall-plugin", "1.2", "broken"),
            ("exits", "exits-plugin", "1.2", "broken"),
        ]


def test_an_emulator_that_ends_the_process(run, install):
    """It is told as broken, with its package."""
    install("emulators", "exits", "raise SystemExit(3)")
    result = clean(run("emulate", "exits"))

    assert result.code == 2
    assert "'exits' of exits-plugin is broken: SystemExit: 3" in result.err


def test_a_provider_of_wrong_types(run, install):
    """It is the plugin's fault, and no bug of ours."""
    source = PROVIDER.replace('"https://id.acme.example/token"', "3")
    install("providers", "loud", source)
    result = clean(run("providers", "loud"))

    assert result.code == 2
    assert "'loud' of loud-plugin is broken: token_endpoint: expected" in result.err


def test_what_a_reader_prints_is_no_result(run, install, write):
    """The findings of a check stand alone on standard output."""
    install("secret_readers", "vault", READER)
    result = run("--config", write(PROFILE), "check", "billing", "--json")

    assert json.loads(result.out)
    assert result.err == "reading\n"


def test_debug_tells_of_a_reader(run, install, write):
    """Reading hushes warnings, which are findings, and not the trace of plugins."""
    install("secret_readers", "vault", READER)
    result = run("--debug", "--config", write(PROFILE), "check", "billing")

    assert "importing a_plugin_vault of vault-plugin" in result.err
    assert "ccflow_secret_readers offers vault" in result.err


def test_debug_tells_where_a_plugin_broke(run, install):
    """File and line, and nothing of what stands there."""
    file = install("providers", "loud", "\ntoken = 's3cr3t'; raise ImportError('x')")
    result = clean(run("--debug", "providers", "loud"))

    (told,) = [it for it in result.err.splitlines() if "raised at" in it]
    assert "ImportError: x" in told
    assert told.endswith(f"{file}, line 2")
    assert "s3cr3t" not in result.err


def test_help_is_a_result(run):
    """Whoever asks for it may read it through a pipe."""
    assert run("providers", "--help").out.startswith("Usage: ccflow providers")


def test_a_misspelt_name_of_a_file(run, write):
    """What a file describes may be meant, in a command and in a profile."""
    text = """
        [providers.deport]
        token_endpoint = "https://a.example/token"
        token_endpoint_auth_methods = ["client_secret_basic"]

        [profiles.billing]
        provider = "depot"
        client_id = "us"
        client_secret = { env = "S" }
    """
    file = write(text)

    for args in (("providers", "depo2"), ("show", "billing")):
        assert "did you mean 'deport'?" in run("--config", file, *args).err
