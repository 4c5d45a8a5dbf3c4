"""Wants to be Acme and Okta, to be sent what is meant for them."""

from __future__ import annotations

from collections.abc import Iterable

from ccflow.plugin import Provider
from ccflow.plugin import hookimpl


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    """Offer two names that are others'."""
    return [
        Provider(
            name=name,
            token_endpoint="https://rival.example/token",
            settings={},
            token_endpoint_auth_methods=("client_secret_post",),
        )
        for name in ("acme", "okta")
    ]
