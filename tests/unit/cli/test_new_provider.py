"""``ccflow new-provider``: what is written, and what is not overwritten."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from ccflow.cli.new_provider import TEMPLATES
from ccflow.cli.new_provider import render

from .conftest import clean


PACKAGE = [
    ".github/workflows/test.yml",
    "README.md",
    "ccflow_widget_cloud/__init__.py",
    "ccflow_widget_cloud/dialect.py",
    "ccflow_widget_cloud/explanations.py",
    "ccflow_widget_cloud/py.typed",
    "ccflow_widget_cloud/sample_profile.toml",
    "pyproject.toml",
    "tests/test_conformance.py",
    "tests/test_provider.py",
]


class TestPackage:
    def test_the_files_are_listed(self, run):
        """Each one is there; the next step is told beside them."""
        result = run("new-provider", "widget-cloud")
        listed = result.out.splitlines()

        assert result.code == 0
        assert listed == [f"ccflow-widget-cloud/{name}" for name in PACKAGE]
        assert all(Path(name).is_file() for name in listed)
        assert "ccflow-widget-cloud/README.md says how" in result.err

    def test_every_form_of_the_name_is_its_own(self, run, tmp_path):
        """Profile, module, constant and title; nothing is left of the template's."""
        told = run(
            "new-provider", "widget-cloud", "--directory", tmp_path / "new", "--json"
        ).json()
        texts = {
            name: (tmp_path / "new" / name).read_text("utf-8") for name in told["files"]
        }

        assert told["files"] == PACKAGE
        assert not [name for name, text in texts.items() if "acme" in text.lower()]
        assert 'name="widget-cloud"' in texts["ccflow_widget_cloud/__init__.py"]
        assert "WIDGET_CLOUD: Final" in texts["ccflow_widget_cloud/__init__.py"]
        assert '"""Offer WidgetCloud."""' in texts["ccflow_widget_cloud/__init__.py"]
        points = tomllib.loads(texts["pyproject.toml"])["project"]["entry-points"]
        assert points == {
            "ccflow.providers": {"widget-cloud": "ccflow_widget_cloud"},
            "ccflow.emulators": {"widget-cloud": "ccflow_widget_cloud.dialect"},
        }

    def test_a_dialect_imports_nothing_of_the_provider(self):
        """The one tests the other, in what is generated too."""
        files = dict(render("package", "acme"))
        tree = ast.parse(files["ccflow_acme/dialect.py"])
        modules = {
            node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }

        assert not [it for it in modules if it.startswith("ccflow_acme")]
        assert not [it for it in modules if it.startswith("ccflow.plugin")]

    def test_nothing_is_overwritten(self, run):
        """Not even by the same."""
        run("new-provider", "widget")
        readme = Path("ccflow-widget/README.md")
        readme.write_text("mine")
        result = clean(run("new-provider", "widget"))

        assert result.code == 2
        assert "is there, and nothing is overwritten" in result.err
        assert readme.read_text() == "mine"

    def test_one_file_in_the_way_is_enough(self, run, tmp_path):
        """Then none of the others is written."""
        (tmp_path / "pyproject.toml").write_text("mine")
        result = clean(run("new-provider", "widget", "--directory", tmp_path))

        assert result.code == 2
        assert [it.name for it in tmp_path.iterdir() if it.name != "cache"] == [
            "pyproject.toml"
        ]

    def test_a_directory_that_cannot_be_one(self, run):
        """What the system says is told."""
        Path("file").write_text("")
        result = clean(run("new-provider", "widget", "--directory", "file"))

        assert result.code == 2
        assert "cannot be written" in result.err


class TestNames:
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("okta", "ccflow itself has a provider of this name"),
            ("google", "ccflow itself has a provider of this name"),
            ("generic", "ccflow itself has a provider of this name"),
            ("Acme", "use small letters"),
            ("a b", "use small letters"),
            ("../up", "use small letters"),
            ("acme-", "use small letters"),
            ("", "use small letters"),
            ("1st", "begin it with a letter"),
        ],
    )
    def test_one_that_no_profile_could_find(self, run, name, told):
        """Nothing is written for it."""
        result = clean(run("new-provider", name))

        assert result.code == 2
        assert told in result.err
        assert not [*Path().iterdir()]


class TestDataOnly:
    def test_the_files(self, run):
        """A configuration, its test, and how to go on."""
        told = run("new-provider", "widget", "--data-only", "--json").json()

        assert told["files"] == [
            ".github/workflows/test.yml",
            "README.md",
            "ccflow.schema.json",
            "ccflow.toml",
            "test_conformance.py",
        ]

    def test_the_kit_has_nothing_against_it(self, run):
        """As generated, by the command that its README names."""
        run("new-provider", "widget-cloud", "--data-only")
        config = "ccflow-widget-cloud/ccflow.toml"
        result = run("conformance", "widget-cloud", "--config", config)

        assert result.code == 0, result.out
        assert "widget-cloud" in run("providers", "--config", config).out
        assert run("show", "widget-cloud", "--config", config).code == 0

    def test_an_editor_finds_the_schema(self, run):
        """The first line names the file that stands beside it."""
        run("new-provider", "widget", "--data-only")
        folder = Path("ccflow-widget")
        first = (folder / "ccflow.toml").read_text("utf-8").splitlines()[0]
        schema = (folder / first.removeprefix("#:schema ")).read_text("utf-8")

        assert run("providers", "--schema", "profile").out == schema

    def test_it_is_short(self):
        """A server that documents itself takes under 25 lines of TOML."""
        text = dict(render("data", "acme"))["ccflow.toml"]
        table = text.partition("[profiles.")[0]
        lines = [line for line in table.splitlines() if line and line[0] != "#"]

        assert len(lines) < 25


@pytest.mark.parametrize("kind", ["package", "data"])
def test_templates_are_data(kind):
    """Each file is one of a package that works as it is."""
    for name, text in render(kind, "acme"):
        assert (TEMPLATES / kind / f"{name}.template").read_text("utf-8") == text
        if name.endswith(".py"):
            ast.parse(text)
        elif name.endswith(".toml"):
            tomllib.loads(text)
