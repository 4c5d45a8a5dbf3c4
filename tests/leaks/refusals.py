"""How servers say no, or later: each of it repeats the request where it can."""

from __future__ import annotations

import json

from tests.leaks.echoes import granted
from tests.leaks.echoes import of_json
from tests.leaks.echoes import page
from tests.leaks.echoes import plain
from tests.leaks.failure import REFUSED
from tests.leaks.failure import UNAVAILABLE
from tests.leaks.failure import Cell
from tests.leaks.failure import Failure
from tests.leaks.failure import Keys
from tests.leaks.secrets import ID_TOKEN
from tests.leaks.secrets import REFRESH_TOKEN
from tests.leaks.secrets import TOKEN


def _oauth(code: str, told: str) -> dict[str, object]:
    return {"error": code, "error_description": f"you said {told}"}


def _requires_scope(cell: Cell, keys: Keys) -> None:
    keys["require_scope"] = True


REFUSALS = (
    Failure(
        "refused-client",
        REFUSED,
        "client_auth",
        lambda told: of_json(401, _oauth("invalid_client", told)),
    ),
    Failure(
        "refused-client-400",
        REFUSED,
        "client_auth",
        lambda told: of_json(400, _oauth("unauthorized_client", told)),
    ),
    Failure(
        "refused-scope",
        REFUSED,
        "scope",
        lambda told: of_json(400, _oauth("invalid_scope", told)),
    ),
    Failure(
        "code-of-its-own",
        REFUSED,
        "request",
        lambda told: of_json(400, {"error": told}),
    ),
    Failure(
        "error-under-200",
        REFUSED,
        "request",
        lambda told: of_json(200, granted(error=told, error_description=told)),
    ),
    Failure(
        "error-in-a-header",
        REFUSED,
        "client_auth",
        lambda told: plain(
            401,
            WWW_Authenticate='Bearer error="invalid_client", '
            f'error_description="{told}", realm="{told}"',
        ),
    ),
    Failure(
        "other-members",
        REFUSED,
        "client_auth",
        lambda told: of_json(
            401,
            {
                "errorCode": "E0000004",
                "errorSummary": told,
                "errorCauses": [{"errorSummary": told}],
                "correlation_id": told,
                "trace_id": told,
                "message": told,
                "detail": [told],
                told: {"code": told, "message": told},
            },
        ),
    ),
    Failure(
        "nested-error",
        REFUSED,
        "client_auth",
        lambda told: of_json(401, {"error": {"code": told, "message": told}}),
    ),
    Failure(
        "text-403",
        REFUSED,
        "client_auth",
        lambda told: plain(403, f"no: {told}", Content_Type="text/plain"),
    ),
    Failure("empty-400", REFUSED, "request", lambda told: plain(400, reason=told)),
    Failure(
        "truncated-401",
        REFUSED,
        "client_auth",
        lambda told: plain(401, f'{{"error": "invalid_client", "x": "{told}'),
    ),
    Failure(
        "truncated-token-400",
        REFUSED,
        "request",
        lambda told: plain(400, f'{{"access_token": "{TOKEN}', reason=told),
    ),
    Failure(
        "token-404",
        REFUSED,
        "request",
        lambda told: plain(404, TOKEN, reason=told, Content_Type="text/plain"),
    ),
    Failure(
        "tokens-in-a-description",
        REFUSED,
        "request",
        lambda told: of_json(
            400,
            {
                "error": "invalid_request",
                "error_description": f"had access_token={TOKEN}, id_token: {ID_TOKEN}, "
                f"and Bearer {REFRESH_TOKEN}; you said {told}",
            },
        ),
    ),
    Failure(
        "names-that-come-twice",
        REFUSED,
        "client_auth",
        lambda told: plain(
            401,
            f'{{"error": {json.dumps(told)}, "access_token": "{TOKEN}", '
            f'"error": "invalid_client", "error_description": {json.dumps(told)}, '
            f'"access_token": "x", "error_description": {json.dumps(told)}}}',
        ),
    ),
    Failure(
        "form-400",
        REFUSED,
        None,  # Where what is repeated is no form, it is a text without a code.
        lambda told: plain(400, f"error=invalid_client&error_description={told}"),
    ),
    Failure(
        "headers-of-a-refusal",
        REFUSED,
        "client_auth",
        lambda told: plain(
            401,
            '{"error": "invalid_client"}',
            reason=told,
            X_Echo=told,
            X_Request_Id=told,
            X_Correlation_Id=told,
            X_Okta_Request_Id=told,
            X_Oracle_Dms_Ecid=told,
            Set_Cookie=f"echo={told}",
            Content_Type=told,
            Retry_After=told,
            Date=told,
            Server=told,
            Location=f"https://elsewhere.example/{told}",
        ),
    ),
    Failure(
        "scope-shortfall",
        REFUSED,
        "scope",
        # What was asked for is repeated with the rest, and is not granted.
        lambda told: of_json(200, granted(scope=[told.replace("write", "wrote")])),
        _requires_scope,
    ),
)

PASSING = (
    Failure(
        "rate-limited",
        UNAVAILABLE,
        "rate_limit",
        lambda told: of_json(429, _oauth("slow_down", told), Retry_After="7"),
    ),
    Failure(
        "failing-500",
        UNAVAILABLE,
        "server",
        lambda told: of_json(500, {"error": told, "error_description": told}),
    ),
    Failure(
        "failing-502-empty",
        UNAVAILABLE,
        "server",
        lambda told: plain(502, reason=told),
    ),
    Failure(
        "failing-503-page",
        UNAVAILABLE,
        "intermediary",
        lambda told: plain(503, page(told, told), Content_Type="text/html"),
    ),
    Failure(
        "failing-500-text",
        UNAVAILABLE,
        "server",
        lambda told: plain(500, f"Traceback: {told}"),
    ),
    Failure(
        "truncated-token-500",
        UNAVAILABLE,
        "server",
        lambda told: plain(
            500,
            f'{{"refresh_token":"{REFRESH_TOKEN}","access_token":"{TOKEN}","x":"{told}',
        ),
    ),
)
