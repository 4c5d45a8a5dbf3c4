"""Profiles of a provider to draw, each for one method."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Final

from hypothesis import strategies as st

from ccflow.config.profile import Profile
from ccflow.protocol.provider import TLS_METHODS
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.secret import Secret
from ccflow.testing.settings import fitting_settings
from ccflow.testing.signing_keys import key_pair
from ccflow.testing.values import anything
from ccflow.testing.values import identifiers
from ccflow.testing.values import uris


NAME: Final = "drawn"
ENDPOINT: Final = "https://as.example.com/token"
"""Where a provider that knows no address is asked."""

# RFC 6749 appendix A.4, without what some servers write between two scopes.
_SCOPE: Final = "".join(chr(it) for it in range(0x21, 0x7F) if chr(it) not in '"\\,')
_SIGNED: Final = {
    "client_secret_jwt": ("HS256", "HS384", "HS512"),
    "private_key_jwt": ("RS256", "ES256"),
}
# What is read wrongly if anybody encodes once too often, or not at all.
_TELLING: Final = st.sampled_from(
    ["p:a%2Bs s+&/=", "100% é\u20ac", "a b", "a+b", "%", "~"]
)
_secrets: Final = st.one_of(anything, _TELLING)
_names: Final = st.one_of(identifiers, _TELLING)
# RFC 7518 section 3.2: as long as the longest hash.
_LONG: Final = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=64, max_size=80
)


def draw_profile(provider: Provider, method: str) -> st.SearchStrategy[Profile]:
    """Draw profiles that name a method; a rule of the provider may refuse one."""
    quirks = provider.quirks
    raw = method == "client_secret_basic" and quirks.basic_encoding == "raw"
    # In such a header a colon is where the identifier ends.
    client_ids = _names.filter(lambda text: ":" not in text) if raw else _names
    fields: dict[str, st.SearchStrategy[Any]] = {
        "settings": fitting_settings(provider),
        "client_id": client_ids,
        "scope": scopes_of(quirks).map(tuple),
        "audience": st.one_of(st.none(), _names),
        "resource": st.lists(uris, max_size=2).map(tuple),
        "key_id": st.one_of(st.none(), _names),
    }
    made = partial(
        Profile,
        name=NAME,
        provider=provider.name,
        own_provider=provider,
        token_endpoint_auth_method=method,
        **_endpoint(provider),
    )
    return st.builds(
        lambda credential, values: made(**credential, **values),
        _credentials(quirks, method),
        st.fixed_dictionaries(fields),
    )


def _endpoint(provider: Provider) -> dict[str, Any]:
    """Return what a profile has to know where the provider does not."""
    knows = provider.token_endpoint or provider.issuer or provider.metadata_base
    return {} if knows else {"token_endpoint": ENDPOINT, "issuer": ENDPOINT}


def _credentials(quirks: Quirks, method: str) -> st.SearchStrategy[dict[str, Any]]:
    if method in TLS_METHODS:
        return st.just({"tls_certificate": "client.pem"})
    if method not in _SIGNED:
        return st.fixed_dictionaries({"client_secret": _secrets.map(Secret)})
    algorithms = st.sampled_from(algorithms_of(quirks, method))
    if method == "client_secret_jwt":
        return st.fixed_dictionaries(
            {
                "client_secret": _LONG.map(Secret),
                "token_endpoint_auth_signing_alg": algorithms,
            }
        )
    return algorithms.map(
        lambda algorithm: {
            "private_key": key_pair(algorithm)[0],
            "token_endpoint_auth_signing_alg": algorithm,
        }
    )


def algorithms_of(quirks: Quirks, method: str) -> list[str]:
    """Return what an assertion of a method may be signed with."""
    symmetric = method == "client_secret_jwt"
    known: list[str] = [
        name
        for name in quirks.assertion_algorithms
        if name.startswith("HS") is symmetric
    ]
    return known or list(_SIGNED[method])


def scopes_of(quirks: Quirks) -> st.SearchStrategy[list[str]]:
    """Draw a scope that keeps to the rules that are data."""
    letters = "".join(it for it in _SCOPE if it not in quirks.scope_separator)
    if quirks.scope_pattern is None:
        one = st.text(letters, min_size=1, max_size=12)
    else:
        one = st.from_regex(quirks.scope_pattern, fullmatch=True, alphabet=letters)
    alone = {*quirks.forbidden_scopes, *quirks.exclusive_scopes}
    required = list(quirks.required_scopes)
    least = 1 if quirks.scope_required and not required else 0
    most = max((1 if quirks.single_scope else 3) - len(required), least)
    others = st.lists(
        one.filter(lambda scope: scope not in alone),
        min_size=least,
        max_size=most,
        unique=True,
    )
    return others.map(lambda scope: list(dict.fromkeys([*required, *scope])))
