"""
What the property tests draw from: shapes, not just any text.

Any JSON for an error body hardly ever makes an Okta-shaped one, so bodies are drawn
as members that servers use, each sometimes there and sometimes of a wrong type, and
paired with a status and headers.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st


anything = st.text(min_size=1)
"""Identifiers, secrets: any text but the empty one."""

NASTY = "\r\n\x00\x1b[31m\u2028\u202e\ud800"

texts = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "",
            " ",
            "The client secret supplied for a confidential client is invalid.",
            'quoted "text" and \\u0000',
            f"before{NASTY}after",
            "x" * 5000,
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
        ]
    ),
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from([2**63 - 1, 10**400, -0.0, float("nan"), float("inf")]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    max_leaves=6,
)


def often(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> Any:
    """Draw the usual shape three times out of four."""
    return st.one_of(usual, usual, usual, other)


codes = st.sampled_from(
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

tokens = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60
)

lifetimes = st.one_of(
    st.integers(-10, 10**6),
    st.integers(1, 10**6).map(str),
    st.floats(),
    json_values,
)

token_members = st.fixed_dictionaries(
    {"access_token": tokens},
    optional={
        "token_type": st.one_of(st.sampled_from(["Bearer", "bearer", "DPoP"]), texts),
        "expires_in": lifetimes,
        "scope": st.one_of(texts, st.lists(texts, max_size=3), json_values),
        "refresh_token": tokens,
        "id_token": tokens,
        "error": st.sampled_from([None, ""]),
        "not-before-policy": json_values,
    },
)

error_members = st.one_of(
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
    # no code at all
    st.fixed_dictionaries(
        {},
        optional={
            "message": st.one_of(texts, json_values),
            "detail": texts,
            "ecid": texts,
            "errors": st.lists(json_values, max_size=2),
        },
    ),
)

oracle_members = st.fixed_dictionaries(
    {
        "tokenResponses": st.one_of(
            st.lists(st.one_of(token_members, json_values), max_size=3), json_values
        )
    },
    optional={"id_token": tokens, "access_token": st.sampled_from(["", None])},
)


def json_bytes(value: object) -> bytes:
    """Write a value as a body."""
    return json.dumps(value).encode()


def _form(members: dict[str, Any]) -> bytes:
    return urlencode(
        {name: str(value).encode("utf-8", "replace") for name, value in members.items()}
    ).encode()


objects = st.one_of(token_members, error_members, oracle_members)

pages = texts.map(
    lambda text: f"<!DOCTYPE html><html><title>{text}</title></html>".encode(
        "utf-8", "replace"
    )
)

bodies = st.one_of(
    objects.map(json_bytes),
    objects.map(json_bytes),
    objects.map(_form),
    objects.map(lambda members: b"\xef\xbb\xbf" + json_bytes(members)),
    objects.map(lambda members: json_bytes(members)[:-2]),
    json_values.map(json_bytes),
    st.binary(),
    texts.map(lambda text: text.encode("utf-8", "replace")),
    pages,
    st.sampled_from([b"", b" \n", b"<?xml version='1.0'?><fault/>", b"[" * 10_000]),
)

_common_statuses = st.sampled_from(
    [200, 201, 204, 302, 307, 400, 401, 403, 404, 407, 415, 429, 500, 502, 503]
)

statuses = often(_common_statuses, st.integers(200, 599))

error_statuses = st.sampled_from([200, 302, 400, 400, 401, 401, 403, 429, 500, 503])

header_texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF))

waits = st.one_of(
    st.integers(-5, 10**12).map(str),
    st.floats().map(str),
    st.sampled_from(
        [
            "Fri, 15 Jan 2027 08:00:30 GMT",
            "Fri, 15 Jan 2027 08:00:30",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Thu, 01 Jan 1970 00:00:00 -0000",
            "soon",
        ]
    ),
    header_texts,
)

headers = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.one_of(
            st.sampled_from(["application/json", "text/html"]), header_texts
        ),
        "retry-after": waits,
        "date": waits,
        "x-rate-limit-reset": st.one_of(
            st.integers(1_799_999_000, 1_800_001_000).map(str), waits
        ),
        "location": st.one_of(
            st.just("https://sso.example.com/login?a=b#c"), header_texts
        ),
        "x-request-id": header_texts,
        "x-okta-request-id": header_texts,
        "x-oracle-dms-ecid": header_texts,
    },
)

secrets = st.builds(
    # Long and odd enough not to be a part of any message by chance.
    lambda head, tail: f"Zq7-{head}-{tail}~7qZ",
    st.integers(10**6, 10**9),
    st.text(max_size=12),
)

scopes = st.lists(
    st.text(
        st.characters(
            min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\,'
        ),
        min_size=1,
        max_size=12,
    ),
    max_size=5,
)

toml_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.dates(),
        st.datetimes(),
        st.times(),
        st.just(10**400),
        st.sampled_from(["okta", "curity", "generic", "client_secret_post", "issuer"]),
        st.sampled_from(
            [
                "https://as.example.com/token",
                "http://as.example.com",
                "https://u:p@as.example.com/",
                "acme.okta.com",
                "",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["env", "file", "command"]), st.text(max_size=8)),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)

references = st.one_of(
    st.fixed_dictionaries({"env": st.text(min_size=1, max_size=9)}),
    st.fixed_dictionaries({"file": st.text(min_size=1, max_size=9)}),
    st.fixed_dictionaries(
        {"command": st.lists(st.text(max_size=9), min_size=1, max_size=3)}
    ),
).filter(lambda reference: "\\x00" not in str(reference))
