"""Where a token request goes: settings, endpoint and issuer, checked."""

from __future__ import annotations

from collections.abc import Mapping

from ccflow.protocol.provider import UrlRule
from ccflow.protocol.review import Review
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.template import template_fields
from ccflow.protocol.url import endpoint_problem


def checked_settings(review: Review) -> dict[str, str]:
    """Return the settings that are known and right, as they go into the URL."""
    values: dict[str, str] = {}
    for name, setting in review.provider.settings.items():
        value = review.registration.settings.get(name)
        if value is None:
            if review.incomplete or review.is_broken(name):
                continue  # It is not the default.
            value = setting.default
        if value is None:
            if not is_overridden(review):
                review.missing(name, "is missing", f"expected {setting.help}")
        elif fault := setting_problem(setting, value):
            review.problem(name, fault)
        else:
            values[name] = setting.choices.get(value, value)
    return values


def is_overridden(review: Review) -> bool:
    """Say whether the profile has an endpoint of its own, which needs no settings."""
    given = review.registration.token_endpoint is not None
    return given or review.is_broken("token_endpoint")


def checked_url(
    review: Review,
    key: str,
    given: str | None,
    rule: UrlRule | None,
    settings: Mapping[str, str],
) -> str | None:
    """Return the URL that the profile gives, else the one of the rule."""
    url = given
    if url is None:
        if rule is None or settings.keys() != review.provider.settings.keys():
            return None
        try:
            url = rule(settings) if callable(rule) else render(rule, settings)
        except Exception as error:  # noqa: BLE001 - a plugin's function
            review.problem(key, f"the template cannot be rendered: {error!r}")
            return None
    if fault := endpoint_problem(url):
        review.problem(key, fault)
        return None
    return url


def extra_parameters(
    review: Review, settings: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return what the provider sends; what needs a missing setting is left out."""
    return tuple(
        (name, render_template(template, settings))
        for name, template in review.provider.extra_parameters.items()
        if template_fields(template) <= settings.keys()
    )


def check_proxy(review: Review, url: str | None) -> None:
    """Keep a secret from a proxy that would see it in clear."""
    in_clear = url is not None and url.lower().startswith("http:")
    if in_clear and review.registration.proxy is not None:
        review.problem(
            "proxy",
            f"would get the secret in clear, since {url} is plain http",
            "take it out: plain http is for this machine itself",
        )


def render(template: str, settings: Mapping[str, str]) -> str:
    """Render a template; a name of its own in the error of a missing setting."""
    try:
        return render_template(template, settings)
    except KeyError as error:
        raise LookupError(f"it names a setting {error} that there is not") from None
