"""
Answers of token endpoints, and of whatever stands between, to draw.

A body is paired with the status and the headers that it comes with, as a rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from ccflow.testing.members import Members
from ccflow.testing.members import codes
from ccflow.testing.members import error_members
from ccflow.testing.members import oracle_members
from ccflow.testing.members import other_token_members
from ccflow.testing.members import token_members
from ccflow.testing.values import json_values
from ccflow.testing.values import often
from ccflow.testing.values import texts


Drawn = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


def json_bytes(value: object) -> bytes:
    """Write a value as a body."""
    return json.dumps(value).encode()


def _form(members: Mapping[str, Any]) -> bytes:
    return urlencode(
        {name: str(value).encode("utf-8", "replace") for name, value in members.items()}
    ).encode()


objects: Members = st.one_of(
    token_members, other_token_members, error_members, oracle_members
)

titles: st.SearchStrategy[str] = st.sampled_from(
    [
        "Sign in to your account",
        "502 Bad Gateway",
        "Attention Required! | Cloudflare",
        "Request Rejected",
        "404 Not Found",
        "ERROR: The requested URL could not be retrieved",
        "Free WiFi",
        "Welcome to nginx!",
    ]
)

pages: st.SearchStrategy[bytes] = st.builds(
    lambda start, title: f"{start}<html><title>{title}</title></html>".encode(
        "utf-8", "replace"
    ),
    st.sampled_from(["<!DOCTYPE html>", "", "\ufeff\n ", "<?xml version='1.0'?>"]),
    st.one_of(titles, texts),
)


def _recoded(members: Mapping[str, Any], encoding: str) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode(encoding, "replace")


bodies: st.SearchStrategy[bytes] = st.one_of(
    objects.map(json_bytes),
    objects.map(json_bytes),
    objects.map(_form),
    objects.map(lambda members: b"\xef\xbb\xbf" + json_bytes(members)),
    objects.map(lambda members: json_bytes(members)[:-2]),
    st.builds(
        _recoded,
        objects,
        st.sampled_from(["latin-1", "cp1252", "utf-16", "utf-16-be", "shift_jis"]),
    ),
    json_values.map(json_bytes),
    st.binary(),
    texts.map(lambda text: text.encode("utf-8", "replace")),
    pages,
    st.sampled_from([b"", b" \n", b"<?xml version='1.0'?><fault/>", b"[" * 10_000]),
)

_common_statuses: st.SearchStrategy[int] = st.sampled_from(
    [200, 201, 204, 302, 307, 400, 401, 403, 404, 407, 415, 429, 500, 502, 503]
)

statuses: st.SearchStrategy[int] = often(_common_statuses, st.integers(200, 599))

error_statuses: st.SearchStrategy[int] = st.sampled_from(
    [200, 302, 400, 400, 401, 401, 403, 429, 500, 503]
)

header_texts: st.SearchStrategy[str] = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF)
)

waits: st.SearchStrategy[str] = st.one_of(
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

challenges: st.SearchStrategy[str] = st.one_of(
    st.builds(
        lambda code, text: f'Bearer realm="a", error="{code}", {text}',
        codes,
        st.sampled_from(["", 'error_description="no"', 'error_description="', ","]),
    ),
    st.just('Basic realm="token"'),
    header_texts,
)

headers: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.one_of(
            st.sampled_from(
                [
                    "application/json",
                    "text/html",
                    "application/json; charset=iso-8859-1",
                    'text/plain; charset="Shift_JIS"',
                    "application/json; charset=iso-8859-99",
                ]
            ),
            header_texts,
        ),
        "www-authenticate": challenges,
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

_success = st.tuples(st.just(200), headers, token_members.map(json_bytes))
_other_success = st.tuples(st.just(200), headers, other_token_members.map(json_bytes))
_refusal = st.tuples(error_statuses, headers, error_members.map(json_bytes))

answers: st.SearchStrategy[Drawn] = st.one_of(
    # What a server means to say, with the status that it says it under.
    *(_success, _success, _success),
    *(_other_success, _other_success, _other_success),
    *(_refusal, _refusal, _refusal, _refusal, _refusal),
    st.tuples(
        st.sampled_from([400, 401, 403]),
        st.fixed_dictionaries({"www-authenticate": challenges}),
        st.sampled_from([b"", b"Unauthorized", b"{}"]),
    ),
    # Whatever stands between.
    st.tuples(statuses, headers, pages),
    st.tuples(
        st.sampled_from([301, 302, 303, 307, 308]),
        headers,
        st.one_of(st.just(b""), pages),
    ),
    # Anything.
    st.tuples(statuses, headers, bodies),
)
"""Status, headers and body that belong together, as a rule."""
