"""
Oracle Identity Cloud Service and OCI IAM identity domains.

Facts and their sources: docs/providers/oracle-idcs.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from ccflow.plugin import HOST
from ccflow.plugin import Provider
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin import hookimpl
from ccflow_oracle_idcs.explanations import EXPLANATIONS


CONSUMER_ALL: Final = "urn:opc:resource:consumer::all"
SEVERAL_RESOURCES: Final = "urn:opc:resource:multiresourcescope"
_AUDIENCE: Final = re.compile(r"https?://[^/]+")


def read_success(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """
    Find the token of an answer to a request for several resources.

    Such an answer has no ``access_token`` of its own but a list of answers; the
    first one with a token is taken and the whole list stays in ``extra``.
    """
    answers = body.get("tokenResponses")
    if body.get("access_token") or not isinstance(answers, list):
        return None
    # Refresh tokens are of no use here, and what is not kept cannot leak.
    kept = [
        {name: value for name, value in answer.items() if name != "refresh_token"}
        for answer in answers
        if isinstance(answer, Mapping)
    ]
    for answer in kept:
        if answer.get("access_token"):
            return {**body, "tokenResponses": kept, **answer}
    return None


def check_request(
    settings: Mapping[str, str], auth_method: str, scope: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    """
    Find scopes of several resources in one request, which Oracle refuses.

    A scope of a resource is its audience and its name in one; two different
    hosts are two audiences for certain.
    """
    found = {match[0] for value in scope if (match := _AUDIENCE.match(value))}
    if len(found) > 1 and SEVERAL_RESOURCES not in scope:
        yield (
            "scope",
            (
                f"the scopes belong to {len(found)} audiences "
                f"({', '.join(sorted(found))}), and Oracle takes one per request; "
                f"make a profile for each, or add {SEVERAL_RESOURCES}"
            ),
        )


ORACLE_IDCS: Final = Provider(
    name="oracle-idcs",
    token_endpoint="https://{domain}/oauth2/v1/token",
    # The same for every tenant, and not the host that is called.
    issuer="https://identity.oraclecloud.com/",
    settings={
        "domain": Setting(
            help="the identity domain's host, for example "
            "idcs-0123456789abcdef0123456789abcdef.identity.oraclecloud.com",
            pattern=HOST,
            corrections={
                r"^https?://": "write the host alone, without https:// and path",
            },
        ),
    },
    token_endpoint_auth_methods=(
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ),
    quirks=Quirks(
        # Oracle's own samples and SDK join the two as they are.
        basic_encoding="raw",
        content_type="application/x-www-form-urlencoded;charset=UTF-8",
        client_id_with_assertion=True,
        scope_required=True,
        exclusive_scopes=(CONSUMER_ALL,),
        assertion_audience="https://identity.oraclecloud.com/",
        assertion_algorithms=("RS256",),
        correlation_id_members=("ecid",),
        correlation_id_headers=("X-Oracle-DMS-ECID",),
        metadata_locations=(
            "{origin}/.well-known/openid-configuration",
            "{origin}/.well-known/idcs-configuration",
        ),
        metadata_members=("openid-configuration",),
    ),
    read_success=read_success,
    explanations=EXPLANATIONS,
    documentation=(
        (
            "https://docs.oracle.com/en-us/iaas/Content/Identity/api-getstarted/"
            "ClientCredentials.htm"
        ),
    ),
    check_request=check_request,
    metadata_base="https://{domain}",
)


@hookimpl
def ccflow_providers() -> Iterable[Provider]:
    """Offer Oracle's identity domains."""
    return [ORACLE_IDCS]
