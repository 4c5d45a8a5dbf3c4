"""Whose what a profile names is."""

from __future__ import annotations

import importlib.metadata

import pytest

from ccflow.config.cache import Cache
from ccflow.config.profile import Profile
from ccflow.doctor.plugins import check_plugins
from ccflow.plugin import SecretReader
from ccflow.secret import SecretReference
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
    """Provider, reader and store each say who offers them; nothing is imported."""
    installed.add("acme", offering(), dist="ccflow-acme")
    reader = SecretReader(key="vault", read=lambda table, base: "")
    installed.add(
        "vault",
        offering(reader, hook="ccflow_secret_readers"),
        dist="ccflow-vault",
        group="ccflow.secret_readers",
    )
    installed.add("cupboard", offering(), group="ccflow.token_stores")
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
    assert installed.loaded == []


def test_what_is_switched_off_is_told(installed, monkeypatch):
    """The variable is a note, and a plugin that it switches off is nobody's."""
    installed.add("acme", offering())
    monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "ccflow-acme")

    assert told(Profile(name="billing", provider="acme")) == [
        ("note", "CCFLOW_DISABLE_PLUGINS=ccflow-acme switches plugins off")
    ]
