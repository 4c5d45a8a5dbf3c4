"""What servers answer: each of it repeats the request where it can hold text."""

from __future__ import annotations

import gzip

from tests.leaks.echoes import of_json
from tests.leaks.echoes import plain
from tests.leaks.failure import REFUSED
from tests.leaks.failure import RESPONSE
from tests.leaks.failure import UNAVAILABLE
from tests.leaks.failure import Cell
from tests.leaks.failure import Failure
from tests.leaks.failure import Keys
from tests.leaks.secrets import ID_TOKEN
from tests.leaks.secrets import REFRESH_TOKEN
from tests.leaks.secrets import TOKEN
from tests.support.hostile import Answer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import drip_forever
from tests.support.hostile import one_after_another


def _oauth(code: str, told: str) -> dict[str, object]:
    return {"error": code, "error_description": f"you said {told}"}


def _token(**members: object) -> dict[str, object]:
    return {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": REFRESH_TOKEN,
        "id_token": ID_TOKEN,
        **members,
    }


def _page(told: str, title: str = "Oops") -> str:
    return f"<html><title>{title}</title><h1>{told}</h1><p>{told}</p></html>"


def _cut(told: str) -> Answer:
    def answer(line: Line, request: Received) -> None:
        line.send(plain(200, f'{{"error": "{told}', length=1_000_000))
        line.reset()

    return answer


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
        lambda told: of_json(200, _token(error=told, error_description=told)),
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
        lambda told: of_json(200, _token(scope=[told])),
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
        lambda told: plain(503, _page(told, told), Content_Type="text/html"),
    ),
    Failure(
        "failing-500-text",
        UNAVAILABLE,
        "server",
        lambda told: plain(500, f"Traceback: {told}"),
    ),
)

NO_ANSWERS = (
    Failure("page-200", RESPONSE, "intermediary", lambda told: plain(200, _page(told))),
    Failure(
        "page-titled",
        RESPONSE,
        "intermediary",
        lambda told: plain(200, _page("x", told)),
    ),
    Failure(
        "page-404", RESPONSE, "intermediary", lambda told: plain(404, _page(told, told))
    ),
    Failure(
        "xml",
        RESPONSE,
        "intermediary",
        lambda told: plain(200, f"<error>{told}<error>"),
    ),
    Failure(
        "redirect-to-login",
        RESPONSE,
        "intermediary",
        lambda told: plain(
            302, Location=f"https://sso.example/login?said={told}#{told}"
        ),
    ),
    Failure(
        "redirect-into-a-path",
        RESPONSE,
        "intermediary",
        lambda told: plain(307, _page(told), Location=f"/login/{told}"),
    ),
    Failure(
        "redirect-to-a-user",
        RESPONSE,
        "intermediary",
        lambda told: plain(301, Location=f"https://{told}@elsewhere.example:no/"),
    ),
    Failure("status-407", RESPONSE, "intermediary", lambda told: plain(407, told)),
    Failure("empty-200", RESPONSE, "malformed", lambda told: plain(200, reason=told)),
    Failure("array", RESPONSE, "malformed", lambda told: of_json(200, [told, TOKEN])),
    Failure(
        "truncated-200",
        RESPONSE,
        "malformed",
        lambda told: plain(200, f'{{"access_token": "{TOKEN}", "x": "{told}'),
    ),
    Failure(
        "token-under-another-name",
        RESPONSE,
        "malformed",
        lambda told: of_json(200, {"bearer": TOKEN, told: told, "jwt": REFRESH_TOKEN}),
    ),
    Failure(
        "text-200", RESPONSE, "malformed", lambda told: plain(200, f"{TOKEN} {told}")
    ),
    Failure(
        "token-that-is-none",
        RESPONSE,
        "malformed",
        lambda told: of_json(200, _token(access_token=f"{told} {TOKEN}\u00e9")),
    ),
    Failure(
        "unknown-type",
        RESPONSE,
        "malformed",
        lambda told: of_json(200, _token(token_type=told.replace("bearer", "mac"))),
    ),
    Failure(
        "huge",
        RESPONSE,
        "malformed",
        lambda told: plain(200, f"{told} {TOKEN}" + " " * 1_100_000),
    ),
    Failure(
        "wrong-encoding",
        RESPONSE,
        "malformed",
        lambda told: plain(200, told, Content_Encoding="gzip", Content_Type=told),
    ),
    Failure(
        "packed",
        REFUSED,
        "client_auth",
        lambda told: plain(
            401,
            gzip.compress(f'{{"error":"invalid_client","x":"{told}"}}'.encode()),
            Content_Encoding="gzip",
        ),
    ),
)

BROKEN_OFF = (
    Failure(
        "slow-drip",
        UNAVAILABLE,
        "network",
        lambda told: drip_forever(plain(200, told, length=1_000_000), b"x"),
        waits=True,
    ),
    Failure(
        "reset-in-the-middle",
        UNAVAILABLE,
        "network",
        _cut,
    ),
    Failure(
        "short-body",
        UNAVAILABLE,
        "network",
        lambda told: one_after_another([plain(200, told, length=1_000_000)]),
    ),
    Failure(
        "no-http",
        UNAVAILABLE,
        "network",
        lambda told: one_after_another([f"{told}\r\n\r\n".encode()]),
    ),
    Failure(
        "wrong-header-line",
        UNAVAILABLE,
        "network",
        lambda told: one_after_another(
            [f"HTTP/1.1 200 {told}\r\n no {told} {TOKEN}\r\n\r\n".encode()]
        ),
    ),
    Failure(
        "wrong-chunk",
        UNAVAILABLE,
        "network",
        lambda told: one_after_another(
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                f"{told}\r\n{told}".encode(),
            ]
        ),
    ),
)

GRANTS = (
    Failure("token", None, None, lambda told: of_json(200, _token(scope="read write"))),
    Failure(
        "token-and-all-that-was-said",
        None,
        None,
        lambda told: of_json(
            200,
            _token(
                scope=f"read {told}",
                token_type=f"Bearer {told}",
                you_said=told,
                nested={"list": [told]},
                **{told: 1},
            ),
            X_Echo=told,
            Set_Cookie=told,
        ),
    ),
    Failure(
        "token-of-less",
        None,
        None,
        lambda told: of_json(200, _token(scope=["read", told])),
    ),
)

ANSWERS = (*REFUSALS, *PASSING, *NO_ANSWERS, *BROKEN_OFF, *GRANTS)
