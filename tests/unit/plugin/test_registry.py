"""Plugins: only what is named is imported, and each failure names who failed."""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import attrs
import pytest

import ccflow.plugin
from ccflow.config.profile import Profile
from ccflow.errors import ProfileError
from ccflow.errors import ProviderError
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import SecretReader
from ccflow.plugin import Setting
from ccflow.plugin import catalogue
from ccflow.plugin import hookimpl
from ccflow.plugin import hookspecs
from ccflow.plugin.listing import list_providers
from ccflow.plugin.listing import list_secret_readers
from ccflow.plugin.listing import list_token_stores
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import RESERVED
from ccflow.plugin.registry import find_provider
from ccflow.plugin.registry import find_secret_reader
from ccflow.plugin.registry import find_token_store
from ccflow.plugin.token_store import StoreSetting
from ccflow.plugin.token_store import TokenStoreFactory
from ccflow.stores.memory import MemoryStore
from tests.support.plugins import Installed
from tests.support.plugins import offering


PYPROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def a_provider(name="acme"):
    return Provider(
        name=name,
        token_endpoint="https://{domain}/token",
        settings={"domain": Setting("the domain")},
        token_endpoint_auth_methods=("client_secret_basic",),
    )


@pytest.fixture
def installed(monkeypatch):
    """Nothing is installed but what a test adds; nothing is remembered."""
    return Installed(monkeypatch)


def told(name="acme", find=find_provider):
    with pytest.raises(ProviderError) as caught:
        find(name)
    return str(caught.value)


class TestFind:
    def test_the_one_that_is_named(self, installed):
        """A provider of a plugin is found by the name of its entry point."""
        installed.add("acme", offering(a_provider("other"), a_provider()))

        assert a_provider() == find_provider("acme")

    def test_only_what_is_named_is_imported(self, installed):
        """A plugin that nobody names costs nothing and can break nothing."""
        installed.add("acme", offering(a_provider()))
        installed.add("broken", lambda: 1 / 0, dist="ccflow-broken")
        find_provider("acme")
        find_provider("okta")

        assert ["acme"] == installed.loaded

    def test_a_hook_is_called_once(self, installed):
        """A plugin is asked when a profile first names it, and not again."""
        installed.add("acme", offering(a_provider()))
        for _ in range(3):
            find_provider("acme")

        assert ["acme"] == installed.loaded

    def test_a_plugin_installed_later_is_found(self, installed):
        """A failure is not remembered."""
        assert "there is no provider 'acme'" in told()
        installed.add("acme", offering(a_provider()))

        assert a_provider() == find_provider("acme")

    def test_a_profile_can_use_it(self, installed):
        """A profile that names a plugin's provider has its settings and template."""
        installed.add("acme", offering(a_provider()))
        profile = Profile.from_mapping(
            {
                "provider": "acme",
                "domain": "id.acme.example",
                "client_id": "c",
                "client_secret": {"env": "S"},
            }
        )

        assert "https://id.acme.example/token" == profile.plan()[1].token_endpoint

    def test_a_misspelt_name(self, installed):
        """The nearest name that is offered is told."""
        installed.add("acme", offering(a_provider()))

        assert "did you mean 'acme'?" in told("amce")
        assert "did you mean 'okta'?" in told("otka")

    def test_a_misspelt_name_of_a_file(self, installed):
        """A file may describe what was meant."""
        with pytest.raises(ProviderError, match="did you mean 'deport'"):
            find_provider("depot", ["deport"])

    def test_a_name_that_is_like_none(self, installed):
        """Where they are listed is told; they are too many for a line."""
        assert "`ccflow providers` lists what there is" in told("zzz")
        assert "there are command, env, file, keyring" in told(
            "zzz", find_secret_reader
        )


