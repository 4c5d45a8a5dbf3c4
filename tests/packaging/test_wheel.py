"""What is in the wheel, and what is not."""

from __future__ import annotations

import tomllib
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest


ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = {
    "ccflow": ROOT / "ccflow",
    "ccflow_catalog": ROOT / "providers" / "ccflow_catalog",
    "ccflow_curity": ROOT / "providers" / "ccflow_curity",
    "ccflow_okta": ROOT / "providers" / "ccflow_okta",
    "ccflow_oracle_idcs": ROOT / "providers" / "ccflow_oracle_idcs",
}
PROVIDERS = sorted(PACKAGES.keys() - {"ccflow", "ccflow_catalog"})


@pytest.fixture(scope="module")
def archive(wheel):
    with ZipFile(wheel) as archive:
        yield archive


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def read_info(archive, file):
    (name,) = (it for it in archive.namelist() if it.endswith(f".dist-info/{file}"))
    return archive.read(name).decode()


class TestWheel:
    def test_it_holds_our_packages_and_nothing_else(self, archive):
        """No tests, benchmarks or documents reach a user's site-packages."""
        tops = {name.split("/")[0] for name in archive.namelist()}

        assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)

    @pytest.mark.parametrize("package", PACKAGES)
    def test_every_file_of_a_package_is_there(self, archive, package):
        """What the tests run on is what ships, data files included."""
        folder = PACKAGES[package]
        sources = {
            f"{package}/{path.relative_to(folder).as_posix()}"
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

        shipped = {it for it in archive.namelist() if it.startswith(f"{package}/")}
        assert sources == shipped
        assert f"{package}/py.typed" in shipped

    @pytest.mark.parametrize("package", PROVIDERS)
    def test_a_provider_has_its_four_files(self, archive, package):
        """The provider, its explanations, its dialect and a profile to start with."""
        files = ("__init__.py", "explanations.py", "dialect.py", "sample_profile.toml")

        assert {f"{package}/{file}" for file in files} <= set(archive.namelist())

    def test_entry_points_are_those_of_pyproject(self, archive, project):
        """The names that profiles use, and the command."""
        parser = ConfigParser(delimiters=("=",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(read_info(archive, "entry_points.txt"))

        declared = {"console_scripts": project["scripts"], **project["entry-points"]}
        assert declared == {key: dict(parser[key]) for key in parser.sections()}

    def test_entry_points_name_what_is_there(self, archive, project):
        """No entry point leads to a module that was forgotten."""
        names = set(archive.namelist())
        values = [*project["scripts"].values()]
        for group in project["entry-points"].values():
            values += group.values()

        for value in values:
            path = value.split(":")[0].replace(".", "/")
            assert names & {f"{path}.py", f"{path}/__init__.py"}, value

    def test_metadata(self, archive, project):
        """The distribution is not called like the import package, on purpose."""
        metadata = Parser().parsestr(read_info(archive, "METADATA"))

        assert metadata["Name"] == "ccflow-oauth"
        assert metadata["Requires-Python"] == ">=3.11"
        assert metadata["License-Expression"] == "Apache-2.0"
        plain = [it for it in metadata.get_all("Requires-Dist") if "extra ==" not in it]
        assert len(project["dependencies"]) == len(plain)

    def test_reserved_names_are_those_of_the_entry_points(self, project):
        """The short cut past the scan of distributions leads to the same modules."""
        from ccflow.emulator import hookspecs
        from ccflow.plugin import registry

        groups = project["entry-points"]
        assert dict(registry.FIRST_PARTY) == groups["ccflow.providers"]
        assert dict(hookspecs.FIRST_PARTY) == groups["ccflow.emulators"]
