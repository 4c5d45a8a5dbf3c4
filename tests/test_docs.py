"""
The documentation, run and compared with the code.

The conventions, for README.md, providers/README.md and docs/:

- ``python`` blocks run in the order of their page, in one namespace. The profiles
  that they name are `PROFILES`, at the emulators. ``https://api.example.com`` and
  ``https://localhost:8401`` become the emulators' addresses; nothing else is
  changed. A page whose blocks hold tests is run by pytest as well.
- ``toml`` blocks are configurations: every profile is loaded and planned. One that
  begins with ``# pyproject.toml`` is a part of that file, and one that says how
  somebody answers is the description of an emulator.
- ``console`` blocks are commands that exist, each after ``$ ``.
- ``text`` blocks are for reading.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final
from typing import NamedTuple
from typing import get_args

import attrs
import pytest
import tomli_w

import ccflow
from ccflow import emulator
from ccflow import errors
from ccflow import events
from ccflow import plugin
from ccflow import store
from ccflow.config.cache import STORES
from ccflow.config.cache import Cache
from ccflow.config.cache import read_cache
from ccflow.config.origin import Origin
from ccflow.config.structure import LATER
from ccflow.emulator.hookspecs import FIRST_PARTY as EMULATORS
from ccflow.entry_point import DISABLE_VARIABLE
from ccflow.plugin import hookspecs
from ccflow.plugin import registry
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import CORE_KEYS
from ccflow.testing.store_ground import StoreGround
from ccflow_catalog.dialects.behaviour import make_dialect
from ccflow_catalog.dialects.reading import read_description


ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "providers" / "README.md",
    )
)
RUN: Final = [
    page for page in PAGES if page == "README.md" or page.startswith(("docs", "prov"))
]

WITH_TESTS: Final = [
    page
    for page in RUN
    if re.search(r"def test_|\(TokenStoreContract\)", (ROOT / page).read_text("utf-8"))
]
"""The pages whose blocks hold tests."""

PROFILES: Final = {
    "billing": "okta",
    "billing-jwt": "okta-private-key-jwt",
    "inventory": "curity",
    "payroll": "oracle-idcs",
    "payroll-certificate": "oracle-idcs-x5t",
}
"""The profiles that the pages name, and those of the emulators behind them."""

INTERNAL: Final = frozenset({"accepted", "refused", "replayed"})
"""What a source's own integrations call, and nobody else."""

PROGRAMS: Final = frozenset(
    {
        ".",
        "ccflow",
        "curl",
        "eval",
        "export",
        "keyring",
        "make",
        "openssl",
        "pip",
        "printf",
        "python",
        "python3",
        "umask",
        "unset",
    }
)
"""What a console block may call."""


class Block(NamedTuple):
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks_of(page: str, language: str) -> list[Block]:
    found = []
    text = read(page)
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, match[1], match[2]))
    return [block for block in found if block.language == language]


def all_blocks(language: str, pages: Iterable[str] = PAGES) -> list[Any]:
    return [
        pytest.param(block, id=f"{block.page}:{block.line}")
        for page in pages
        for block in blocks_of(page, language)
    ]


def prose_of(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)


def mentions(page: str, name: str) -> bool:
    """Say whether a page has a name as code, whole."""
    pattern = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return any(
        re.search(pattern, span) for span in re.findall(r"`[^`\n]+`", prose_of(page))
    )


def missing(page: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in {*names} if not mentions(page, name))


def public(thing: type) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def fields(thing: type[attrs.AttrsInstance]) -> list[str]:
    return [it.name for it in attrs.fields(thing) if not it.name.startswith("_")]


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, emulator.EmulatedServer]]:
    """The emulators of all pages, and ``docs.toml`` with the profiles of the pages."""
    directory = tmp_path_factory.mktemp("docs")
    with emulator.emulate(*EMULATORS, directory=directory) as running:
        profiles = tomllib.loads((directory / "ccflow.toml").read_text())["profiles"]
        profiles |= {name: profiles[other] for name, other in PROFILES.items()}
        docs = tomli_w.dumps({"profiles": profiles})
        (directory / "docs.toml").write_text(docs)
        yield {server.provider: server for server in running}