class TestNames:
    def test_reserved_names_are_ours(self):
        """Ours and those of the catalogue to come cannot be taken."""
        assert {"generic", *FIRST_PARTY, *catalogue.names()} <= RESERVED
        assert {"entra", "auth0", "keycloak", "zitadel"} <= RESERVED

    def test_first_party_is_what_is_declared(self):
        """The short cut past the scan agrees with the declared entry points."""
        declared = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]

        assert declared["ccflow.providers"] == FIRST_PARTY

    def test_first_party_is_what_is_installed(self):
        """The installed distribution declares the same."""
        points = importlib.metadata.entry_points(group="ccflow.providers")

        assert {
            point.name: point.value
            for point in points
            if point.dist is not None and point.dist.name == "ccflow-oauth"
        } == FIRST_PARTY

    @pytest.mark.parametrize("name", FIRST_PARTY)
    def test_first_party_has_the_right_name(self, name):
        """Each of ours offers what its entry point says."""
        assert name == find_provider(name).name

    @pytest.mark.parametrize("name", ["okta", "generic"])
    def test_ours_cannot_be_shadowed(self, installed, name):
        """A package that offers a name of ours is not even imported."""
        installed.add(name, offering(a_provider(name)), dist="evil")

        assert find_provider(name).documentation
        assert [] == installed.loaded

    def test_two_packages_with_one_name(self, installed):
        """Neither of two is taken silently; both are named."""
        installed.add("acme", offering(a_provider()), dist="ccflow-acme")
        installed.add("acme", offering(a_provider()), dist="another-acme")

        assert (
            "two packages offer the provider 'acme': another-acme and ccflow-acme"
        ) in told()
        assert [] == installed.loaded


