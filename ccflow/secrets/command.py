"""``{ command = ["op", "read", "..."] }``: what a program prints."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secrets.file import decode


TIMEOUT: Final = 30.0


def read_command(reference: SecretReference) -> Secret:
    """
    Run a program, without a shell and without standard input.

    What it prints to standard error is not shown: programs that hold secrets
    print them there too.
    """
    command = reference.table["command"]
    secret, fault = _run(command, reference.base_directory)
    if secret is None:
        raise SecretError(f"the command {command[0]} {fault}")
    return secret


def _run(command: Sequence[str], directory: str) -> tuple[Secret | None, str]:
    """
    Return what a program prints, or what went wrong.

    Nothing is raised from here, with its output in hand.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the profile names the program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"took more than {TIMEOUT:g} seconds"
    except (OSError, ValueError) as error:
        return None, f"cannot be run: {getattr(error, 'strerror', None) or error}"
    if done.returncode != 0:
        return None, f"ended with status {done.returncode}; run it by hand to see why"
    return decode(done.stdout), "prints what is not UTF-8 text"
