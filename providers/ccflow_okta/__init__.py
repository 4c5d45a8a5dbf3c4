"""
Okta: custom authorization servers, the default one, and the org server.

Facts and their sources: docs/providers/okta.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final

from ccflow.plugin import HOST
from ccflow.plugin import NAME
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin import hookimpl
from ccflow_okta.explanations import EXPLANATIONS


def token_endpoint(settings: Mapping[str, str]) -> str:
    """The org server has a path of its own; every other one is named in it."""
    match settings["authorization_server"]:
        case "org":
            return f"https://{settings['domain']}/oauth2/v1/token"
        case server:
            return f"https://{settings['domain']}/oauth2/{server}/v1/token"


def issuer(settings: Mapping[str, str]) -> str:
    """The org server is its own domain, without ``/oauth2``."""
    match settings["authorization_server"]:
        case "org":
            return f"https://{settings['domain']}"
        case server:
            return f"https://{settings['domain']}/oauth2/{server}"


def check_request(
    settings: Mapping[str, str], auth_method: str, scope: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    """Find what the org server and the custom ones are known to refuse."""
    if settings["authorization_server"] == "org":
        if auth_method != "private_key_jwt":
            yield (
                "token_endpoint_auth_method",
                (
                    "Okta's org server takes only private_key_jwt for this grant; set "
                    "private_key, or name a custom authorization_server"
                ),
            )
    elif reserved := [value for value in scope if value.startswith("okta.")]:
        yield (
            "scope",
            (
                f"{reserved[0]!r} is an Okta API scope, which only the org server "
                'grants; set authorization_server = "org"'
            ),
        )


OKTA: Final = Provider(
    name="okta",
    token_endpoint=token_endpoint,
    issuer=issuer,
    settings={
        "domain": Setting(
            help="the Okta domain, for example acme.okta.com",
            pattern=HOST,
            corrections={
                r"^https?://": "write the domain alone, for example acme.okta.com",
                r"-admin\.okta": "this is the address of the Admin Console; "
                "write it without -admin",
            },
        ),
        "authorization_server": Setting(
            help='the id of a custom authorization server, "default", or "org"',
            default="default",
            pattern=NAME,
        ),
    },
    token_endpoint_auth_methods=(
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
    ),
    quirks=Quirks(
        request_headers={"Accept": "application/json", "Cache-Control": "no-cache"},
        scope_required=True,
        forbidden_scopes=(
            "openid",
            "profile",
            "email",
            "address",
            "phone",
            "offline_access",
        ),
        assertion_audience="token_endpoint",
        assertion_lifetime=300,
        assertion_algorithms=(
            "RS256",
            "RS384",
            "RS512",
            "ES256",
            "ES384",
            "ES512",
            "HS256",
            "HS384",
            "HS512",
        ),
        error_members=("error", "errorCode"),
        error_description_members=("error_description", "errorSummary"),
        retryable_errors=("temporarily_unavailable", "E0000009", "E0000010"),
        rate_limit_errors=("slow_down", "too_many_requests", "E0000047"),
        rate_limit_reset_header="X-Rate-Limit-Reset",
        correlation_id_members=("errorId",),
        correlation_id_headers=("X-Okta-Request-Id",),
    ),
    explanations=EXPLANATIONS,
    documentation=(
        "https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/",
        "https://developer.okta.com/docs/concepts/auth-servers/",
    ),
    check_request=check_request,
)


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    """Offer Okta."""
    return [OKTA]