class TestDisabled:
    @pytest.mark.parametrize(
        "value",
        ["1", " 1 ", "ccflow-acme", "x, ccflow-acme", "CCFlow_Acme", "ccflow.acme"],
    )
    def test_a_distribution_is_switched_off(self, installed, monkeypatch, value):
        """What is switched off is not imported, and the switch is named."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", value)
        installed.add("acme", offering(a_provider()))

        assert "CCFLOW_DISABLE_PLUGINS switches ccflow-acme off" in told()
        assert [] == installed.loaded

    @pytest.mark.parametrize("value", ["", "0", "ccflow", "acme", "ccflow-acme2"])
    def test_others_are_not(self, installed, monkeypatch, value):
        """Only whole names of distributions switch something off."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", value)
        installed.add("acme", offering(a_provider()))

        assert a_provider() == find_provider("acme")

    def test_ours_stay(self, monkeypatch):
        """Our own providers are no plugins in this sense."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "1")

        assert "okta" == find_provider("okta").name

    def test_it_decides_between_two(self, installed, monkeypatch):
        """Switching one of two packages off leaves the other."""
        installed.add("acme", offering(a_provider()), dist="ccflow-acme")
        installed.add("acme", lambda: 1 / 0, dist="another-acme")
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "another-acme")

        assert a_provider() == find_provider("acme")

    def test_two_are_switched_off(self, installed, monkeypatch):
        """Both are named."""
        installed.add("acme", offering(a_provider()), dist="ccflow-acme")
        installed.add("acme", lambda: 1 / 0, dist="another-acme")
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "1")

        assert "switches another-acme and ccflow-acme off" in told()


def raising():
    raise ImportError("No module named 'boto9'")


def misspelt():
    return offering(a_provider(), hook="ccflow_provider")


def half_misspelt():
    module = offering(a_provider())
    other = offering(hook="ccflow_secret_reader")
    module.ccflow_secret_reader = other.ccflow_secret_reader
    return module


def unmarked():
    return offering(a_provider(), kind=lambda function: function)


def taking_an_argument():
    module = types.ModuleType("a_plugin")

    @hookimpl
    def ccflow_providers(request):
        return []

    module.ccflow_providers = ccflow_providers
    return module


def nonsense():
    quirks = Quirks(request_headers={"A": "b\r\nc: d"})
    return offering(attrs.evolve(a_provider(), quirks=quirks))


def core_key():
    return offering(
        Provider(
            name="acme",
            token_endpoint="https://{scope}/token",
            settings={"scope": Setting("a scope")},
            token_endpoint_auth_methods=("client_secret_basic",),
        )
    )


def failing_hook():
    module = types.ModuleType("a_plugin")

    @hookimpl
    def ccflow_providers():
        raise RuntimeError("out of order")

    module.ccflow_providers = ccflow_providers
    return module


def returning(value):
    def module():
        made = types.ModuleType("a_plugin")

        @hookimpl
        def ccflow_providers():
            return value

        made.ccflow_providers = ccflow_providers
        return made

    return module


class Panic(BaseException):
    """What a module that is written in Rust raises when it panics."""


def leaving(end):
    def module():
        raise end

    return module


BROKEN = [
    (raising, "No module named 'boto9'"),
    (
        misspelt,
        "broken: it implements ccflow_provider, which is no hook; "
        "the hook is called ccflow_providers; ",
    ),
    (half_misspelt, "no hook; the hook is called ccflow_secret_readers; "),
    (
        lambda: offering(a_provider(), hook="zzz"),
        "it implements zzz, which is no hook; the hook is called ccflow_providers; ",
    ),
    (unmarked, "does not implement ccflow_providers"),
    (taking_an_argument, "request"),
    (core_key, "scope bear the names of profile keys"),
    (nonsense, "provider 'acme': quirks.request_headers.A: its value has a line br"),
    (failing_hook, "out of order"),
    (returning(["okta"]), "returned a str, not a Provider"),
    (returning("acme"), "returned a str, not a Provider"),
    (returning(3), "ccflow_providers returned a int, not a list"),
    (returning(a_provider()), "ccflow_providers returned a Provider, not a list"),
    (returning([a_provider(), a_provider()]), "its hook offers acme, acme"),
    (leaving(SystemExit(3)), "SystemExit: 3"),
    (leaving(Panic("the Rust\nwithin")), "Panic: the Rust within"),
    (returning([SecretReader("acme", str)]), "returned a SecretReader"),
    (returning([a_provider("other")]), "its hook offers other"),
    (returning([]), "its hook offers nothing"),
    (returning(None), "its hook offers nothing"),
]


class TestBroken:
    @pytest.mark.parametrize(("module", "why"), BROKEN)
    def test_it_says_which_distribution(self, installed, module, why):
        """A plugin that cannot be used is named with its reason and the way out."""
        installed.add("acme", module, dist="acme-tools")
        text = told()

        assert "the provider 'acme' of acme-tools is broken: " in text
        assert why in text
        assert "update or uninstall acme-tools" in text

    def test_an_optional_hook(self, installed):
        """A plugin may implement what only another version of ccflow knows."""
        module = offering(a_provider())
        later = offering(
            hook="ccflow_later", kind=functools.partial(hookimpl, optionalhook=True)
        )
        module.ccflow_later = later.ccflow_later
        installed.add("acme", lambda: module)

        assert find_provider("acme")

    def test_ctrl_c_is_no_fault_of_a_plugin(self, installed):
        """Whoever interrupts a long import wants to end."""
        installed.add("acme", leaving(KeyboardInterrupt()))

        with pytest.raises(KeyboardInterrupt):
            find_provider("acme")

    def test_it_is_a_problem_of_the_profile(self, installed):
        """A profile that names it is told so, with its other mistakes."""
        installed.add("acme", raising)
        with pytest.raises(ProfileError) as caught:
            Profile.from_mapping({"provider": "acme", "timeout": "x"})

        assert {"provider", "timeout"} <= {
            problem.key for problem in caught.value.problems
        }

    def test_it_disturbs_nobody_else(self, installed):
        """A broken neighbour is not even noticed."""
        installed.add("broken", raising, dist="ccflow-broken")
        installed.add("acme", offering(a_provider()))

        assert a_provider() == find_provider("acme")


class TestList:
    def test_how_each_stands(self, installed, monkeypatch):
        """``ccflow providers`` shows what is there, and why something is not used."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "switched-off")
        installed.add("acme", offering(a_provider()))
        installed.add("broken", raising, dist="ccflow-broken")
        installed.add("off", offering(a_provider("off")), dist="switched-off")
        installed.add("okta", offering(a_provider("okta")), dist="evil")
        installed.add("twice", offering(a_provider("twice")), dist="one")
        installed.add("twice", offering(a_provider("twice")), dist="two")
        monkeypatch.setattr(catalogue, "names", frozenset)
        found = [(it.name, it.distribution, it.state) for it in list_providers()]

        assert [
            ("acme", "ccflow-acme", "ready"),
            ("broken", "ccflow-broken", "broken"),
            ("generic", "ccflow-oauth", "built-in"),
            ("off", "switched-off", "disabled"),
            ("okta", "evil", "disabled"),
            ("twice", "one", "broken"),
            ("twice", "two", "broken"),
        ] == found
        assert {"1.2"} == {
            it.version for it in list_providers() if it.state != "built-in"
        }

    def test_two_of_one_name_are_both_named(self, installed):
        """Each of the rows says who is in its way."""
        installed.add("twice", offering(a_provider("twice")), dist="one")
        installed.add("twice", offering(a_provider("twice")), dist="two")
        reasons = [it.reason for it in list_providers() if it.name == "twice"]

        assert len(reasons) == 2
        assert all("offer the provider 'twice': one and two" in it for it in reasons)

    def test_one_of_two_that_is_switched_off(self, installed, monkeypatch):
        """The other one works, and so it is listed."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "one")
        installed.add("twice", offering(a_provider("twice")), dist="one")
        installed.add("twice", offering(a_provider("twice")), dist="two")
        found = [it for it in list_providers() if it.name == "twice"]

        assert [it.state for it in found] == ["disabled", "ready"]

    def test_a_broken_file_of_the_catalogue(self, monkeypatch, tmp_path):
        """It is broken, and one that says what to use instead is not."""
        (tmp_path / "bad.toml").write_text("[", encoding="utf-8")
        (tmp_path / "gone.toml").write_text("instead = 'use acme'", encoding="utf-8")
        (tmp_path / "slip.toml").write_text("tokn = 1", encoding="utf-8")
        monkeypatch.setattr(catalogue, "folder", lambda: tmp_path)
        monkeypatch.setattr(catalogue, "names", lambda: {"bad", "gone", "slip"})
        states = {it.name: it.state for it in list_providers()}

        assert [states[it] for it in ("bad", "gone", "slip")] == [
            *("broken", "unsupported", "broken"),
        ]

    def test_readers_and_stores_are_listed(self, installed, monkeypatch):
        """Those of plugins, with distribution, version, state and reason."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "switched-off")
        group, hook = "ccflow.secret_readers", "ccflow_secret_readers"
        vault = offering(SecretReader("vault", str), hook=hook)
        installed.add("vault", vault, dist="a-vault", group=group)
        installed.add("safe", vault, dist="switched-off", group=group)
        installed.add("env", vault, dist="evil", group=group)
        installed.add_store(TokenStoreFactory("hall", "make"), dist="a-hall")

        assert [
            (it.name, it.distribution, it.version, it.state)
            for it in [*list_secret_readers(), *list_token_stores()]
        ] == [
            ("env", "evil", "1.2", "disabled"),
            ("safe", "switched-off", "1.2", "disabled"),
            ("vault", "a-vault", "1.2", "ready"),
            ("hall", "a-hall", "1.2", "broken"),
        ]
        assert "make: expected a function" in str(list_token_stores()[0].reason)

    def test_what_was_loaded_is_not_loaded_again(self, installed):
        """A hook is called once in a process, whoever asks and however often."""
        installed.add("acme", offering(a_provider()))
        list_providers()
        find_provider("acme")
        list_providers()

        assert ["acme"] == installed.loaded

    def test_ours_are_built_in(self):
        """What comes with ccflow is listed as such."""
        found = {it.name: it.state for it in list_providers()}

        assert dict.fromkeys(("generic", *FIRST_PARTY), "built-in").items() <= (
            found.items()
        )


