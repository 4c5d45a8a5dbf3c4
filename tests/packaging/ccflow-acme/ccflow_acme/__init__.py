"""
The servers of Acme, and the vault that Acme keeps its secrets in; beside it lies
Acme's `cupboard` for tokens.

Written as a third party would: `ccflow.plugin` is all that it imports of ccflow.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccflow.plugin import HOST
from ccflow.plugin import NAME
from ccflow.plugin import ErrorBody
from ccflow.plugin import Explanation
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import SecretReader
from ccflow.plugin import Setting
from ccflow.plugin import hookimpl


def token_endpoint(settings: Mapping[str, str]) -> str:
    """Every tenant has a path of its own."""
    return f"https://{settings['host']}/{settings['tenant']}/token"


def read_success(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Acme wraps its answers."""
    data = body.get("data")
    return data if isinstance(data, Mapping) else None


def read_error(body: Mapping[str, Any]) -> ErrorBody | None:
    """Acme wraps its refusals as well."""
    fault = body.get("fault")
    if not isinstance(fault, Mapping) or not isinstance(fault.get("code"), str):
        return None

    return ErrorBody(fault["code"], fault.get("text"))


ACME = Provider(
    name="acme",
    token_endpoint=token_endpoint,
    settings={
        "host": Setting(help="for example id.acme.example", pattern=HOST),
        "tenant": Setting(help="the name of the tenant", default="main", pattern=NAME),
    },
    token_endpoint_auth_methods=("client_secret_post",),
    quirks=Quirks(request_headers={"X-Acme-Version": "7"}),
    read_success=read_success,
    read_error=read_error,
    explanations=(Explanation(error="E42", hint="ask Acme's desk for a new secret"),),
)


def read_vault(reference: Mapping[str, Any], base_directory: str) -> str:
    """Read an entry of the vault, which is a directory here."""
    return Path(base_directory, "vault", reference["acme-vault"]).read_text()


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    """Offer Acme."""
    return [ACME]


@hookimpl
def ccflow_secret_readers() -> Iterable[SecretReader]:
    """Offer the vault."""
    return [SecretReader("acme-vault", read_vault)]
