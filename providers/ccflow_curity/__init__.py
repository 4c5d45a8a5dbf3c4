"""
The Curity Identity Server.

Every path of it is configuration; the defaults here are the installer's. Facts
and their sources: docs/providers/curity.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ccflow.plugin import HOST
from ccflow.plugin import PATH
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin import hookimpl
from ccflow_curity.explanations import EXPLANATIONS


CURITY: Final = Provider(
    name="curity",
    token_endpoint="https://{host}/oauth/v2/{token_path}",
    issuer="https://{host}/oauth/v2/oauth-anonymous",
    settings={
        "host": Setting(
            help="the host of the runtime node, for example idsvr.acme.com:8443",
            pattern=HOST,
        ),
        "token_path": Setting(
            help="the path of the token endpoint below /oauth/v2/",
            default="oauth-token",
            pattern=PATH,
        ),
    },
    token_endpoint_auth_methods=(
        "client_secret_post",
        "client_secret_basic",
        "client_secret_jwt",
        "private_key_jwt",
        # At an endpoint of their own, which token_path names.
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ),
    quirks=Quirks(assertion_audience="token_endpoint"),
    explanations=EXPLANATIONS,
    documentation=(
        "https://curity.io/resources/learn/client-credentials-flow/",
        "https://curity.io/docs/identity-server/",
    ),
)


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    """Offer Curity."""
    return [CURITY]
