"""
Imports point one way, and what decides about OAuth touches nothing.

Bottom files < protocol < plugin < config < secrets, keys < wire < engine < stores,
integrations, doctor < emulator < testing < cli. Imports inside functions and under
``TYPE_CHECKING`` count: an arrow is an arrow, whenever it is followed. Only names in
`import_module` escape, which the two lazy ``__init__`` modules use.
"""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest


ROOT: Final = Path(__file__).resolve().parent.parent

BOTTOM: Final = {
    "_version",
    "entry_point",
    "errors",
    "secret",
    "events",
    "store",
    "fork_wait",
    "process",
}
LAYERS: Final = (
    {"protocol"},
    {"plugin"},
    {"config"},
    {"secrets", "keys"},
    {"wire"},
    {"engine"},
    {"stores", "integrations", "doctor"},
    {"emulator"},
    {"testing"},
    {"cli"},
)
RANKS: Final = {room: rank for rank, rooms in enumerate(LAYERS, 1) for room in rooms}

EXCEPTIONS: Final = {
    # TokenSource.auth() is part of the contract; it imports httpx when called.
    ("ccflow.engine.source", "ccflow.integrations.httpx.make_auth"),
    # A source finds the store that its profile names when it first fetches.
    ("ccflow.engine.fetch", "ccflow.stores.store_for"),
}

PURE: Final = {
    *("attrs", "ccflow.errors", "ccflow.secret", "ccflow.protocol"),
    *("__future__", "collections.abc", "functools", "math", "re", "typing"),
    *("difflib",),
    *("base64", "hashlib", "hmac", "html", "ipaddress", "json"),
    *("email.utils", "urllib.parse"),
}
IMPURE_NAMES: Final = {("email.utils", "localtime"), ("email.utils", "make_msgid")}

TESTED: Final = {"protocol", "plugin", "config", "secrets", "keys", "wire", "engine"}


def room_of(name: str) -> str:
    """Return the part of ccflow that a module or name is in; "" for its root."""
    return name.partition(".")[2].partition(".")[0]


def rank_of(name: str) -> int:
    """Return how high it stands; the root and ``__main__`` are above everything."""
    room = room_of(name)
    return 0 if room in BOTTOM else RANKS.get(room, len(LAYERS) + 1)


def is_within(name: str, *packages: str) -> bool:
    return any(name == it or name.startswith(f"{it}.") for it in packages)


def complaints(module: str, name: str) -> Iterator[str]:
    """Say what is wrong with one module importing one name."""
    top, _, last = name.rpartition(".")
    owner, room, other = module.partition(".")[0], room_of(module), room_of(name)
    if is_within(name, "joserfc") and (owner, room) != ("ccflow", "keys"):
        yield "JOSE belongs in ccflow.keys"
    if is_within(name, "click", "rich") and (owner, room) != ("ccflow", "cli"):
        yield "only the extra cli installs that"
    if owner != "ccflow":
        yield from plugin_complaints(module, name)
        return
    if room == "protocol":
        if not is_within(name, *PURE) or (top, last) in IMPURE_NAMES:
            yield "that is not pure"
    if not is_within(name, "ccflow") or room == other:
        return
    # The command line may use what a person may: the public names.
    public = room == "cli" and rank_of(name) > len(LAYERS)
    bottom = {room, other} <= BOTTOM
    if rank_of(name) >= rank_of(module) and not (public or bottom):
        yield "that is not below it"
    if room == "emulator" and other in TESTED:
        yield "it is there to test that"


def plugin_complaints(module: str, name: str) -> Iterator[str]:
    """Our own providers go through the same doors as everybody's."""
    own, _, file = module.partition(".")
    if name.partition(".")[0] in sys.stdlib_module_names:
        return
    # A dialect is to test the provider beside it, and shares nothing with it.
    door = "ccflow.emulator" if file.startswith("dialect") else "ccflow.plugin"
    inside = name.startswith(f"{own}.")
    if inside and file.startswith("dialect") != room_of(name).startswith("dialect"):
        yield "a provider and its dialect share nothing"
    if not inside and not is_within(name, door):
        yield f"{door} is its only door"
    if is_within(name, "ccflow.plugin") and name.count(".") > 2:
        yield "that is behind the door of ccflow.plugin"


def imported_names(source: str, module: str = "") -> Iterator[str]:
    """Give the dotted name of everything that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports from .{node.module or ''}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> dict[str, str]:
    """Return the source of each module of the wheel, by its dotted name."""
    found = {}
    for base in (ROOT, ROOT / "providers"):
        for path in sorted(base.glob("ccflow*/**/*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = path.read_text(encoding="utf-8")
    return found


def all_complaints(sources: dict[str, str]) -> list[str]:
    return [
        f"{module} imports {name}: {complaint}"
        for module, source in sources.items()
        for name in imported_names(source, module)
        if (module, name) not in EXCEPTIONS
        for complaint in complaints(module, name)
    ]


def test_the_house_keeps_its_rules():
    """No module imports what it must not."""
    sources = modules()

    assert {"ccflow", "ccflow.protocol.plan", "ccflow_okta.dialect"} <= sources.keys()
    assert all_complaints(sources) == []


def first_imports(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Give the names that are imported when a module is, not when it is used."""
    for node in body:
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from first_imports(node.orelse)
            case ast.If() | ast.Try() | ast.With():
                yield from first_imports(ast.iter_child_nodes(node))


