"""
All that the author of a plugin imports.

```python
from ccflow.plugin import Provider, Setting, hookimpl

ACME = Provider(
    name="acme",
    token_endpoint="https://{domain}/token",
    settings={"domain": Setting(help="for example id.acme.example")},
    token_endpoint_auth_methods=("client_secret_basic",),
)


@hookimpl
def ccflow_providers():
    return [ACME]
```

with, in its ``pyproject.toml``::

    [project.entry-points."ccflow.providers"]
    acme = "ccflow_acme"
"""

from __future__ import annotations

from ccflow.plugin.hookspecs import hookimpl
from ccflow.plugin.secret_reader import SecretReader
from ccflow.plugin.token_store import StoreSetting
from ccflow.plugin.token_store import TokenStoreFactory
from ccflow.protocol.explanation import Explanation
from ccflow.protocol.provider import ErrorBody
from ccflow.protocol.provider import Provider
from ccflow.protocol.provider import rfc6749_error
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting
from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.store import TokenStore


__all__ = [
    "HOST",
    "NAME",
    "PATH",
    "ErrorBody",
    "Explanation",
    "Provider",
    "Quirks",
    "Record",
    "Secret",
    "SecretReader",
    "Setting",
    "StoreError",
    "StoreSetting",
    "TokenStore",
    "TokenStoreFactory",
    "hookimpl",
    "rfc6749_error",
]
