"""Are the functions of the provider pure, and do they return what they should?"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Final

from hypothesis import strategies as st

from ccflow.protocol.provider import CORE_KEYS
from ccflow.protocol.provider import Provider
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.falsify import falsify
from ccflow.testing.drawn_profiles import scopes_of
from ccflow.testing.settings import fitting_settings


_RULES: Final = ("token_endpoint", "issuer", "metadata_base")

_Asked = tuple[dict[str, str], list[str]]


def has_functions(provider: Provider) -> bool:
    """Say whether something in it is decided by a function of the settings."""
    names = (*_RULES, "check_request")
    return any(callable(getattr(provider, name)) for name in names)


def complain_of_functions(candidate: Candidate) -> Iterator[str]:
    """Call each function twice with what a profile may have."""
    provider = candidate.provider

    def complain(asked: _Asked) -> Iterator[str]:
        given, scope = asked
        settings = _values(provider, given)
        for name in _RULES:
            rule = getattr(provider, name)
            if callable(rule):
                yield from _complain_of_rule(name, rule, settings)
        if provider.check_request is not None:
            for method in provider.token_endpoint_auth_methods:
                yield from _complain_of_check(provider, settings, method, scope)

    drawn = st.tuples(fitting_settings(provider), scopes_of(provider.quirks))
    yield from falsify(drawn, complain, examples=candidate.examples)


def _values(provider: Provider, given: Mapping[str, str]) -> dict[str, str]:
    """Return all settings as they go into the URL."""
    return {
        name: it.choices.get(value, value)
        for name, it in provider.settings.items()
        if (value := given.get(name, it.default)) is not None
    }


def _complain_of_rule(
    name: str, rule: Callable[[dict[str, str]], object], settings: dict[str, str]
) -> Iterator[str]:
    before = dict(settings)
    first, second = rule(settings), rule(settings)
    if not isinstance(first, str):
        yield f"{name}({before}) returns {type(first).__name__}, not text"
    if first != second:
        yield f"{name}({before}) returns {first!r}, and then {second!r}"
    if settings != before:
        yield f"{name}({before}) changes what it is given"


def _complain_of_check(
    provider: Provider, settings: dict[str, str], method: str, scope: list[str]
) -> Iterator[str]:
    ask = provider.check_request
    if ask is None:
        return
    shown = f"check_request({settings}, {method!r}, {tuple(scope)})"
    first: list[Any] = list(ask(settings, method, tuple(scope)))
    if first != list(ask(settings, method, tuple(scope))):
        yield f"{shown} does not say the same twice"
    for problem in first:
        if not isinstance(problem, tuple) or [*map(type, problem)] != [str, str]:
            yield f"{shown} gives {problem!r}, not a key and a text"
        elif problem[0] not in {*CORE_KEYS, *provider.settings}:
            yield f"{shown} names {problem[0]!r}, which no profile has"
