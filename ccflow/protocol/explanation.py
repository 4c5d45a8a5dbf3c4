"""
What an error means here, and which page or setting to look at next.

Explanations are data beside a provider; the first that fits is the hint. The
general ones at the end of this module serve every provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Explanation:
    """
    One known error of a kind of server, and what to do about it.

    Args:
        hint: The next step: the console page, the setting, the profile key.

        error: The error code it is about; None for any.

        status_code: The HTTP status it is about; None for any.

        description: A regular expression that is searched in the server's
            text, whatever the case; None for any.

    .. versionadded:: 0.1.0
    """

    hint: str
    error: str | None = None
    status_code: int | None = None
    description: str | None = None

    def __attrs_post_init__(self) -> None:
        # Here, so that a plugin breaks when it is imported and not in an answer.
        re.compile(self.description or "")

    def fits(
        self, error: str | None, description: str | None, status_code: int | None
    ) -> bool:
        """Say whether this is about such an error."""
        return (
            (self.error is None or self.error == error)
            and (self.status_code is None or self.status_code == status_code)
            and (
                self.description is None
                or re.search(self.description, description or "", re.IGNORECASE)
                is not None
            )
        )


def find_hint(
    explanations: Iterable[Explanation],
    error: str | None,
    description: str | None,
    status_code: int | None,
) -> str | None:
    """Return the hint of the first explanation that fits, or None."""
    for explanation in explanations:
        if explanation.fits(error, description, status_code):
            return explanation.hint
    return None


GENERAL: Final = (
    Explanation(
        error="invalid_client",
        description="audience|aud\\b",
        hint="set assertion_audience to what the server expects: "
        '"token_endpoint", "issuer", or the value itself',
    ),
    Explanation(
        error="invalid_client",
        description="expired|issued before|not yet valid|clock|in the future",
        hint="compare this machine's clock with the server's",
    ),
    Explanation(
        error="invalid_client",
        description="kid\\b|signature|jwks|key",
        hint="check that key_id names the key that is registered for this client, "
        "and that private_key is its private half",
    ),
    Explanation(
        error="invalid_client",
        hint="check client_id, the secret or key, and that "
        "token_endpoint_auth_method is the one the client is registered for; "
        "a secret with special characters may need the other "
        'quirks.basic_encoding ("form" or "raw")',
    ),
    Explanation(
        error="unauthorized_client",
        hint="allow the client credentials grant for this client at the server",
    ),
    Explanation(
        error="unsupported_grant_type",
        hint="allow the client credentials grant at the server, "
        "and check that token_endpoint is its token endpoint",
    ),
    Explanation(
        error="invalid_scope",
        hint="check the spelling of each scope, and that the client may ask for it",
    ),
    Explanation(
        error="invalid_target",
        hint="check audience and resource against what the server has registered",
    ),
    Explanation(
        error="invalid_request",
        hint="compare what `ccflow show` prints with what the server expects",
    ),
    Explanation(
        error="access_denied",
        hint="check that a policy of the server lets this client have these scopes",
    ),
    Explanation(
        status_code=404,
        hint="check the token endpoint: nothing is served under this path",
    ),
    Explanation(
        status_code=405,
        hint="check the token endpoint: this path does not take POST requests",
    ),
    Explanation(
        status_code=401,
        hint="check client_id, the secret or key, and token_endpoint_auth_method",
    ),
    Explanation(
        status_code=403,
        hint="check that this client and this network may use the token endpoint",
    ),
    Explanation(
        status_code=407,
        hint="the proxy wants credentials: set proxy in the profile",
    ),
)