@pytest.fixture
def on_the_page(
    servers: Mapping[str, emulator.EmulatedServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """The environment that a reader of a page has, in a directory of its own."""
    import trustme

    okta = servers["okta"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCFLOW_CONFIG", str(Path(okta.config).with_name("docs.toml")))
    monkeypatch.setenv("SSL_CERT_FILE", okta.ca_file)
    monkeypatch.setenv("BILLING_CLIENT_SECRET", "not the secret")
    (tmp_path / "another-ca.pem").write_bytes(trustme.CA().cert_pem.bytes())
    ccflow.reload()
    yield tmp_path
    ccflow.reload()


@pytest.fixture
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget, before and after, what plugins of the pages offered."""

    def forget() -> None:
        for name in list(sys.modules):
            if name.startswith(("ccflow_acme", "ccflow_dictionary")):
                del sys.modules[name]

    monkeypatch.setattr(registry.PROVIDERS, "_loaded", {})
    monkeypatch.setattr(registry.TOKEN_STORES, "_loaded", {})
    forget()
    yield
    forget()


def install_plugin(page: str, directory: Path) -> None:
    """Install the provider or the store of a page as its entry point says."""
    text = "\n\n".join(
        block.text
        for block in blocks_of(page, "python")
        if ('name="acme"' in block.text and "hookimpl" in block.text)
        or re.search(
            r"^class DictionaryStore:|TokenStoreFactory", block.text, re.MULTILINE
        )
    )
    (metadata,) = [
        tomllib.loads(block.text)
        for block in blocks_of(page, "toml")
        if "entry-points" in block.text
    ]
    ((group, points),) = metadata["project"]["entry-points"].items()
    ((name, module),) = points.items()
    (directory / f"{module}.py").write_text(text)
    info = directory / f"{module}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: ccflow-{name}\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")


def at_the_emulators(text: str, servers: Mapping[str, emulator.EmulatedServer]) -> str:
    """Put the addresses of the emulators for those of the page."""
    okta = servers["okta"]
    hosts = {
        "https://api.example.com": okta.api,
        "https://localhost:8401": okta.url,
    }
    for host, address in hosts.items():
        text = text.replace(host, address)
    return text


class Outcomes(NamedTuple):
    """What pytest said of the tests of all pages."""

    of_module: Mapping[str, list[str]]
    output: str


def module_of(page: str) -> str:
    return f"test_{re.sub(r'[^a-z]', '_', page.lower())}"


@pytest.fixture(scope="module")
def tests_of_the_pages(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run pytest once, on a module for each page that has tests."""
    directory = tmp_path_factory.mktemp("pages")
    install_plugin("providers/README.md", directory)
    for page in WITH_TESTS:
        blocks = [block.text for block in blocks_of(page, "python")]
        (directory / f"{module_of(page)}.py").write_text("\n\n".join(blocks))
    (directory / "conftest.py").write_text(FEWER_EXAMPLES)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", str(directory)),
        ],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    of_module: dict[str, list[str]] = {}
    for module, outcome in re.findall(
        r"^(\w+)\.py::.* ([A-Z]+) ", done.stdout, re.MULTILINE
    ):
        of_module.setdefault(module, []).append(outcome)
    return Outcomes(of_module, done.stdout + done.stderr)


FEWER_EXAMPLES: Final = """
from hypothesis import settings

settings.register_profile("pages", max_examples=8, deadline=None)
settings.load_profile("pages")
"""


class TestPythonBlocks:
    @pytest.mark.parametrize(
        "page", [page for page in RUN if blocks_of(page, "python")]
    )
    def test_they_run(self, page, servers, on_the_page):
        """The Python blocks of a page run as a reader would run them."""
        if "import httpx2" in read(page):
            pytest.importorskip("httpx2")
        namespace: dict[str, Any] = {"__name__": "page"}
        for block in blocks_of(page, "python"):
            # The line numbers of a traceback are those of the page.
            text = "\n" * block.line + at_the_emulators(block.text, servers)
            code = compile(text, str(ROOT / page), "exec", dont_inherit=True)
            exec(code, namespace)

    @pytest.mark.parametrize("page", WITH_TESTS)
    def test_their_tests_pass(self, page, tests_of_the_pages):
        """The tests that a page shows are found by pytest, and pass."""
        outcomes = tests_of_the_pages.of_module.get(module_of(page), ())

        assert outcomes, tests_of_the_pages.output
        assert {*outcomes} <= {"PASSED", "SKIPPED"}, tests_of_the_pages.output

    def test_none_is_kept_from_running(self):
        """A block says what it is, and none is marked as not to be run."""
        for page in PAGES:
            languages = re.findall(r"^```(\w*)$", read(page), re.MULTILINE)[::2]

            assert {*languages} <= {"python", "toml", "console", "text"}, page
            assert "not run" not in "".join(
                block.text for block in blocks_of(page, "python")
            )

    def test_the_provider_of_the_readme_is_short(self):
        """The provider that the README shows is one, in at most 15 lines."""
        (provider,) = [
            block.text
            for block in blocks_of("README.md", "python")
            if "ccflow_providers" in block.text
        ]

        assert len(provider.splitlines()) <= 15


class TestTomlBlocks:
    @pytest.mark.parametrize("block", all_blocks("toml"))
    def test_they_load(self, block, tmp_path, monkeypatch, without_plugins):
        """The configurations that a page shows load, and each profile has a plan."""
        if block.text.startswith("# pyproject.toml"):
            assert tomllib.loads(block.text)["project"]
            return
        if re.match("# How .* answers, for the emulator", block.text):
            assert make_dialect(
                "acme", read_description("acme", tomllib.loads(block.text))
            )
            return
        if re.search(r'provider = "acme"|store = "dictionary"', block.text):
            install_plugin(block.page, tmp_path)
            monkeypatch.syspath_prepend(tmp_path)
        path = tmp_path / "ccflow.toml"
        path.write_text(block.text)
        names = ccflow.profiles(path)

        assert names
        for name in names:
            _, plan = ccflow.load_profile(name, config=path).plan()
            for url in plan.metadata_urls or (plan.token_endpoint,):
                assert url.startswith("https://")

    @pytest.mark.parametrize("page", ["README.md", "providers/README.md"])
    def test_the_provider_that_is_shown_is_found(
        self, page, tmp_path, monkeypatch, without_plugins
    ):
        """The provider of a page is found by the entry point that the page shows."""
        install_plugin(page, tmp_path)
        monkeypatch.syspath_prepend(tmp_path)

        assert registry.find_provider("acme").token_endpoint_auth_methods

    def test_the_store_that_is_shown_shares(
        self, servers, on_the_page, monkeypatch, without_plugins
    ):
        """The store of its page is found by its entry point, and two sources share."""
        page = "docs/how-to/write-a-store.md"
        install_plugin(page, on_the_page)
        monkeypatch.syspath_prepend(on_the_page)
        monkeypatch.setenv("SHELF_CODE", "open sesame")
        monkeypatch.setenv("CACHE_KEY", "correct horse")
        (cache,) = [
            tomllib.loads(block.text)["cache"]
            for block in blocks_of(page, "toml")
            if 'store = "dictionary"' in block.text
        ]
        profile = attrs.evolve(
            ccflow.load_profile("billing"),
            cache=read_cache(cache, Origin())[0],
        )
        one, other = ccflow.TokenSource(profile), ccflow.TokenSource(profile)

        assert one.token().access_token == other.token().access_token
        assert other.status().adopted == 1


def ccflow_commands(text: str) -> list[tuple[str, list[str]]]:
    """Return the calls of ``ccflow`` in a text: the command, and its options."""
    return [
        (match[1], re.findall(r"(?<!\S)--[a-z-]+", match[2]))
        for match in re.finditer(r"(?<![\w./-])ccflow ([a-z-]+)([^|)`\n]*)", text)
    ]


def options_of(command: Any) -> set[str]:
    return {option for it in command.params for option in it.opts if "--" in option}


class TestConsoleBlocks:
    @pytest.mark.parametrize("block", all_blocks("console"))
    def test_they_call_what_there_is(self, block):
        """Each line is a command of ours, of make, or of a short list of others."""
        targets = re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE)
        for line in block.text.splitlines():
            assert line.startswith("$ "), line
            lexer = shlex.shlex(line[2:], posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            first = True
            words = [word for word in lexer if not re.match(r"[A-Z_]+=", word)]
            for word, after in zip(words, [*words[1:], ""], strict=True):
                if set(word) <= set("();|&"):
                    first = True
                elif first:
                    first = False

                    assert word in PROGRAMS, line
                    assert word != "make" or after in targets, line

    @pytest.mark.parametrize("page", PAGES)
    def test_the_commands_of_ccflow_exist(self, page):
        """Every ``ccflow`` command on a page exists, with the options it is given."""
        cli = pytest.importorskip("ccflow.cli.main").cli
        import click

        context = click.Context(cli)
        spans = [
            span[1:-1]
            for span in re.findall(r"`[^`\n]+`", prose_of(page))
            if span.startswith("`ccflow ")
        ]
        text = "\n".join([*spans, *(it.text for it in blocks_of(page, "console"))])
        for name, options in ccflow_commands(text):
            assert name in cli.list_commands(context), name
            known = options_of(cli.get_command(context, name)) | {"--help"}
            assert {*options} <= known, name


class TestReadmeAsWritten:
    @pytest.fixture
    def port(self) -> int:
        """Return the port of the page, or a free one where somebody has that."""
        for port in (8401, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return probe.getsockname()[1]
        raise AssertionError

    @pytest.fixture
    def text(self, port: int) -> str:
        return read("README.md").replace("8401", str(port))

    @pytest.fixture
    def emulated(self, text: str, tmp_path: Path) -> Iterator[None]:
        """Run the emulator by the command of the page."""
        pytest.importorskip("ccflow.cli.main")
        command = re.search(r"^\$ ccflow (emulate okta .*)$", text, re.MULTILINE)
        with subprocess.Popen(
            [sys.executable, "-m", "ccflow", *command[1].split()],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                assert json.loads(process.stdout.readline())["config"]
                yield
            finally:
                process.send_signal(signal.SIGINT)

    def test_the_example_runs(self, text, emulated, tmp_path):
        """The first example of the README, by the command of the README."""
        example = re.search(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        (tmp_path / "example.py").write_text(example[1])
        line = re.search(r"^\$ (.*) python example\.py$", text, re.MULTILINE)
        given = dict(pair.split("=", 1) for pair in line[1].split())
        done = subprocess.run(
            [sys.executable, "example.py"],
            cwd=tmp_path,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

        assert not done.stderr
        assert done.stdout.startswith("200 {")

    def test_its_commands_run(self, text, emulated, tmp_path, monkeypatch, capfd):
        """The commands that the README lists end with 0."""
        from ccflow.cli.main import main

        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CCFLOW_CONFIG", "demo/ccflow.toml")
        monkeypatch.setenv("SSL_CERT_FILE", "demo/ca.pem")
        section = text.split("## The command line")[1].split("\n## ")[0]
        commands = re.findall(r"^\$ ccflow (.*)$", section, re.MULTILINE)
        ended = {
            command: main(shlex.split(command))
            for command in commands
            if not command.startswith("emulate")
        }

        assert dict.fromkeys(ended, 0) == ended, capfd.readouterr().err
        assert len(commands) == 5


class TestReference:
    def test_python_has_every_public_name(self):
        """Every public name, and every attribute of the public values."""
        names = {
            *ccflow.__all__,
            *public(ccflow.AccessToken),
            *(set(public(ccflow.TokenSource)) - INTERNAL),
            *fields(ccflow.Status),
            *fields(ccflow.SecretReference),
            "reveal",
            *(set(public(ccflow.Profile)) - CORE_KEYS - {"find_problems", "name"}),
        }

        assert not missing("docs/reference/python.md", names)

    def test_python_has_every_keyword(self):
        """Every keyword of the functions."""
        names = {
            name
            for function in (ccflow.token, ccflow.client, ccflow.load_profile)
            for name in inspect.signature(function).parameters
        }

        assert not missing("docs/reference/python.md", names)

    def test_errors_has_every_class_and_attribute(self):
        """Every class of error with its attributes, and every category."""
        classes = {
            name
            for name, thing in vars(errors).items()
            if isinstance(thing, type) and issubclass(thing, ccflow.CcflowError)
        }
        details = vars(ccflow.TokenResponseError("", category="malformed"))
        names = {
            *details,
            *fields(ccflow.Problem),
            *get_args(errors.Category),
            "problems",
        }

        assert not missing("docs/reference/errors.md", names)
        assert not [it for it in classes if it not in read("docs/reference/errors.md")]

    def test_profile_has_every_key(self):
        """Every key, method and reference; those to come in a section of their own."""
        page = "docs/reference/profile.md"
        readers = registry.SECRET_READERS.built_in
        later = prose_of(page).split("## Not implemented")[1]

        assert not missing(page, {*CORE_KEYS, *AUTH_METHODS, *readers})
        asked = {key for settings in STORES.values() for key in settings}
        own = set(fields(Cache)) - {"settings"}
        assert not missing(page, {*own, *asked, *STORES})
        assert not [key for key in LATER if f"`{key}`" not in later]
        # These are there, and only a use of them is not.
        partly = {"issuer", "token_endpoint_auth_method"}
        told = {key for key in CORE_KEYS if f"\n| `{key}`" in later}
        assert not told - LATER - partly

    def test_profile_has_the_defaults(self):
        """The default of a key that has one is in its row."""
        text = read("docs/reference/profile.md")
        for it in attrs.fields(ccflow.Profile):
            if it.name in CORE_KEYS and isinstance(it.default, str | bool | float):
                row = re.search(rf"^\| `{it.name}` .*$", text, re.MULTILINE)[0]
                shown = (
                    f"{it.default:g}"
                    if type(it.default) is float
                    else json.dumps(it.default)
                )

                assert f"`{shown}`" in row

    @pytest.mark.parametrize(
        "value",
        [
            plugin.Provider,
            plugin.Setting,
            plugin.Quirks,
            plugin.Explanation,
            plugin.ErrorBody,
            plugin.SecretReader,
        ],
    )
    def test_provider_has_every_field(self, value):
        """Every field of what a plugin is made of."""
        page = "docs/reference/provider.md"

        assert not missing(page, fields(value))

    def test_provider_has_the_defaults_of_the_quirks(self):
        """Each text of a default is in the row of its quirk."""
        text = read("docs/reference/provider.md")
        usual = attrs.asdict(plugin.Quirks(), recurse=False)
        for name, value in usual.items():
            row = re.search(rf"^\| `{name}` .*$", text, re.MULTILINE)[0]
            values = value if isinstance(value, tuple | dict) else [value]

            assert not [it for it in values if str(it) not in row], name

    def test_provider_has_every_name_and_hook(self):
        """All that an author imports, the hooks and their entry-point groups."""
        hooks = [
            name
            for module in (
                hookspecs,
                importlib.import_module("ccflow.emulator").hookspecs,
            )
            for name in re.findall(r"def (ccflow_\w+)", inspect.getsource(module))
        ]
        kinds = (registry.PROVIDERS, registry.SECRET_READERS, registry.TOKEN_STORES)
        groups = [kind.group for kind in kinds]
        names = {*plugin.__all__, *hooks, *groups, DISABLE_VARIABLE}

        assert len(hooks) >= 3
        assert not missing("docs/reference/provider.md", names)

    def test_provider_has_a_home_for_every_axis(self):
        """The 47 axes along which servers differ, each with a home, in order."""
        text = read("docs/reference/provider.md").split("## Where each difference")[1]
        rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)

        assert list(range(1, 48)) == [int(number) for number, _, _ in rows]
        for number, _, home in rows:
            assert re.search(r"`|engine:|Later:", home), number
        for name in re.findall(r"quirks? and key `(\w+)`", text):
            assert name in fields(plugin.Quirks)
            assert name in CORE_KEYS

    def test_events_has_every_event(self):
        """Every event with its attributes."""
        found = {
            name: thing
            for name, thing in vars(events).items()
            if isinstance(thing, type) and issubclass(thing, events.Event)
        }
        names = {name for thing in found.values() for name in fields(thing)}

        assert not missing("docs/reference/events.md", {*found, *names, "Callback"})

    def test_the_store_page_has_every_member(self):
        """What a store does, what a record holds, and how its tests are set up."""
        names = {
            *public(store.TokenStore),
            *fields(store.Record),
            *(set(public(StoreGround)) - {"elsewhere", "record"}),
            "StoreError",
            "reread_secrets",
            "TokenStoreContract",
            *fields(plugin.TokenStoreFactory),
            *fields(plugin.StoreSetting),
        }

        assert not missing("docs/how-to/write-a-store.md", names)

    def test_command_line_has_every_command_and_option(self):
        """Every command with its options, and every exit code."""
        cli = pytest.importorskip("ccflow.cli.main").cli
        import click

        from ccflow.cli import exit_codes

        context = click.Context(cli)
        commands = cli.list_commands(context)
        options = {
            option
            for it in (cli, *(cli.get_command(context, name) for name in commands))
            for option in options_of(it)
        }
        page = "docs/reference/command-line.md"
        codes = {value for value in vars(exit_codes).values() if isinstance(value, int)}
        for name in ("command-line", "errors"):
            text = read(f"docs/reference/{name}.md").split("## Exit codes")[1]
            rows = {int(row) for row in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}

            assert {0, *codes} == rows

        assert not missing(page, {*commands, *options})
        for name in commands:
            assert re.search(rf"^## `ccflow {name}\b", read(page), re.MULTILINE), name

    def test_the_emulator_page_has_every_name(self):
        """Every public name of the emulator, its servers, knobs and journal."""
        tenant = {it.name for it in attrs.fields(emulator.Tenant)}
        names = {
            *emulator.__all__,
            *inspect.signature(emulator.emulate).parameters,
            *public(emulator.EmulatedServer),
            *fields(emulator.Entry),
            *(tenant & {"clients", "expires_in", "rate_limited"}),
            *(set(public(emulator.Journal)) - {"note"}),
        } - {"answer"}  # what a server itself calls

        assert not missing("docs/how-to/test-your-service.md", names - {"names"})

    def test_the_emulator_page_has_every_fault(self):
        """Every fault, as a value and as a word."""
        from ccflow.emulator import fault_text

        rows = re.findall(
            r"^\| `(\w+)\(.*?\)` \| `([a-z-]+).*?` \|",
            read("docs/how-to/test-your-service.md"),
            re.MULTILINE,
        )

        assert sorted(rows) == sorted(
            (fault.__name__, word) for word, fault in fault_text.FAULTS.items()
        )

    def test_the_words_for_faults_can_be_read(self):
        """What the pages write after --fault is a fault."""
        from ccflow.emulator import fault_text

        words = [
            word
            for page in PAGES
            for word in re.findall(r"--fault ([^\s`]+)", read(page))
            if word != "SPEC"
        ]
        column = re.findall(
            r"^\| `\w+\(.*?\)` \| `(.*?)` \|",
            read("docs/how-to/test-your-service.md"),
            re.MULTILINE,
        )

        assert len(words) >= 4
        assert fault_text.read_faults([*column, *words])

    def test_the_emulator_page_has_every_profile(self):
        """The profiles that the emulators write."""
        for name in EMULATORS:
            dialect = emulator.load_dialect(name)
            profiles = {sample.profile for sample in dialect.samples}

            assert not missing("docs/how-to/test-your-service.md", profiles)


@pytest.mark.parametrize("name", ["generic", *registry.FIRST_PARTY])
class TestProviderPages:
    def test_it_has_settings_methods_and_errors(self, name):
        """The settings with their defaults, the methods, and the errors with hints."""
        provider = registry.find_provider(name)
        page = f"docs/providers/{name}.md"
        defaults = [it.default for it in provider.settings.values() if it.default]
        told = prose_of(page).split("## Errors")[1]
        codes = {it.error for it in provider.explanations} - {None}
        statuses = {it.status_code for it in provider.explanations} - {None}

        assert not missing(
            page,
            [*provider.settings, *defaults, *provider.token_endpoint_auth_methods],
        )
        assert not sorted(code for code in codes if f"`{code}`" not in told)
        assert not sorted(code for code in statuses if str(code) not in told)
        assert "## What is not known" in read(page)

    def test_it_names_its_quirks(self, name):
        """The quirks that a provider sets stand on its page."""
        provider = registry.find_provider(name)
        usual = attrs.asdict(plugin.Quirks(), recurse=False)
        own = attrs.asdict(provider.quirks, recurse=False)
        changed = {key for key in own if own[key] != usual[key]}
        told = changed - {key for key in changed if re.search("error|correl|rate", key)}

        assert not missing(f"docs/providers/{name}.md", told)

    def test_it_has_the_sample_profile(self, name):
        """The profile at the top is the sample that ships with the provider."""
        if name == "generic":
            return
        module = importlib.import_module(registry.FIRST_PARTY[name])
        sample = Path(module.__file__).with_name("sample_profile.toml")

        assert (
            sample.read_text() == blocks_of(f"docs/providers/{name}.md", "toml")[0].text
        )

    def test_the_readme_has_its_row(self, name):
        """The table of the README has the settings and methods, in order."""
        provider = registry.find_provider(name)
        row = re.search(rf"^\| \[`{name}`\].*$", read("README.md"), re.MULTILINE)[0]
        _, _, settings, methods, _ = row.split("|")

        assert list(provider.token_endpoint_auth_methods) == re.findall(
            "`(.*?)`", methods
        )
        if name != "generic":
            assert list(provider.settings) == re.findall("`(.*?)`", settings)


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made of their text."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in headings
    }


def links_of(page: str) -> list[tuple[Path, str]]:
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            here = ROOT / page
            target = (here.parent / path).resolve() if path else here
            found.append((target, anchor))
    return found


class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_their_links_lead_somewhere(self, page):
        """Every relative link leads to a file, and to a heading in it."""
        for target, anchor in links_of(page):
            assert target.exists(), target
            if anchor:
                assert anchor in anchors_of(target), f"{target}#{anchor}"

    def test_every_page_can_be_reached(self):
        """From the README, by links alone."""
        open_, seen = ["README.md"], {"README.md"}
        while open_:
            for target, _ in links_of(open_.pop()):
                # A link to a directory shows what is in it.
                for path in target.glob("*.md") if target.is_dir() else [target]:
                    page = str(path.relative_to(ROOT))
                    if page in PAGES and page not in seen:
                        seen.add(page)
                        open_.append(page)

        assert not sorted({*PAGES} - seen)

    @pytest.mark.parametrize(
        "page", [page for page in PAGES if re.search(r"/adr/\d", page)]
    )
    def test_decisions_are_short(self, page):
        """A decision has its parts, on at most 40 lines."""
        text = read(page)

        assert len(text.splitlines()) <= 40
        for part in ("Context", "Options", "Decision", "What would change our mind"):
            assert re.search(rf"^## {part}", text, re.MULTILINE), part

    @pytest.mark.parametrize("page", PAGES)
    def test_a_line_holds_one_sentence(self, page):
        """One sentence per line, outside tables, so that differences read well."""
        for line in prose_of(page).splitlines():
            if not line.startswith(("|", "#")):
                plain = re.sub(r"`[^`]*`|\"[^\"]*\"", "x", line)

                assert not re.search(r"[a-z)][.?!]\*{0,2} \*{0,2}[A-Z]", plain), line

    @pytest.mark.parametrize("page", PAGES)
    def test_they_name_no_place_of_ours(self, page):
        """No path of a machine is in the pages."""
        # Not "realms/root/", which is a part of an address.
        found = re.search(r"(?<!\w)/(?:home|root|tmp|work|Users)/", read(page))

        assert found is None
