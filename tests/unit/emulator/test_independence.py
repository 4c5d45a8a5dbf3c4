"""An emulator that shared code with what it tests would share its mistakes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ccflow.emulator


ROOT = Path(ccflow.emulator.__file__).parents[2]
FILES = [
    *sorted((ROOT / "ccflow" / "emulator").glob("*.py")),
    *sorted((ROOT / "providers").glob("*/dialect*.py")),
]
ALLOWED = {
    "attrs",
    "ccflow.emulator",
    "ccflow.entry_point",
    "ccflow.errors",
    "ccflow_okta.dialect_errors",
    "cryptography",
    "pluggy",
    "tomli_w",
    "trustme",
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_imports_nothing_that_it_tests(path):
    """The standard library, a short list, and itself."""
    foreign = [
        name
        for name in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == it or name.startswith(f"{it}.") for it in ALLOWED)
    ]

    assert foreign == []


def test_import_is_cheap():
    """Importing the package loads nothing heavy."""
    code = (
        "import sys; before = set(sys.modules); import ccflow.emulator; "
        "print(sorted({'attrs', 'attr', 'cryptography', 'http.server', 'pluggy', "
        "'ssl', 'tomli_w', 'trustme'} & (set(sys.modules) - before)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ccflow.emulator.__all__)
def test_every_public_name_is_there(name):
    """The lazy names exist, and are listed."""
    assert getattr(ccflow.emulator, name)
    assert name in dir(ccflow.emulator)


def test_other_names_are_not():
    """A misspelt name is an AttributeError."""
    with pytest.raises(AttributeError, match="no attribute 'emulat'"):
        ccflow.emulator.emulat  # noqa: B018
