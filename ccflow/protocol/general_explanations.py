"""
What errors mean at any authorization server, whatever else a text says of them.

They come last: first the text of the provider and of `general_causes`, then what the
provider says of the code. Here it is the code, or a text that only stands for one,
then the status alone.
"""

from __future__ import annotations

from typing import Final

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.general_causes import CAUSES
from ccflow.protocol.general_causes import GRANT
from ccflow.protocol.general_causes import REPLAY


_NO_CLIENT: Final = (
    "the server knows no such client: compare client_id, and whether token_endpoint "
    "is the tenant or realm that it lives in"
)
_PATH: Final = "check the token endpoint: nothing is served under this path"
_TARGET: Final = "check audience and resource against what the server has registered"
_DPOP: Final = (
    "the server demands DPoP for this client, which this version does not speak: "
    "switch it off for the client at the server"
)
_PORTAL: Final = (
    "this network wants a login in a browser before it lets anything through"
)

_OF_THE_CLIENT: Final = (
    # "Invalid client_id or client_secret" names both, and so neither.
    Explanation(
        error="invalid_client",
        description=r"(unknown|no such|unregistered) client|client identifier|"
        r"client[ _]id\b(?!.*secret)|client\b.*\bnot (be )?(found|exist|registered)",
        hint=_NO_CLIENT,
    ),
    Explanation(error="invalid_client_id", hint=_NO_CLIENT),
    Explanation(
        error="invalid_client",
        cause="encoding",
        hint="check client_id, the secret, and that token_endpoint_auth_method is the "
        "one the client is registered for; a secret with special characters may need "
        'the other quirks.basic_encoding ("form" or "raw")',
    ),
    Explanation(
        error="invalid_client",
        hint="check client_id, the secret or key, and that "
        "token_endpoint_auth_method is the one the client is registered for",
    ),
    Explanation(error="jti_known", hint=REPLAY),
    Explanation(
        description="(invalid|bad|wrong|incorrect) (client )?((id|client) or )*"
        "(invalid )?(client )?(secret|credentials)|client authentication failed",
        hint="check client_id and the secret or key; this server says it under a "
        "code of its own",
    ),
    Explanation(error="unauthorized_client", hint=GRANT),
    Explanation(
        error="unsupported_grant_type",
        hint="allow the client credentials grant at the server, "
        "and check that token_endpoint is its token endpoint",
    ),
    Explanation(
        description=r"grant[ _-]?type.*\bnot\b|\bnot\b.*grant[ _-]?type", hint=GRANT
    ),
    Explanation(
        error="invalid_grant",
        hint="the server has nobody in whose name to give a token: look for the user, "
        "role or policy that it ties to the client credentials grant",
    ),
    Explanation(error="use_dpop_nonce", hint=_DPOP),
    Explanation(error="invalid_dpop_proof", hint=_DPOP),
    Explanation(
        error="invalid_token",
        hint="this address wants an access token already, as an API does: check "
        "that token_endpoint is the token endpoint",
    ),
)

_OF_WHAT_IS_ASKED: Final = (
    Explanation(
        error="invalid_scope",
        hint="check the spelling of each scope, and that the client may ask for it",
    ),
    Explanation(
        error="insufficient_scope",
        hint="let the client have these scopes at the server",
    ),
    Explanation(
        error="consent_required",
        hint="have an administrator grant these scopes to the client at the server",
    ),
    Explanation(
        error="access_denied",
        description=r"audience|\bapi\b|service not enabled",
        hint="set audience to the API that the token is for, and let the client use "
        "that API at the server",
    ),
    Explanation(
        error="access_denied",
        hint="check that a policy of the server lets this client have these scopes",
    ),
    Explanation(error="invalid_target", hint=_TARGET),
    Explanation(error="invalid_resource", hint=_TARGET),
    Explanation(
        error="invalid_request",
        description="client_id",
        hint="set quirks.client_id_with_assertion = true, or "
        'token_endpoint_auth_method = "client_secret_post"',
    ),
    Explanation(
        error="invalid_request",
        description="audience|resource",
        hint="set audience or resource to the API that the token is for",
    ),
    Explanation(
        error="invalid_request",
        hint="compare what `ccflow show` prints with what the server expects",
    ),
)

_OF_A_STATUS: Final = (
    Explanation(
        status_code=401,
        hint="check client_id, the secret or key, and token_endpoint_auth_method",
    ),
    Explanation(
        status_code=403,
        hint="check that this client and this network may use the token endpoint",
    ),
    Explanation(status_code=404, hint=_PATH),
    Explanation(
        status_code=405,
        hint="check the token endpoint: this path does not take POST requests",
    ),
    Explanation(
        status_code=406,
        hint="the server does not take the Accept header: set quirks.request_headers",
    ),
    Explanation(
        status_code=407,
        hint="the proxy wants credentials: set proxy in the profile",
    ),
    Explanation(
        status_code=413,
        hint="the request is too large for the server: ask for fewer scopes, or use a "
        "shorter assertion",
    ),
    Explanation(
        status_code=415,
        hint="the server does not take this media type: set quirks.content_type",
    ),
    Explanation(
        status_code=431,
        hint="the headers are too large for the server: use client_secret_post, or "
        "take some out of headers",
    ),
    Explanation(status_code=511, hint=_PORTAL),
)

CODES: Final = (*_OF_THE_CLIENT, *_OF_WHAT_IS_ASKED, *_OF_A_STATUS)
GENERAL: Final = (*CAUSES, *CODES)
