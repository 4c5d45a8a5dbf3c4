"""What a fork waits for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


# In a process of its own, which has imported nothing yet.
IMPORTS_WHILE_A_FORK_WAITS = """
import os, threading
from ccflow.fork_wait import fork_waits

is_busy, forks = threading.Event(), threading.Event()
os.register_at_fork(before=forks.set)

def work():
    with fork_waits():
        is_busy.set()
        forks.wait(30)
        import {module}

thread = threading.Thread(target=work)
thread.start()
is_busy.wait(30)
child = os.fork()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("module", ["concurrent.futures.thread", "logging"])
def test_nothing_is_given_back_that_was_not_taken(module):
    """An import that comes before a fork is no part of that fork."""
    code = IMPORTS_WHILE_A_FORK_WAITS.format(module=module)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert b"" == done.stderr
