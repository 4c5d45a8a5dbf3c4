"""Whose what a profile names is."""

from __future__ import annotations

import importlib.metadata

import pytest

from ccflow.config.cache import Cache
from ccflow.config.profile import Profile
from ccflow.doctor.plugins import check_plugins
from ccflow.doctor.secrets import check_readable
from ccflow.plugin import Provider
from ccflow.plugin import SecretReader
from ccflow.plugin import TokenStoreFactory
from ccflow.secret import SecretReference
from ccflow.stores.memory import MemoryStore
from tests.support.plugins import Installed
from tests.support.plugins import offering


@pytest.fixture
def installed(monkeypatch):
    return Installed(monkeypatch)


def told(profile):
    return [(it.level, it.message) for it in check_plugins(profile)]


def test_our_own_providers_have_our_version(monkeypatch):
    """What comes with ccflow is of its version; no package is looked for."""
    monkeypatch.setattr(importlib.metadata, "entry_points", None)
    ((level, text),) = told(Profile(name="billing", provider="okta"))

    assert level == "ok"
    assert text.startswith("the provider okta comes with ccflow 0.")


def test_a_plugin_is_named_with_its_package(installed):
    """Provider, reader and store each say who offers them."""
    acme = Provider("acme", "https://a.example", {}, ("client_secret_basic",))
    installed.add("acme", offering(acme), dist="ccflow-acme")
    reader = SecretReader(key="vault", read=lambda table, base: "")
    installed.add(
        "vault",
        offering(reader, hook="ccflow_secret_readers"),
        dist="ccflow-vault",
        group="ccflow.secret_readers",
    )
    installed.add_store(TokenStoreFactory("cupboard", lambda *_: MemoryStore()))
    profile = Profile(
        name="billing",
        provider="acme",
        client_secret=SecretReference("vault", {"vault": "a"}),
        private_key=SecretReference("env", {"env": "A"}),
        cache=Cache(store="cupboard"),
    )

    assert told(profile) == [
        ("ok", "the provider acme is of ccflow-acme 1.2"),
        ("ok", "the secret reader vault is of ccflow-vault 1.2"),
        ("ok", "the store cupboard is of ccflow-acme 1.2"),
    ]


def test_a_broken_one_is_not_praised(installed):
    """The step that needs it says what is wrong; a tick before it would mislead."""
    installed.add(
        "vault",
        lambda: 1 / 0,
        dist="ccflow-vault",
        group="ccflow.secret_readers",
    )
    profile = Profile(
        name="billing",
        provider="okta",
        client_secret=SecretReference("vault", {"vault": "a"}),
    )

    assert [text for _, text in told(profile) if "vault" in text] == []


def test_reading_hides_no_trace(installed, caplog):
    """Only warnings are hushed while a secret is read: they are findings."""
    caplog.set_level("DEBUG", "ccflow")
    reader = SecretReader(key="vault", read=lambda table, base: "s")
    installed.add(
        "vault",
        offering(reader, hook="ccflow_secret_readers"),
        group="ccflow.secret_readers",
    )
    source = SecretReference("vault", {"vault": "a"})
    list(check_readable(Profile(name="billing", client_secret=source)))

    assert "the secret reader 'vault': ccflow_secret_readers offers vault" in (
        caplog.messages
    )


def test_what_is_switched_off_is_told(installed, monkeypatch):
    """The variable is a note, and a plugin that it switches off is nobody's."""
    installed.add("acme", offering())
    monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "ccflow-acme")

    assert told(Profile(name="billing", provider="acme")) == [
        ("note", "CCFLOW_DISABLE_PLUGINS=ccflow-acme switches plugins off")
    ]