class TestSecretReaders:
    def test_a_reader_is_found_by_its_key(self, installed):
        """A reference with a plugin's key is read by that plugin."""
        reader = SecretReader("vault", lambda table, directory: "x")
        installed.add(
            "vault",
            offering(reader, hook="ccflow_secret_readers"),
            group="ccflow.secret_readers",
        )

        assert reader is find_secret_reader("vault")

    @pytest.mark.parametrize("key", ["env", "file", "command", "keyring"])
    def test_built_in_ones_cannot_be_shadowed(self, installed, key):
        """A package that offers a way of ours is not even imported."""
        installed.add(
            key,
            offering(SecretReader(key, str), hook="ccflow_secret_readers"),
            group="ccflow.secret_readers",
        )

        assert "reserved" in told(key, find_secret_reader)
        assert [] == installed.loaded

    def test_a_profile_can_use_one(self, installed):
        """A reference with a plugin's key is accepted without importing it."""
        installed.add(
            "vault",
            offering(SecretReader("vault", str), hook="ccflow_secret_readers"),
            group="ccflow.secret_readers",
        )
        profile = Profile.from_mapping(
            {
                "token_endpoint": "https://as.example.com/",
                "client_id": "c",
                "client_secret": {"vault": "kv/a", "field": "b"},
            }
        )

        assert "vault" == profile.client_secret.reader
        assert [] == installed.loaded


