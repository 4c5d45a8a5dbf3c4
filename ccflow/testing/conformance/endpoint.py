"""Where requests go: any settings render in their place, or are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import attrs
import httpx

from ccflow.config.profile import Profile
from ccflow.errors import ConfigError
from ccflow.protocol.plan import Plan
from ccflow.protocol.provider import Provider
from ccflow.secret import Secret
from ccflow.testing.conformance.candidate import Candidate
from ccflow.testing.conformance.falsify import falsify
from ccflow.testing.drawn_profiles import ENDPOINT
from ccflow.testing.drawn_profiles import NAME
from ccflow.testing.settings import any_settings


_URL: Final = re.compile(r"https://[^/?#@\\\s%]+(?:/[^?#\\\s]*)?(?:\?[^#\\\s]*)?")


def complain_of_endpoint(candidate: Candidate) -> Iterator[str]:
    """Draw settings, and look at what becomes of them."""
    provider = _without_rules(candidate.provider)
    rendered: list[str] = []
    refusals: list[str] = []

    def complain(settings: Mapping[str, str]) -> Iterator[str]:
        try:
            _, plan = _profile(provider, settings).plan()
        except ConfigError as refusal:
            refusals.append(refusal.problems[0].message)
            return
        rendered.append(plan.token_endpoint)
        for complaint in complaints(provider, plan, settings):
            yield f"{dict(settings)}: {complaint}"

    drawn = any_settings(provider)
    found = list(falsify(drawn, complain, examples=candidate.examples))
    if not rendered and not found:
        found = [f"no settings were found that it takes: {refusals[-1]}"]
    yield from found


def _without_rules(provider: Provider) -> Provider:
    """Take away what is said of scopes and methods: requests are judged elsewhere."""
    free = attrs.evolve(
        provider.quirks, scope_required=False, required_scopes=(), scope_pattern=None
    )
    return attrs.evolve(
        provider,
        quirks=free,
        check_request=None,
        token_endpoint_auth_methods=("client_secret_post",),
    )


def _profile(provider: Provider, settings: Mapping[str, str]) -> Profile:
    knows = provider.token_endpoint or provider.issuer or provider.metadata_base
    return Profile(
        name=NAME,
        provider=provider.name,
        own_provider=provider,
        token_endpoint=None if knows else ENDPOINT,
        client_id="c",
        client_secret=Secret("s"),
        settings=settings,
    )


def complaints(
    provider: Provider, plan: Plan, settings: Mapping[str, str]
) -> Iterator[str]:
    """Give what is wrong with the addresses of a plan."""
    urls = (plan.token_endpoint,) if plan.token_endpoint else plan.metadata_urls
    if not urls:
        yield "nobody knows where its token endpoint is"
    for url in urls:
        yield from _complain_of_url(url)
    template = provider.token_endpoint
    if isinstance(template, str):
        yield from _complain_of_place(template, plan.token_endpoint, provider, settings)


def _complain_of_url(url: str) -> Iterator[str]:
    """Say where parsers may not agree, or where a secret should not go."""
    if not _URL.fullmatch(url):
        yield f"{url!r} is not an https address of plain characters"
        return
    found, sent = urlsplit(url), httpx.URL(url)
    if found.hostname != sent.host or found.path not in {sent.path, ""}:
        yield f"two parsers do not agree on {url!r}"
    if {".", ".."} & {*found.path.split("/")}:
        yield f"{url!r} has dots for a segment"


def _complain_of_place(
    template: str, url: str, provider: Provider, settings: Mapping[str, str]
) -> Iterator[str]:
    """Fill each part of the template by itself, and compare."""
    values = {
        name: it.choices.get(value, value)
        for name, it in provider.settings.items()
        if (value := settings.get(name, it.default)) is not None
    }

    def filled(part: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], part)

    wanted, found = urlsplit(template), urlsplit(url)
    for name in ("scheme", "netloc", "path", "query"):
        part = filled(getattr(wanted, name))
        if part != getattr(found, name):
            yield f"the {name} of {url!r} is not {part!r}, as the template has it"
