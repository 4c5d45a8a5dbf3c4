"""``{ env = "NAME" }``: a variable of this process."""

from __future__ import annotations

import os

from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secret import SecretReference


def read_env(reference: SecretReference) -> Secret:
    """Return the value of a variable."""
    name = reference.table["env"]
    if name not in os.environ:
        raise SecretError(f"the variable {name} is not set; export it")
    return Secret(os.environ[name])
