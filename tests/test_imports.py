"""
What importing costs, that no module shadows a public name, and that names are there.

Each test asks a fresh interpreter, since this one has long imported everything.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from typing import Final

import httpcore
import httpx
import pytest


ROOT: Final = Path(__file__).resolve().parent.parent

HEAVY: Final = {
    *("asyncio", "concurrent", "dataclasses", "email", "importlib.metadata"),
    *("inspect", "json", "logging", "random", "socket", "ssl", "tomllib", "urllib"),
}


def ask(program: str, *arguments: str) -> Any:
    """Run a program in a fresh interpreter, and read the JSON that it prints."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CCFLOW_") and not key.lower().endswith("_proxy")
    }
    path = os.pathsep.join([str(ROOT), str(ROOT / "providers")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env=clean | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def imported_by(code: str) -> set[str]:
    """Return the modules that some code imports."""
    program = f"""
import sys
before = set(sys.modules)
{code}
after = set(sys.modules)
import json
print(json.dumps(sorted(after - before)))
"""
    return set(ask(program))


def tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


MAKE_PROFILE = """
import ccflow
profile = ccflow.Profile.from_mapping({
    "token_endpoint": "http://127.0.0.1:1/token",
    "client_id": "us",
    "client_secret": "secret",
    "timeout": 5,
})
"""

EVERY_MODULE = """
import importlib, pkgutil, ccflow
names = ["ccflow"] + [
    found.name
    for found in pkgutil.walk_packages(ccflow.__path__, "ccflow.")
    if not found.name.endswith("__main__")
]
"""


class TestCost:
    """`import ccflow` is to cost less than half of `import httpx`."""

    def test_import_ccflow_imports_next_to_nothing(self):
        """Itself, and the part of the standard library that typing needs."""
        modules = imported_by("import ccflow")

        assert tops(modules) - sys.stdlib_module_names == {"ccflow"}
        assert not modules & HEAVY
        assert {it for it in modules if it.startswith("ccflow")} <= {
            "ccflow",
            "ccflow._version",
        }

    def test_a_source_needs_no_client_yet(self):
        """httpx costs 50 ms, and a source may be made long before its first use."""
        modules = imported_by(MAKE_PROFILE + "ccflow.source(profile)")

        assert not tops(modules) & {"httpx", "httpcore", "anyio", "trio", "asyncio"}
        assert not tops(modules) & {"cryptography", "joserfc", "click", "rich"}

    def test_a_secret_needs_no_jose(self):
        """joserfc and cryptography cost 80 ms, and most profiles sign nothing."""
        fetch = "try: ccflow.token(profile)\nexcept ccflow.TokenUnavailableError: pass"
        modules = imported_by(MAKE_PROFILE + fetch)

        assert "httpx" in modules
        assert not tops(modules) & {"joserfc", "cryptography"}

    def test_emulators_are_not_imported_by_what_they_test(self):
        """Nor is the command line, by anybody but a person."""
        modules = imported_by("import ccflow.engine.source, ccflow.config.load")

        rooms = {name.split(".")[1] for name in modules if name.startswith("ccflow.")}
        assert not rooms & {"emulator", "cli", "doctor", "testing", "stores"}


class TestModules:
    def test_none_shadows_a_public_name(self):
        """Importing ``ccflow.engine.token`` must not turn `ccflow.token` into it."""
        program = f"""
import json, types
{EVERY_MODULE}
modules = [importlib.import_module(name) for name in names]
print(json.dumps([
    f"{{module.__name__}}.{{name}}"
    for module in modules
    for name in getattr(module, "__all__", ())
    if isinstance(getattr(module, name), types.ModuleType)
]))
"""

        assert ask(program) == []

    def test_every_public_function_works_after_every_import(self, tmp_path):
        """They are called, not only looked at."""
        file = tmp_path / "ccflow.toml"
        file.write_text(
            """
            [profiles.billing]
            token_endpoint = "http://127.0.0.1:1/token"
            client_id = "us"
            client_secret = { env = "BILLING_SECRET" }
            """,
            encoding="utf-8",
        )
        program = f"""
import asyncio, inspect, json, sys
{EVERY_MODULE}
for name in names:
    importlib.import_module(name)
{MAKE_PROFILE}
import httpx
file = sys.argv[1]
called = {{
    "auth": isinstance(ccflow.auth(profile), httpx.Auth),
    "load_profile": ccflow.load_profile("billing", config=file).name == "billing",
    "profiles": ccflow.profiles(file) == ["billing"],
    "reload": ccflow.reload() is None,
    "source": ccflow.source(profile) is ccflow.source(profile),
}}
with ccflow.client(profile) as client:
    called["client"] = type(client) is httpx.Client

async def main():
    async with ccflow.async_client(profile) as client:
        called["async_client"] = type(client) is httpx.AsyncClient
    try:
        await ccflow.atoken(profile)
    except ccflow.TokenUnavailableError as error:
        called["atoken"] = error.category == "network"

asyncio.run(main())
try:
    ccflow.token(profile)
except ccflow.TokenUnavailableError as error:
    called["token"] = error.category == "network"
functions = [
    name for name in ccflow.__all__ if inspect.isfunction(getattr(ccflow, name))
]
print(json.dumps([called, functions]))
"""

        called, functions = ask(program, str(file))
        assert sorted(called) == sorted(functions)
        assert all(called.values()), called


class TestPublicNames:
    def test_all_is_what_there_is(self):
        """``__all__``, ``dir()`` and what can be got are the same names."""
        program = """
import json, ccflow
own = [
    name for name, value in vars(ccflow).items()
    if getattr(value, "__module__", None) == "ccflow" and not name.startswith("_")
]
for name in ccflow.__all__:
    getattr(ccflow, name)
print(json.dumps([ccflow.__all__, dir(ccflow), own + list(ccflow._HOMES)]))
"""
        names, listed, defined = ask(program)

        assert names == sorted(set(names))
        assert names == listed
        assert names == sorted([*defined, "__version__"])

    @pytest.mark.parametrize(
        ("package", "homes", "prefix"),
        [("ccflow", "_HOMES", ""), ("ccflow.emulator", "_MODULES", "ccflow.emulator.")],
    )
    def test_type_checkers_are_told_the_truth(self, package, homes, prefix):
        """What a checker reads under TYPE_CHECKING is what an import gives."""
        file = ROOT.joinpath(*package.split("."), "__init__.py")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        told = {
            alias.name: node.module
            for block in tree.body
            if isinstance(block, ast.If)
            for node in block.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        program = f"import json, {package} as it; print(json.dumps(it.{homes}))"

        assert told == {name: prefix + home for name, home in ask(program).items()}

    @pytest.mark.parametrize("package", ["ccflow.plugin", "ccflow.emulator"])
    def test_all_of_a_package(self, package):
        """Every name that a package promises can be imported, and none twice."""
        program = (
            f"import json, {package} as it; "
            "print(json.dumps([it.__all__, [hasattr(it, n) for n in it.__all__]]))"
        )
        names, there = ask(program)

        assert len(set(names)) == len(names)
        assert all(there)

    def test_an_unknown_name_is_an_attribute_error(self):
        """As of any module, so that `hasattr` and `from ccflow import x` work."""
        program = "import json, ccflow; print(json.dumps(hasattr(ccflow, 'tokn')))"

        assert ask(program) is False


class _Watcher(httpcore.NetworkBackend):
    """Notes that it was asked, and refuses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> Any:
        self.asked.append((host, port))
        raise httpcore.ConnectError("seen")


class TestInstalledHttpx:
    """
    ``engine/clients.py`` sets ``transport._pool._network_backend`` of httpx.

    There is no public way to give a whole request one deadline. Should an httpx
    release move it, these tests say so before a user's token request hangs.
    """

    @pytest.mark.parametrize(
        ("proxy", "asked"),
        [
            (None, ("id.example", 443)),
            ("http://proxy.example:3128", ("proxy.example", 3128)),
        ],
    )
    def test_every_connection_goes_through_the_backend(self, proxy, asked):
        """Directly, and to a proxy."""
        transport = httpx.HTTPTransport(proxy=proxy)
        assert isinstance(transport._pool._network_backend, httpcore.SyncBackend)
        watcher = transport._pool._network_backend = _Watcher()

        with (
            httpx.Client(transport=transport) as client,
            pytest.raises(httpx.ConnectError, match="seen"),
        ):
            client.get("https://id.example/")

        assert watcher.asked == [asked]

    def test_ours_is_in_its_place(self):
        """The client that asks for tokens has the backend that knows the deadline."""
        from ccflow.wire.clients import make_client
        from ccflow.wire.network import Network
        from ccflow.wire.trust import Trust

        with make_client(Trust()) as client:
            pool = client._transport._pool  # type: ignore[attr-defined]

            assert isinstance(pool._network_backend, Network)
