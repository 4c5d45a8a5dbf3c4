"""``{ command = ["op", "read", "..."] }``: what a program prints."""

from __future__ import annotations

import subprocess
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
    try:
        done = subprocess.run(  # noqa: S603 - the profile names the program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=reference.base_directory,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done, fault = None, f"took more than {TIMEOUT:.0f} seconds"
    except (OSError, ValueError) as error:
        done, fault = (
            None,
            f"cannot be run: {getattr(error, 'strerror', None) or error}",
        )
    else:
        fault = f"ended with status {done.returncode}; run it by hand to see why"
    if done is None or done.returncode != 0:
        raise SecretError(f"the command {command[0]} {fault}")
    return decode(done.stdout, f"what {command[0]} prints")
