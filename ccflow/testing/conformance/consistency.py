"""Does the provider contradict itself? Rules that need no request and no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from typing import Final
from urllib.parse import urlsplit

import attrs

from ccflow.plugin.definition import provider_types
from ccflow.plugin.definition_check import check_definition
from ccflow.plugin.table_reader import TableReader
from ccflow.protocol.explanation import plain_code
from ccflow.protocol.provider import Provider
from ccflow.protocol.quirks import Quirks
from ccflow.testing.conformance.candidate import Candidate


_SIGNED: Final = frozenset({"client_secret_jwt", "private_key_jwt"})
_ASSERTION: Final = (
    *("client_id_with_assertion", "client_assertion_type", "assertion_audience"),
    *("assertion_lifetime", "assertion_not_before", "assertion_algorithms"),
    "certificate_headers",
)
"""The quirks that only an assertion has a use for."""


def complain_of_contradictions(candidate: Candidate) -> Iterator[str]:
    """Give the fields that cannot be right together."""
    provider = candidate.provider
    yield from _definition(provider)
    yield from _methods(provider)
    yield from _scopes(provider.quirks)
    yield from _codes(provider.quirks)
    yield from _repeated(provider.quirks)


def complain_of_documentation(candidate: Candidate) -> Iterator[str]:
    """Look at the pages for people, as far as that goes without asking for them."""
    pages = candidate.provider.documentation
    if not pages:
        yield "it names no page of the vendor"
    for page in pages:
        parts = urlsplit(page)
        if parts.scheme != "https" or "." not in parts.netloc or "@" in parts.netloc:
            yield f"{page!r} is not the https address of a page"
        if not page.isascii() or not page.isprintable() or " " in page:
            yield f"{page!r} has characters that no address has"
    if len({*pages}) < len(pages):
        yield "a page is named twice"


def _definition(provider: Provider) -> Iterator[str]:
    """Hold it to what a table in TOML is held to."""
    fields = attrs.asdict(provider, recurse=False)
    values: dict[str, Any] = {
        name: fields[name] for name in provider_types() if not callable(fields[name])
    }
    # What only a function uses is used: a table with a key of its own is not searched
    # for settings that nothing uses.
    functions = {name: it for name, it in fields.items() if callable(it)}
    reader = TableReader()
    check_definition(reader, values, {"settings": provider.settings, **functions})
    yield from map(str, reader.problems)


def _methods(provider: Provider) -> Iterator[str]:
    quirks, methods = provider.quirks, provider.token_endpoint_auth_methods
    usual = Quirks()
    set_ = [it for it in _ASSERTION if getattr(quirks, it) != getattr(usual, it)]
    if set_ and not _SIGNED & {*methods}:
        yield f"{', '.join(set_)} is about assertions, and no method has one"
    if (
        quirks.basic_encoding != usual.basic_encoding
        and "client_secret_basic" not in methods
    ):
        yield "basic_encoding is set, and client_secret_basic is no method of it"
    algorithms = quirks.assertion_algorithms
    symmetric = {name.startswith("HS") for name in algorithms}
    for method in sorted(_SIGNED & {*methods}):
        if algorithms and (method == "client_secret_jwt") not in symmetric:
            yield f"{method} is a method, and {', '.join(algorithms)} are not for it"
    if quirks.assertion_audience == "issuer" and provider.issuer is None:
        if provider.token_endpoint is not None and "private_key_jwt" in methods:
            yield 'assertion_audience is "issuer", and issuer is not known'


def _scopes(quirks: Quirks) -> Iterator[str]:
    required, forbidden = {*quirks.required_scopes}, {*quirks.forbidden_scopes}
    exclusive = {*quirks.exclusive_scopes}
    for scope in sorted(required & forbidden):
        yield f"{scope!r} is in required_scopes and in forbidden_scopes"
    for scope in sorted(exclusive & forbidden):
        yield f"{scope!r} is in exclusive_scopes and in forbidden_scopes"
    if len(required) > 1 and (quirks.single_scope or required & exclusive):
        yield "several required_scopes cannot be one scope"
    if quirks.scope_pattern is not None:
        for scope in sorted(required | exclusive):
            if not re.fullmatch(quirks.scope_pattern, scope):
                yield f"{scope!r} does not match scope_pattern"
    for scope in sorted(required | exclusive | forbidden):
        if quirks.scope_separator in scope:
            yield f"{scope!r} holds the scope_separator"


def _codes(quirks: Quirks) -> Iterator[str]:
    names = ("retryable_errors", "permanent_errors", "rate_limit_errors")
    homes: dict[str, str] = {}
    for name in names:
        for code in getattr(quirks, name):
            other = homes.setdefault(plain_code(code), name)
            if other != name:
                yield f"{code} is in {other} and in {name}"


def _repeated(quirks: Quirks) -> Iterator[str]:
    for field in attrs.fields(Quirks):
        value = getattr(quirks, field.name)
        if isinstance(value, tuple) and len({*value}) < len(value):
            yield f"{field.name} has something twice"
