"""Values to draw: texts, addresses, JSON."""

from __future__ import annotations

from typing import Any
from typing import Final
from typing import TypeVar

from hypothesis import strategies as st


T = TypeVar("T")

NASTY: Final = "\r\n\x00\x1b[31m\u2028\u202e\ud800"

anything: st.SearchStrategy[str] = st.text(min_size=1)
"""Secrets and the like: any text but the empty one."""

identifiers: st.SearchStrategy[str] = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1
)
"""Names of clients, keys and parameters: no control character is in them."""

uris: st.SearchStrategy[str] = st.one_of(
    st.from_regex(
        r"https://[a-z]{1,9}\.example(/[A-Za-z0-9._~-]{0,8})?", fullmatch=True
    ),
    st.from_regex(r"urn:[a-z]{2,8}:[A-Za-z0-9:._-]{1,9}", fullmatch=True),
    st.sampled_from(
        ["http://[::1]:8080/a?b=%20c", "api+v1://x", "https://a.example:1"]
    ),
)
"""Absolute URIs without a fragment, as a resource is (RFC 8707)."""

texts: st.SearchStrategy[str] = st.one_of(
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

scopes: st.SearchStrategy[list[str]] = st.lists(
    st.text(
        st.characters(
            min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\,'
        ),
        min_size=1,
        max_size=12,
    ),
    max_size=5,
)


def often(
    usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """Draw the usual shape three times out of four."""
    return st.one_of(usual, usual, usual, other)
