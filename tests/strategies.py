"""
What only our own property tests draw from; the rest ships in `ccflow.testing`.

Shapes, not just any text: see there.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


secrets = st.builds(
    # Long and odd enough not to be a part of any message by chance.
    lambda head, tail: f"Zq7-{head}-{tail}~7qZ",
    st.integers(10**6, 10**9),
    st.text(max_size=12),
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