def a_factory(name="acme", **settings):
    return TokenStoreFactory(name, lambda texts, secrets: MemoryStore(), settings)


class TestTokenStores:
    def test_a_factory_is_found_by_its_name(self, installed):
        """A store of a plugin is found by the name of its entry point, and once."""
        factory = a_factory()
        installed.add_store(factory)

        assert [factory] * 3 == [find_token_store("acme") for _ in range(3)]
        assert ["acme"] == installed.loaded

    @pytest.mark.parametrize("name", ["memory", "file", "redis"])
    def test_ours_cannot_be_shadowed(self, installed, name):
        """A package that offers a store of ours is not even imported."""
        installed.add_store(a_factory(name), dist="evil")

        assert "reserved" in told(name, find_token_store)
        assert [] == installed.loaded

    def test_two_packages_with_one_name(self, installed):
        """Neither of two is taken silently; both are named."""
        installed.add_store(a_factory(), dist="ccflow-acme")
        installed.add_store(a_factory(), dist="another-acme")

        text = told("acme", find_token_store)

        assert "two packages offer the store 'acme': another-acme and ccflow-acme" in (
            text
        )
        assert [] == installed.loaded

    def test_switched_off(self, installed, monkeypatch):
        """The switch for plugins is one for stores as well."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "ccflow-acme")
        installed.add_store(a_factory())

        text = told("acme", find_token_store)

        assert "CCFLOW_DISABLE_PLUGINS switches ccflow-acme off" in text
        assert [] == installed.loaded

    @pytest.mark.parametrize(
        ("module", "why"),
        [
            (lambda: 1 / 0, "ZeroDivisionError"),
            (
                offering(a_factory(), hook="ccflow_token_store"),
                "the hook is called ccflow_token_stores",
            ),
            (offering(a_factory()), "does not implement ccflow_token_stores"),
            (
                offering(MemoryStore(), hook="ccflow_token_stores"),
                "returned a MemoryStore, not a TokenStoreFactory",
            ),
            (offering(a_factory("b"), hook="ccflow_token_stores"), "hook offers b"),
            (lambda: a_factory(encryption_key=StoreSetting("x")), "every store has"),
            (lambda: a_factory(store=StoreSetting("x")), "every store has"),
            (lambda: StoreSetting("x", pattern="("), "unterminated"),
        ],
    )
    def test_a_broken_one_says_which_distribution(self, installed, module, why):
        """A plugin that cannot be used is named with its reason and the way out."""
        installed.add("acme", module, dist="acme-tools", group="ccflow.token_stores")

        text = told("acme", find_token_store)

        assert text.startswith("the store 'acme' of acme-tools is broken: ")
        assert why in text
        assert text.endswith("update or uninstall acme-tools")


class TestAuthor:
    def test_one_import_is_enough(self):
        """All that an author needs is in ``ccflow.plugin``."""
        for name in ccflow.plugin.__all__:
            assert getattr(ccflow.plugin, name) is not None
        assert {"Provider", "Setting", "Quirks", "hookimpl", "rfc6749_error"} <= set(
            ccflow.plugin.__all__
        )
        assert {"TokenStore", "TokenStoreFactory", "Record", "StoreError"} <= set(
            ccflow.plugin.__all__
        )

    def test_hooks_only_register(self):
        """No hook takes an argument that pluggy could print."""
        specs = [
            value
            for name, value in vars(hookspecs).items()
            if name.startswith("ccflow_") and callable(value)
        ]

        assert specs
        for spec in specs:
            assert not inspect.signature(spec).parameters

    def test_importing_ccflow_imports_no_plugin(self):
        """Starting a program costs no plugin, ours included."""
        code = (
            "import sys, ccflow, ccflow.config.load\n"
            "print(*{'ccflow_okta', 'ccflow_curity'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True
        )

        assert ("", "\n") == (done.stderr, done.stdout)


class TestTrace:
    """What the log tells at DEBUG, which `ccflow --debug` shows."""

    def traced(self, caplog, find=find_provider, name="acme"):
        with caplog.at_level("DEBUG", "ccflow.plugin"):
            try:
                find(name)
            except ProviderError:
                pass
        return [record.getMessage() for record in caplog.records]

    def test_a_plugin_that_is_loaded(self, installed, caplog):
        """What is imported for which name, of whom, and what it offers."""
        installed.add("acme", offering(a_provider(), a_provider("acme-too")))

        assert self.traced(caplog) == [
            "the provider 'acme': importing ccflow_acme_0 of ccflow-acme",
            "the provider 'acme': ccflow_providers offers acme, acme-too",
        ]

    def test_a_plugin_that_is_broken(self, installed, caplog):
        """What it raised is told."""

        def broken():
            raise ImportError("no module of long ago")

        installed.add("acme", broken)
        told = self.traced(caplog)[-1]

        assert told.startswith("the provider 'acme': ImportError: no module of long ")
        line = broken.__code__.co_firstlineno + 1
        assert told.endswith(f"{__file__}, line {line}")

    def test_source_is_not_told(self, installed, caplog, tmp_path):
        """Only where it is: a line of source may have a secret in it."""
        file = tmp_path / "acme.py"

        def broken():
            compile('token = "s3cr3t', str(file), "exec")

        installed.add("acme", broken)
        told = self.traced(caplog)[-1]

        assert told.endswith(f", {file}, line 1")
        assert "s3cr3t" not in told

    def test_a_plugin_that_is_switched_off(self, installed, caplog, monkeypatch):
        """Why it is not loaded is told, even where another one is."""
        monkeypatch.setenv("CCFLOW_DISABLE_PLUGINS", "ccflow-rival")
        installed.add("acme", offering(a_provider()))
        installed.add("acme", offering(a_provider()), dist="ccflow-rival")

        assert self.traced(caplog)[0] == (
            "the provider 'acme' is not loaded: CCFLOW_DISABLE_PLUGINS switches "
            "ccflow-rival off"
        )

    def test_those_of_the_catalogue(self, caplog):
        """The file that is read."""
        catalogue.find.cache_clear()

        (told,) = self.traced(caplog, name="auth0")
        assert told.startswith("the provider 'auth0': reading ")
        assert told.endswith("auth0.toml")
