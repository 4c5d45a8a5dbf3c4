"""Providers to draw, as somebody might write one as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Final

from hypothesis import strategies as st

from ccflow.protocol.explanation import Explanation
from ccflow.protocol.provider import AUTH_METHODS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.protocol.template import HOST
from ccflow.protocol.template import NAME
from ccflow.protocol.template import PATH
from ccflow.protocol.template import Setting


_SIGNED: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
_SYMMETRIC: Final = ("HS256", "HS512")
_ASYMMETRIC: Final = ("RS256", "PS256", "ES256", "EdDSA")

_PARTS: Final = {
    "tenant": Setting("the tenant, for example blue", pattern=NAME),
    "path": Setting("the path, for example as/token", "token", pattern=PATH),
    "region": Setting("the region", "eu", choices={"eu": "eu-1", "us": "us-east-2"}),
}
"""Settings that may stand in the path."""

_codes: Final = st.from_regex(r"[a-z]{3,8}_[a-z]{3,8}", fullmatch=True)
_members: Final = st.from_regex(r"[a-z]{3,8}(\.[a-z]{3,6})?", fullmatch=True)
_words: Final = st.from_regex(r"[a-z]{3,8}( [a-z]{3,8}){1,4}", fullmatch=True)


@st.composite
def draw_provider(draw: st.DrawFn) -> Provider:
    """Draw a provider whose parts fit each other."""
    parts = draw(st.lists(st.sampled_from(sorted(_PARTS)), unique=True, max_size=3))
    methods = draw(
        st.lists(st.sampled_from(AUTH_METHODS), unique=True, min_size=1, max_size=4)
    )
    path = "/".join(f"{{{part}}}" for part in parts)
    return Provider(
        name=draw(st.from_regex(r"drawn-[a-z]{1,6}", fullmatch=True)),
        token_endpoint=f"https://{{domain}}/{path or 'token'}",
        settings={
            "domain": Setting("for example id.drawn.example", pattern=HOST),
            **{part: _PARTS[part] for part in parts},
        },
        token_endpoint_auth_methods=tuple(methods),
        issuer=draw(st.sampled_from([None, "https://{domain}"])),
        quirks=draw(_quirks(methods)),
        explanations=draw(_explanations()),
        documentation=("https://drawn.example/docs",),
    )


@st.composite
def _quirks(draw: st.DrawFn, methods: Sequence[str]) -> Quirks:
    """Draw quirks that say nothing of a method that is not there."""
    changes: dict[str, st.SearchStrategy[Any]] = {
        "scope_required": st.booleans(),
        "single_scope": st.booleans(),
        "scope_separator": st.sampled_from([" ", ","]),
        "default_expires_in": st.floats(1, 10**6),
        "access_token_members": _named(_members, "access_token"),
        "error_members": _named(_members, "error"),
        "correlation_id_members": _named(_members, "trace_id"),
        "retryable_errors": _listed(_codes.map("again_{}".format)),
        "rate_limit_errors": _listed(_codes.map("limit_{}".format)),
    }
    if "client_secret_basic" in methods:
        changes["basic_encoding"] = st.sampled_from(["form", "raw"])
    if signed := _SIGNED.intersection(methods):
        changes |= {
            "assertion_lifetime": st.integers(1, 3600),
            "assertion_not_before": st.booleans(),
            "assertion_audience": st.sampled_from(["token_endpoint", "urn:drawn"]),
            "client_id_with_assertion": st.booleans(),
            "assertion_algorithms": st.sampled_from([(), _algorithms(signed)]),
        }
    # At most one of those rules for scopes that could contradict each other.
    rule = draw(st.sampled_from(_RULES))
    return Quirks(**rule, **draw(st.fixed_dictionaries({}, optional=changes)))


_RULES: Final[tuple[dict[str, Any], ...]] = (
    {"required_scopes": ("api",)},
    {"forbidden_scopes": ("openid",)},
    {"exclusive_scopes": ("all",)},
    {"scope_pattern": "[a-z]{1,9}"},
    {},
)


def _listed(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(words, max_size=2, unique=True)


def _named(
    names: st.SearchStrategy[str], usual: str
) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw names of members, the usual one behind them."""
    return _listed(names).map(
        lambda found: (*(it for it in found if it != usual), usual)
    )


def _algorithms(methods: frozenset[str]) -> tuple[str, ...]:
    return (
        *(_ASYMMETRIC if "private_key_jwt" in methods else ()),
        *(_SYMMETRIC if "client_secret_jwt" in methods else ()),
    )


def _explanations() -> st.SearchStrategy[list[Explanation]]:
    """Draw what errors mean; what goes by a text stands before the code alone."""
    hints = st.from_regex(r"look at [a-z]{3,8} > [a-z]{3,8}", fullmatch=True)
    return st.builds(
        lambda codes, text, hint: [
            *(Explanation(error=it, description=text, hint=hint) for it in codes),
            *(Explanation(error=it, hint=hint) for it in codes),
        ],
        _listed(_codes),
        _words,
        hints,
    )
