"""
What servers answer with: the bodies of tokens and of errors, as members to draw.

Any JSON for an error body hardly ever makes an Okta-shaped one, so bodies are drawn
as members that servers use, each sometimes there and sometimes of a wrong type.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ccflow.testing.values import json_values
from ccflow.testing.values import often
from ccflow.testing.values import texts


Members = st.SearchStrategy[dict[str, Any]]

codes: st.SearchStrategy[str] = st.sampled_from(
    [
        "invalid_client",
        "invalid_scope",
        "invalid_request",
        "unauthorized_client",
        "access_denied",
        "temporarily_unavailable",
        "server_error",
        "slow_down",
        "too_many_requests",
        "E0000007",
        "E0000009",
        "E0000047",
        "Realm does not exist",
        "",
    ]
)

tokens: st.SearchStrategy[str] = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60
)

lifetimes: st.SearchStrategy[Any] = st.one_of(
    st.integers(1, 10**6),
    st.integers(-10, 10**6),
    st.integers(1, 10**6).map(str),
    st.floats(),
    json_values,
)

token_types: st.SearchStrategy[Any] = often(
    st.sampled_from(["Bearer", "bearer", "BEARER", "BearerToken", "DPoP", ""]),
    st.one_of(st.sampled_from(["mac", "N_A", "Application Access Token"]), json_values),
)

token_members: Members = st.fixed_dictionaries(
    {
        "access_token": often(tokens, often(tokens, json_values)),
        "expires_in": lifetimes,
        "scope": often(
            st.one_of(st.sampled_from(["a", "a b", "b,c", ""]), texts),
            st.one_of(st.lists(texts, max_size=3), json_values),
        ),
    },
    optional={
        "token_type": token_types,
        "refresh_token": tokens,
        "id_token": tokens,
        "error": st.sampled_from([None, ""]),
        "not-before-policy": json_values,
    },
)

other_token_members: Members = st.builds(
    # Names and places that profiles tell of, and times of expiry.
    lambda token, others: {**others, **token},
    st.one_of(
        st.fixed_dictionaries({"accessToken": tokens}),
        st.fixed_dictionaries({"data": often(token_members, json_values)}),
        st.fixed_dictionaries({"access_token": tokens}),
    ),
    st.fixed_dictionaries(
        {
            "expires_on": st.one_of(
                st.integers(1_800_000_001, 1_800_100_000),
                st.integers(1_799_000_000, 1_800_100_000).map(str),
                json_values,
            ),
            "scopes": st.one_of(texts, st.lists(texts, max_size=3)),
        },
        optional={
            "token_type": token_types,
            "expires_at": json_values,
            "refreshToken": tokens,
        },
    ),
)

error_members: Members = st.one_of(
    # RFC 6749
    st.fixed_dictionaries(
        {"error": often(codes, json_values)},
        optional={
            "error_description": st.one_of(texts, json_values),
            "error_uri": texts,
            "correlation_id": st.one_of(texts, json_values),
        },
    ),
    # Okta's own envelope, with its own codes or OAuth's
    st.fixed_dictionaries(
        {"errorCode": often(codes, json_values)},
        optional={
            "errorSummary": st.one_of(texts, json_values),
            "errorLink": codes,
            "errorId": st.one_of(texts, json_values),
            "errorCauses": st.lists(json_values, max_size=2),
        },
    ),
    # one level down
    st.fixed_dictionaries(
        {
            "error": st.fixed_dictionaries(
                {},
                optional={
                    "code": often(codes, json_values),
                    "type": codes,
                    "message": st.one_of(texts, json_values),
                },
            )
        }
    ),
    # in a list, and in the fault of a gateway
    st.fixed_dictionaries(
        {
            "errors": st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "code": often(codes, json_values),
                        "errorType": codes,
                        "message": texts,
                        "detail": st.one_of(texts, json_values),
                    },
                ),
                max_size=2,
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "fault": st.fixed_dictionaries(
                {},
                optional={
                    "faultstring": texts,
                    "detail": st.one_of(
                        st.fixed_dictionaries({"errorcode": codes}), json_values
                    ),
                },
            )
        }
    ),
    # no code at all: problem details and the like
    st.fixed_dictionaries(
        {},
        optional={
            "message": st.one_of(texts, json_values),
            "detail": texts,
            "title": st.one_of(texts, json_values),
            "status": st.integers(200, 599),
            "ecid": texts,
            "errors": st.lists(json_values, max_size=2),
        },
    ),
)

oracle_members: Members = st.fixed_dictionaries(
    {
        "tokenResponses": st.one_of(
            st.lists(st.one_of(token_members, json_values), max_size=3), json_values
        )
    },
    optional={"id_token": tokens, "access_token": st.sampled_from(["", None])},
)
