"""The examples, each built, put beside the wheel, and tested by its own tests."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.wheels import build_wheel


FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(path.parent.name for path in FOLDER.glob("*/pyproject.toml"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_passes_its_own_tests(name, environment, tmp_path_factory):
    """As its author would run them, with the example installed."""
    installed = tmp_path_factory.mktemp("installed")
    wheel = build_wheel(FOLDER / name, tmp_path_factory.mktemp("dist"), "--wheel")
    with ZipFile(wheel) as archive:
        archive.extractall(installed)
    done = environment.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("--rootdir", str(FOLDER / name), str(FOLDER / name)),
        PYTHONPATH=str(installed),
        PYTHONDONTWRITEBYTECODE="1",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_goes_through_the_door(name):
    """Of ccflow it imports what the author of a plugin may."""
    from tests.test_layers import imported_names

    sources = (FOLDER / name).glob("ccflow_*/**/*.py")
    found = [it for path in sources for it in imported_names(path.read_text("utf-8"))]
    ours = [it for it in found if it.split(".")[0] == "ccflow"]

    assert ours
    assert all(it.startswith("ccflow.plugin.") for it in ours)
