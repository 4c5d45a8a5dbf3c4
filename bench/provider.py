"""What naming a provider costs, once profiles can be read at all."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.figure import Figure
from bench.figure import seconds
from bench.server import Server


ROUNDS: Final = 15

_ROOT: Final = Path(__file__).parents[1]

PACKAGES: Final = 40

# The interpreter's own directory is left out of the search for plugins, so that their
# number is the one that is told.
_PROGRAM: Final = """
import sys
import ccflow.config.load
from ccflow.plugin.registry import find_provider
sys.path[:] = [it for it in sys.path if not it.endswith("site-packages")]
from time import process_time
start = process_time()
find_provider({name!r})
print(process_time() - start)
"""

_PLUGIN: Final = """
from ccflow.plugin import Provider, Setting, hookimpl

@hookimpl
def ccflow_providers():
    settings = {{"domain": Setting(help="the domain")}}
    methods = ("client_secret_basic", "private_key_jwt")
    return [Provider("{name}", "https://{{domain}}/token", settings, methods)]
"""


def measure(_: Server) -> Iterator[Figure]:
    """Look at the longest file, at one of our packages, and at one of others."""
    taken: dict[str, list[float]] = {"entra": [], "okta": [], "acme-7": []}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(PACKAGES):
            _install(Path(directory), f"acme-{number}")
        # Compiled once, as an installation is, whatever the environment says.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": directory}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        path = [directory, str(_ROOT), str(_ROOT / "providers")]
        environment["PYTHONPATH"] = os.pathsep.join(path)
        for name in taken:
            _seconds_of(name, environment)
        for _turn in range(ROUNDS):
            for name, found in taken.items():
                found.append(_seconds_of(name, environment))
    ours, theirs, plugin = (statistics.median(found) for found in taken.values())
    yield Figure(
        what="a provider of the catalogue (entra)",
        against="one in Python (okta)",
        ours=seconds(ours),
        theirs=seconds(theirs),
        value=ours * 1e3,
        unit=" ms",
        aim=5,
    )
    yield Figure(
        what=f"a plugin among {PACKAGES} distributions",
        against="one in Python (okta)",
        ours=seconds(plugin),
        theirs=seconds(theirs),
        value=plugin * 1e3,
        unit=" ms",
        aim=5,
    )


def _install(site: Path, name: str) -> None:
    """Put a package with one provider where it is found as an installed one."""
    module = name.replace("-", "_")
    (site / f"{module}.py").write_text(_PLUGIN.format(name=name), encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    points = f"[ccflow.providers]\n{name} = {module}\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")


def _seconds_of(name: str, environment: Mapping[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(name=name)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
