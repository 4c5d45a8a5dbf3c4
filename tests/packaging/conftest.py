"""The wheel as users get it, and a fresh environment to use it in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution
from importlib.metadata import PackageNotFoundError
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import attrs
import pytest
from acme_server import SECRET
from acme_server import Acme
from acme_server import running_acme

from tests.support.wheels import build_wheel


HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def _requirements(found: Distribution) -> Iterator[Distribution]:
    yield found
    for text in found.requires or ():
        name = re.match(r"[\w.-]+", text)
        assert name is not None
        try:
            yield distribution(name[0])
        except PackageNotFoundError:
            pass  # what an extra or another system would need


def _homes_of_dependencies() -> set[str]:
    """Return the directories that hold what ccflow and its extras depend on."""
    ours = distribution("ccflow-oauth")
    direct = [it for it in _requirements(ours) if it.name != ours.name]
    every = [it for found in direct for it in _requirements(found)]
    return {str(it.locate_file("")) for it in every if it.name != ours.name}


@attrs.frozen
class Environment:
    """A virtual environment of its own."""

    python: Path
    home: Path

    def run(
        self, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run its interpreter, away from the source tree and this environment."""
        kept = {"PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR"}
        inherited = {key: os.environ[key] for key in kept & os.environ.keys()}
        return subprocess.run(
            [self.python, "-W", "error", *arguments],
            cwd=self.home,
            env=inherited | variables,
            capture_output=True,
            text=True,
            timeout=50,
        )

    def ask(self, program: str, **variables: str) -> Any:
        """Run a program that must end well, and read the JSON that it prints."""
        done = self.run("-c", program, **variables)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as releases are."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheels of other people's distributions, by folder name."""
    return {
        name: build_wheel(HERE / name, tmp_path_factory.mktemp("dist"), "--wheel")
        for name in ("ccflow-acme", "ccflow-broken", "ccflow-rival")
    }


@pytest.fixture(scope="session")
def environment(
    wheel: Path, plugins: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """A fresh virtual environment with the wheel, Acme's plugin and a broken one."""
    home = tmp_path_factory.mktemp("fresh")
    venv = home / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    wheels = [wheel, plugins["ccflow-acme"], plugins["ccflow-broken"]]
    pip = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--disable-pip-version-check", *wheels], check=True)
    # The dependencies are those of this environment, so that the test needs no
    # registry and no minute. Their directories come after the fresh one's own, and
    # .pth files in them (an editable ccflow's, say) are not read: the wheel's wins.
    (site,) = venv.glob("[Ll]ib/**/site-packages")
    homes = sorted(_homes_of_dependencies())
    (site / "dependencies.pth").write_text("\n".join(homes), encoding="utf-8")
    return Environment(python, home)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the configuration, with what Acme's vault holds."""
    directory = tmp_path_factory.mktemp("config")
    (directory / "vault").mkdir()
    (directory / "vault" / "billing").write_text(SECRET, encoding="utf-8")
    (directory / "vault" / "cupboard").write_text("open sesame", encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def acme(home: Path) -> Iterator[Acme]:
    """Acme's server, running."""
    with running_acme(home / "ca.pem") as running:
        yield running


@pytest.fixture(scope="session")
def config(home: Path, acme: Acme) -> str:
    """A file of profiles at Acme's running server and at broken and other places."""
    file = home / "ccflow.toml"
    file.write_text(
        f"""
            [profiles.acme-profile]
            provider = "acme"
            host = "{acme.host}"
            tenant = "blue"
            client_id = "us"
            client_secret = {{ acme-vault = "billing" }}
            ca_file = "ca.pem"

            [profiles.wrong-secret]
            extends = "acme-profile"
            client_secret = {{ env = "WRONG_SECRET" }}

            [profiles.shattered-profile]
            provider = "shattered"
            client_id = "us"
            client_secret = {{ env = "WRONG_SECRET" }}

            [profiles.shattered-reader]
            extends = "acme-profile"
            client_secret = {{ shattered-vault = "billing" }}

            [profiles.okta-profile]
            provider = "okta"
            domain = "acme.okta.com"
            client_id = "us"
            client_secret = {{ env = "WRONG_SECRET" }}
            scope = ["read"]

            [profiles.sharing]
            extends = "acme-profile"

            [profiles.sharing.cache]
            store = "acme-cupboard"
            cupboard = "cupboard"
            code = {{ acme-vault = "cupboard" }}
            encryption_key = {{ env = "CUPBOARD_KEY" }}

            [profiles.shattered-cupboard]
            extends = "acme-profile"
            cache = {{ store = "shattered-cupboard" }}
            """,
        encoding="utf-8",
    )
    return str(file)
