"""What `ccflow new-provider` writes, used as its author would, beside the wheel."""

from __future__ import annotations

import json
from zipfile import ZipFile

import pytest

from tests.support.wheels import build_wheel


NAME = "widget-cloud"


def pytest_in(environment, directory, **variables):
    """Run the tests of a directory, with the tools that the extra testing brings."""
    options = ("-q", "-p", "no:cacheprovider", "--rootdir", str(directory))
    return environment.run("-m", "pytest", *options, str(directory), **variables)


def generate(environment, directory, *options):
    done = environment.run(
        *("-m", "ccflow", "new-provider", NAME),
        *("--directory", str(directory), *options),
    )
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture(scope="module")
def project(environment, tmp_path_factory):
    """The distribution, as generated."""
    return generate(environment, tmp_path_factory.mktemp("generated") / "new")


@pytest.fixture(scope="module")
def installed(project, tmp_path_factory):
    """The content of its wheel, which its own build settings made."""
    directory = tmp_path_factory.mktemp("widget")
    wheel = build_wheel(project, tmp_path_factory.mktemp("dist"), "--wheel")
    with ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


class TestPackage:
    def test_it_passes_its_own_tests(self, environment, project, installed):
        """The kit and its own, a token of its emulator included."""
        done = pytest_in(environment, project, PYTHONPATH=str(installed))

        assert done.returncode == 0, done.stdout + done.stderr
        # It has no functions; all else can be judged.
        assert " passed, 1 skipped in " in done.stdout

    def test_its_wheel_is_whole(self, installed):
        """Data files and the mark of types are in it, tests are not."""
        package = installed / "ccflow_widget_cloud"

        assert {it.name for it in package.iterdir() if it.is_file()} == {
            "__init__.py",
            "dialect.py",
            "explanations.py",
            "py.typed",
            "sample_profile.toml",
        }
        assert not (installed / "tests").exists()

    def test_the_commands_know_it(self, environment, installed):
        """It is listed as ready, with its version, and can be judged by name."""
        found = {}
        for words in (["providers"], ["providers", NAME], ["conformance", NAME]):
            done = environment.run(
                *("-m", "ccflow", *words, "--json"), PYTHONPATH=str(installed)
            )
            assert done.returncode == 0, done.stdout + done.stderr
            found[" ".join(words)] = json.loads(done.stdout)
        (listed,) = [it for it in found["providers"] if it["name"] == NAME]
        checks = found[f"conformance {NAME}"]["checks"]

        assert (listed["state"], listed["version"]) == ("ready", "0.1.0")
        assert listed["distribution"] == f"ccflow-{NAME}"
        assert found[f"providers {NAME}"]["distribution"] == f"ccflow-{NAME} 0.1.0"
        # Its sample and its emulator are found by its name.
        assert {it["name"] for it in checks if it["state"] == "skipped"} == {
            "functions",
            "known",
        }

    def test_loading_is_traced(self, environment, installed):
        """With --debug it is told what is imported, and what it offers."""
        done = environment.run(
            *("-m", "ccflow", "--debug", "providers", NAME), PYTHONPATH=str(installed)
        )

        assert done.stderr.splitlines() == [
            f"debug: the provider {NAME!r}: importing ccflow_widget_cloud of "
            f"ccflow-{NAME}",
            f"debug: the provider {NAME!r}: ccflow_providers offers {NAME}",
        ]


class TestDataOnly:
    def test_it_passes_its_own_tests(self, environment, tmp_path):
        """With nothing installed but ccflow."""
        project = generate(environment, tmp_path / "new", "--data-only")
        done = pytest_in(environment, project)

        assert done.returncode == 0, done.stdout + done.stderr
        assert " passed" in done.stdout
