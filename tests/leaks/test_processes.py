"""What other processes can see: of the command, and of programs that give secrets."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

import ccflow
from tests.leaks.grep import Page
from tests.leaks.methods import METHODS
from tests.leaks.secrets import API_KEY
from tests.leaks.test_midflight import Held
from tests.leaks.world import marks_of


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="needs /proc"
)

_SPY = """#!/bin/sh
tr '\\0' '\\n' < /proc/$$/environ > {place}/environ
tr '\\0' ' ' < /proc/$$/cmdline > {place}/cmdline
ls -l /proc/$$/fd > {place}/descriptors
cat {secret}
"""
# What a shell sets by itself, and readline in the process where it is imported.
_NOT_OURS = {"PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES"}
_SAMPLE = METHODS[2::5]


def read(pid: int | str, name: str) -> list[str]:
    """Return the parts of a file that the system has about a process."""
    content = Path(f"/proc/{pid}/{name}").read_bytes()
    return content.decode("utf-8", "surrogateescape").split("\0")


class TestCommand:
    def test_what_ps_shows_and_what_is_printed(self, on_this_machine, reader):
        """A real process of the command, by some methods, while a server repeats."""
        world = on_this_machine
        with Held() as held:
            running = [self._start(world, held, method) for method in _SAMPLE]
            for _ in _SAMPLE:
                assert held.arrived.acquire(timeout=30)
            pages = []
            for process in running:
                line = " ".join(read(process.pid, "cmdline"))
                pages.append(Page("argument list", line))
                pages.append(Page("title", "".join(read(process.pid, "comm"))))
                shown = {it for it in read(process.pid, "environ") if it}
                given = {f"{name}={value}" for name, value in os.environ.items()}
                assert shown == given | {"PYTHONWARNINGS=always"}
            held.open.set()
            for process in running:
                out, err = process.communicate(timeout=30)
                pages += [Page("stdout", out), Page("stderr", err)]
            marks = [mark for request in held.journal for mark in marks_of(request)]
        pages += [page for _, page in world.written()]
        world.tidy()

        assert [3] * len(_SAMPLE) == [process.returncode for process in running]
        assert all("********" in it.text for it in pages if it.channel == "stderr")
        assert [] == reader.find(pages, marks)

    def _start(self, world, held, method) -> subprocess.Popen:
        keys = {
            "client_id": "me",
            "token_endpoint": f"{held.url}/token",
            "ca_file": world.ca_file,
            "headers": {"X-Api-Key": {"env": "LEAKS_API_KEY"}},
            **method.keys(world),
        }
        path = world.directory / "profiles" / f"process-{world.number()}.toml"
        path.write_text(tomli_w.dumps({"profiles": {"leaks": keys}}))
        path.chmod(0o600)
        words = ["--debug", "token", "leaks", "--config", str(path)]
        return subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "ccflow", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "always"},
        )


class TestPrograms:
    def test_what_a_program_that_gives_a_secret_gets(self, on_this_machine, reader):
        """No more than the user's own: no secret in its arguments, no open file."""
        world = on_this_machine
        place = world.directory / "tmp"
        secret = world.secret("spied", "the secret of this test")
        script = _SPY.format(place=place, secret=secret)
        spy = world.secret("spy", script, stat.S_IRWXU)
        source = ccflow.TokenSource(
            ccflow.Profile.from_mapping(
                {
                    "token_endpoint": "https://localhost:1/token",
                    "client_id": "me",
                    "client_secret": {"command": [str(spy)]},
                    "headers": {"X-Api-Key": API_KEY},
                    "timeout": 2,
                }
            )
        )
        before = {**os.environ}
        with pytest.raises(ccflow.TokenUnavailableError):
            source.token()
        told = dict(
            line.split("=", 1) for line in (place / "environ").read_text().splitlines()
        )
        numbers = [
            line.split()[-3]
            for line in (place / "descriptors").read_text().splitlines()[1:]
        ]
        pages = [Page("arguments", (place / "cmdline").read_text())]

        assert before == {**os.environ}
        assert {} == {
            name: value
            for name, value in told.items()
            if name not in _NOT_OURS and before.get(name) != value
        }
        # The last ones are the shell's own: its script, and that of `ls`.
        assert {"0", "1", "2"} <= {*numbers} <= {"0", "1", "2", "10", "11", "255"}
        assert [] == reader.find(pages)
        world.tidy()

    def test_this_process(self, reader):
        """Nor does this process show in its own arguments what it handled."""
        pages = [
            Page("arguments", " ".join(read("self", "cmdline"))),
            Page("title", "".join(read("self", "comm"))),
        ]

        assert [] == reader.find(pages)