def import_graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """Return what each module has imported before it is there itself."""
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        graph[module] = needed = set()
        for name in first_imports(ast.parse(source).body):
            parts = name.split(".")
            # With a module come the packages that it is in, but not one's own.
            for length in range(1, len(parts) + 1):
                other = ".".join(parts[:length])
                if other in sources and not is_within(module, other):
                    needed.add(other)
    return graph


def test_no_order_of_imports_works_by_luck():
    """Each module can be the first: there are no circles."""
    graph = import_graph(modules())

    assert "ccflow.errors" in graph["ccflow.protocol.error"]
    graphlib.TopologicalSorter(graph).prepare()


def test_a_circle_is_seen():
    """Two modules that need each other are told, and a lazy import is none."""
    circle = {"a": "import b", "b": "if x:\n    from a import y"}
    lazy = {"a": "import b", "b": "def f():\n    import a"}

    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(import_graph(circle)).prepare()
    graphlib.TopologicalSorter(import_graph(lazy)).prepare()


def test_every_room_has_its_place():
    """A new room gets a rank here before anything lives in it."""
    rooms = {room_of(module) for module in modules() if is_within(module, "ccflow")}

    assert rooms <= {"", "__main__", *BOTTOM, *RANKS}


def test_every_exception_is_needed():
    """An exception that nothing uses any more is taken off the list."""
    arrows = {
        (module, name)
        for module, source in modules().items()
        for name in imported_names(source, module)
    }

    assert arrows >= EXCEPTIONS


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ccflow.secret", "from ccflow.protocol.plan import Plan"),
        ("ccflow.protocol.plan", "from ccflow.plugin import Provider"),
        ("ccflow.protocol.plan", "import ccflow"),
        ("ccflow.protocol.plan", "def f():\n    import time"),
        ("ccflow.protocol.plan", "from datetime import datetime"),
        ("ccflow.protocol.plan", "import urllib.request"),
        ("ccflow.protocol.plan", "from urllib import request"),
        ("ccflow.protocol.plan", "from email.utils import localtime"),
        ("ccflow.protocol.plan", "import os"),
        ("ccflow.protocol.plan", "import threading"),
        ("ccflow.protocol.plan", "from pathlib import Path"),
        ("ccflow.protocol.plan", "import httpx"),
        ("ccflow.protocol.plan", "import joserfc"),
        ("ccflow.plugin.registry", "from ccflow.config.profile import Profile"),
        ("ccflow.config.load", "from ccflow.secrets import read_secret"),
        ("ccflow.keys.load", "from ccflow.secrets import read_secret"),
        ("ccflow.secrets.env", "from ccflow.engine.source import TokenSource"),
        ("ccflow.engine.source", "from ccflow.stores.file import FileStore"),
        ("ccflow.engine.source", "if TYPE_CHECKING:\n    import ccflow.doctor"),
        ("ccflow.engine.source", "from ccflow import token"),
        ("ccflow.engine.exchange", "from ccflow.integrations.httpx import make_auth"),
        ("ccflow.integrations.httpx", "import ccflow.stores.file"),
        ("ccflow.doctor.steps", "from ccflow.emulator import emulate"),
        ("ccflow.doctor.steps", "import click"),
        ("ccflow.emulator.server", "from ccflow.protocol.url import origin_of"),
        ("ccflow.emulator.server", "from ccflow.config.profile import Profile"),
        ("ccflow.emulator.jws", "from ccflow.keys.load import load_key"),
        ("ccflow.emulator.jws", "from joserfc import jws"),
        ("ccflow.emulator.server", "from ccflow.cli.main import main"),
        ("ccflow.testing.pytest_plugin", "from ccflow.cli.main import main"),
        ("ccflow_okta", "from ccflow.protocol.quirks import Quirks"),
        ("ccflow_okta", "from ccflow.plugin.registry import PROVIDERS"),
        ("ccflow_okta", "import httpx"),
        ("ccflow_okta.explanations", "from ccflow_curity import CURITY"),
        ("ccflow_okta.dialect", "from ccflow_okta import OKTA"),
        ("ccflow_okta.dialect", "from ccflow_okta.explanations import EXPLANATIONS"),
        ("ccflow_okta.dialect", "from ccflow.plugin import Quirks"),
        ("ccflow_okta.explanations", "from ccflow_okta.dialect import DIALECT"),
        ("ccflow_okta.explanations", "from ccflow.emulator import Dialect"),
    ],
)
def test_each_rule_bites(module, source):
    """A rule that lets its own counterexample through is no rule."""
    assert all_complaints({module: source})


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ccflow", "from ccflow.engine.source import TokenSource"),
        ("ccflow.__main__", "from ccflow.cli.main import main"),
        ("ccflow.events", "from ccflow.secret import Secret"),
        ("ccflow.protocol.plan", "from urllib.parse import quote"),
        ("ccflow.cli.main", "import ccflow"),
        ("ccflow.cli.main", "from ccflow import token"),
        ("ccflow_okta", "from ccflow_okta.explanations import EXPLANATIONS"),
        ("ccflow_okta.dialect", "from ccflow_okta.dialect_errors import FLAWS"),
    ],
)
def test_no_rule_bites_the_innocent(module, source):
    """What the design allows passes."""
    assert all_complaints({module: source}) == []
