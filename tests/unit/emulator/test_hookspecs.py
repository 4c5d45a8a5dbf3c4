"""How dialects are found."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from types import SimpleNamespace

import attrs
import pytest

from ccflow.emulator import hookimpl
from ccflow.emulator import hookspecs
from ccflow.emulator import load_dialect
from ccflow.errors import ProviderError


class Distribution:
    def __init__(self, name):
        self.name = name


def offer(monkeypatch, *points):
    """Pretend that distributions offer emulators: (name, value, distribution)."""
    found = []
    for name, value, distribution in points:
        point = EntryPoint(name, value, hookspecs.GROUP)
        vars(point)["dist"] = Distribution(distribution)
        found.append(point)
    monkeypatch.setattr(hookspecs, "entry_points", lambda group: found)


@pytest.fixture
def plugin(monkeypatch):
    """An importable module that offers what a test puts into ``offered``."""
    module = ModuleType("acme_dialect")
    module.offered = []

    @hookimpl
    def ccflow_emulators():
        return module.offered

    module.ccflow_emulators = ccflow_emulators
    monkeypatch.setitem(sys.modules, "acme_dialect", module)
    offer(monkeypatch, ("acme", "acme_dialect", "acme-plugin"))
    return module


class TestLoadDialect:
    @pytest.mark.parametrize("name", sorted(hookspecs.FIRST_PARTY))
    def test_first_party(self, name, monkeypatch):
        """Ours are found without a look at what is installed."""
        monkeypatch.setattr(hookspecs, "entry_points", None)

        assert name == load_dialect(name).name

    def test_first_party_map_is_the_one_of_the_distribution(self):
        """The short cut and the declaration say the same."""
        root = Path(__file__).parents[3]
        project = tomllib.loads((root / "pyproject.toml").read_text())["project"]

        assert project["entry-points"][hookspecs.GROUP] == hookspecs.FIRST_PARTY

    def test_plugin(self, plugin):
        """Of what a hook offers, the one with the name is taken."""
        okta = load_dialect("okta")
        plugin.offered = [okta, attrs.evolve(okta, name="acme")]

        assert load_dialect("acme").name == "acme"

    def test_unknown(self, plugin):
        """The nearest name is suggested."""
        with pytest.raises(
            ProviderError, match="no emulator 'octa'; did you mean 'okta'"
        ):
            load_dialect("octa")

    def test_nothing_near(self, plugin):
        """All names are listed."""
        with pytest.raises(
            ProviderError, match="there are acme, .*curity, .*okta, oracle"
        ):
            load_dialect("zzz")

    def test_offered_twice(self, monkeypatch):
        """Both packages are named."""
        offer(monkeypatch, ("acme", "a", "one"), ("acme", "b", "two"))

        with pytest.raises(ProviderError, match="one and two"):
            load_dialect("acme")

    @pytest.mark.parametrize("value", ["1", "other, acme-plugin"])
    def test_switched_off(self, plugin, monkeypatch, value):
        """The variable for all plugins counts here, too."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", value)

        with pytest.raises(ProviderError, match="switches acme-plugin off"):
            load_dialect("acme")

    def test_variable_spares_our_own(self, monkeypatch):
        """Ours are no plugins of others."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "1")

        assert load_dialect("okta").name == "okta"

    def test_does_not_import(self, monkeypatch):
        """The module is missing: the distribution is to blame."""
        offer(monkeypatch, ("acme", "no_such_module_here", "acme-plugin"))

        with pytest.raises(ProviderError, match="of acme-plugin is broken: ModuleNot"):
            load_dialect("acme")

    def test_offers_nothing_of_that_name(self, plugin):
        """The hook answers, and not with this."""
        plugin.offered = [load_dialect("okta")]

        with pytest.raises(ProviderError, match="its hook offers okta"):
            load_dialect("acme")

    def test_offers_something_else(self, plugin):
        """The type of what is offered is checked."""
        plugin.offered = [SimpleNamespace(name="acme")]

        with pytest.raises(ProviderError, match="a SimpleNamespace, not a Dialect"):
            load_dialect("acme")

    def test_hook_raises(self, plugin):
        """What a hook raises is told, not raised."""
        plugin.offered = 1

        with pytest.raises(ProviderError, match="TypeError"):
            load_dialect("acme")

    @pytest.mark.parametrize("end", [SystemExit(3), BaseException("panic")])
    def test_hook_ends_the_process(self, plugin, end):
        """It does not; the emulator is told as broken."""

        class Offered:
            def __iter__(self):
                raise end

        plugin.offered = Offered()

        with pytest.raises(ProviderError, match="'acme' of acme-plugin is broken: "):
            load_dialect("acme")

    def test_one_of_two_is_switched_off(self, plugin, monkeypatch):
        """The other one is used, and the name is compared as package indexes do."""
        points = ("acme", "a", "rival.plugin"), ("acme", "acme_dialect", "acme-plugin")
        offer(monkeypatch, *points)
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "Rival_Plugin")
        plugin.offered = [attrs.evolve(load_dialect("okta"), name="acme")]

        assert load_dialect("acme").name == "acme"

    @pytest.mark.parametrize(
        "changes",
        [
            *({"name": 3}, {"token_path": None}, {"answer": "x"}, {"issuer": 5}),
            *({"samples": ("x",)}, {"samples": []}, {"fail": None}),
        ],
    )
    def test_a_wrong_type_is_the_plugins(self, changes):
        """A dialect is refused where it is made, not where it would be needed."""
        with pytest.raises(TypeError):
            attrs.evolve(load_dialect("okta"), **changes)

    def test_those_of_plugins_are_listed(self, monkeypatch):
        """What is not ours, and why something is not used."""
        offer(
            monkeypatch,
            ("okta", hookspecs.FIRST_PARTY["okta"], "ccflow-oauth"),
            ("curity", "evil", "evil"),
            ("acme", "acme_dialect", "acme-plugin"),
        )
        points = hookspecs.plugin_entry_points()

        assert [(it.name, hookspecs.disabled_reason(it)) for it in points] == [
            ("curity", "the name is reserved, and evil cannot take it"),
            ("acme", None),
        ]

    def test_no_hook(self, plugin):
        """A module without the hook."""
        del plugin.ccflow_emulators

        with pytest.raises(ProviderError, match="does not implement ccflow_emulators"):
            load_dialect("acme")

    def test_misspelt_hook(self, plugin):
        """A hook that nobody would ever call."""
        plugin.ccflow_emulator = plugin.ccflow_emulators

        with pytest.raises(ProviderError, match="unknown hook 'ccflow_emulator'"):
            load_dialect("acme")
