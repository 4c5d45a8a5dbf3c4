"""providers/README.md, followed to the letter by somebody who has no network."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest


ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "providers" / "README.md"
PROJECT = "ccflow-acme"

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./]+)`:$")


def blocks():
    """The blocks of the tutorial, each with the file that the line above it names."""
    text = PAGE.read_text("utf-8").split("## An entry of the catalogue")[0]
    for found in BLOCK.finditer(text):
        named = FILE.search(text[: found.start()].rstrip())
        yield named[1] if named else None, found[1], found[2]


@attrs.define
class Reader:
    """Somebody at a terminal, in an empty directory."""

    home: Path
    environment: dict[str, str]
    emulator: subprocess.Popen[str] | None = None
    done: list[str] = attrs.field(factory=list)

    def write(self, name: str, text: str) -> None:
        """Replace a file of the project, or write one of the directory."""
        inside = self.home / PROJECT / name
        path = inside if inside.parent.is_dir() and "/" in name else self.home / name
        path.write_text(text, encoding="utf-8")

    def type(self, line: str) -> None:
        """Run a command; it must end well."""
        match shlex.split(line):
            case ["pip", "install", "-e", _]:
                self.install()
            case ["pip", *_]:
                pass  # It is what the test runs on.
            case ["export", assignment]:
                self.environment.update([assignment.split("=", 1)])
            case ["ccflow", "emulate", *_] as words:
                self.emulate(words)
            case words:
                done = subprocess.run(
                    self.command(words),
                    cwd=self.home,
                    env=self.environment,
                    capture_output=True,
                    text=True,
                    timeout=50,
                )
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.done.append(line)

    def command(self, words: list[str]) -> list[str]:
        program, *rest = words
        module = ["-m", "ccflow"] if program == "ccflow" else []
        assert program in {"ccflow", "python"}, program
        return [sys.executable, *module, *rest]

    def install(self) -> None:
        """Put the project on the path, with what its metadata say, as -e does."""
        project = self.home / PROJECT
        table = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))[
            "project"
        ]
        info = self.home / "site" / f"ccflow_acme-{table['version']}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\n"
            f"Name: {table['name']}\nVersion: {table['version']}\n"
        )
        lines = [
            line
            for group, points in table["entry-points"].items()
            for line in (f"[{group}]", *(f"{it} = {to}" for it, to in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines))
        paths = [project, info.parent, self.environment["PYTHONPATH"]]
        self.environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))

    def emulate(self, words: list[str]) -> None:
        """Let it serve in another terminal."""
        self.emulator = subprocess.Popen(
            self.command(words),
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert json.loads(self.emulator.stdout.readline())["provider"] == "acme"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "providers")])
    reader = Reader(tmp_path, {**os.environ, "PYTHONPATH": path})
    yield reader
    if reader.emulator is not None:
        reader.emulator.send_signal(signal.SIGINT)
        reader.emulator.wait(10)
        reader.emulator.stdout.close()


def test_it_works_as_written(reader):
    """Each file is written, each command is typed, and each one ends with 0."""
    for name, language, text in blocks():
        if name is not None:
            reader.write(name, text)
        elif language == "console":
            for line in text.splitlines():
                reader.type(line.removeprefix("$ "))

    commands = {line.split()[1] for line in reader.done if line.startswith("ccflow")}
    assert {"new-provider", "providers", "check", "conformance", "emulate"} <= commands
    assert 2 == sum("pytest" in line for line in reader.done)
    value = (reader.home / PROJECT / "ccflow_acme" / "__init__.py").read_text("utf-8")
    assert 'basic_encoding="raw"' in value


def test_what_is_shown_of_pyproject_is_what_is_written():
    """The part of the page is a part of the file."""
    from ccflow.cli.new_provider import render

    written = tomllib.loads(dict(render("package", "acme"))["pyproject.toml"])
    (shown,) = [
        tomllib.loads(text)
        for _, language, text in blocks()
        if language == "toml" and text.startswith("# pyproject.toml")
    ]
    groups = shown["project"].pop("entry-points")

    assert shown["project"].items() <= written["project"].items()
    assert groups.items() <= written["project"]["entry-points"].items()


def test_what_is_said_to_be_written_is():
    """The table names every file, and no other."""
    from ccflow.cli.new_provider import render

    text = PAGE.read_text("utf-8").split("## 2.")[0]
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(.*?)`", row)}

    assert {*dict(render("package", "acme"))} - named == {"ccflow_acme/py.typed"}
    assert named <= {*dict(render("package", "acme"))}
