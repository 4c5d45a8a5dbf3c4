"""What servers answer that is no refusal: pages, redirects, halves, and tokens."""

from __future__ import annotations

import gzip

from tests.leaks.echoes import granted
from tests.leaks.echoes import of_json
from tests.leaks.echoes import page
from tests.leaks.echoes import plain
from tests.leaks.failure import REFUSED
from tests.leaks.failure import RESPONSE
from tests.leaks.failure import UNAVAILABLE
from tests.leaks.failure import Failure
from tests.leaks.refusals import PASSING
from tests.leaks.refusals import REFUSALS
from tests.leaks.secrets import REFRESH_TOKEN
from tests.leaks.secrets import TOKEN
from tests.support.hostile import Answer
from tests.support.hostile import Line
from tests.support.hostile import Received
from tests.support.hostile import drip_forever
from tests.support.hostile import one_after_another


def _cut(told: str) -> Answer:
    def answer(line: Line, request: Received) -> None:
        line.send(plain(200, f'{{"error": "{told}', length=1_000_000))
        line.reset()

    return answer


NO_ANSWERS = (
    Failure("page-200", RESPONSE, "intermediary", lambda told: plain(200, page(told))),
    Failure(
        "page-titled",
        RESPONSE,
        "intermediary",
        lambda told: plain(200, page("x", told)),
    ),
    Failure(
        "page-404", RESPONSE, "intermediary", lambda told: plain(404, page(told, told))
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
        lambda told: plain(307, page(told), Location=f"/login/{told}"),
    ),
    Failure(
        "redirect-to-a-user",
        RESPONSE,
        "intermediary",
        lambda told: plain(301, Location=f"https://{told}@elsewhere.example:no/"),
    ),
    Failure("status-407", RESPONSE, "intermediary", lambda told: plain(407, told)),
    Failure(
        "empty-200",
        RESPONSE,
        "malformed",
        lambda told: plain(200, reason=told, Content_Type=told),
    ),
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
        lambda told: of_json(200, granted(access_token=f"{told} {TOKEN}\u00e9")),
    ),
    Failure(
        "unknown-type",
        RESPONSE,
        "malformed",
        lambda told: of_json(200, granted(token_type=told.replace("bearer", "mac"))),
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
    Failure(
        "token", None, None, lambda told: of_json(200, granted(scope="read write"))
    ),
    Failure(
        "token-and-all-that-was-said",
        None,
        None,
        lambda told: of_json(
            200,
            granted(
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
        lambda told: of_json(200, granted(scope=["read", told])),
    ),
)

ANSWERS = (*REFUSALS, *PASSING, *NO_ANSWERS, *BROKEN_OFF, *GRANTS)
