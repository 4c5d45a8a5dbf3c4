"""Where a token request goes: settings, endpoint and issuer, checked."""

from __future__ import annotations

from collections.abc import Mapping

from ccflow.protocol.provider import UrlRule
from ccflow.protocol.review import Review
from ccflow.protocol.template import render_template
from ccflow.protocol.template import setting_problem
from ccflow.protocol.url import endpoint_problem


def checked_settings(review: Review) -> dict[str, str] | None:
    """Return the checked settings, or None where some are wrong."""
    values: dict[str, str] = {}
    for name, setting in review.provider.settings.items():
        value = review.registration.settings.get(name, setting.default)
        if value is None:
            if review.registration.token_endpoint is None:
                review.problem(name, "is missing", f"expected {setting.help}")
        elif fault := setting_problem(setting, value):
            review.problem(name, fault)
        else:
            values[name] = value
    return values if values.keys() == review.provider.settings.keys() else None


def checked_url(
    review: Review, key: str, given: str | None, rule: UrlRule | None, settings: object
) -> str | None:
    """Return the URL that the profile gives, else the one of the rule."""
    url = given
    if url is None:
        if rule is None or not isinstance(settings, Mapping):
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


def render(template: str, settings: Mapping[str, str]) -> str:
    """Render a template; a name of its own in the error of a missing setting."""
    try:
        return render_template(template, settings)
    except KeyError as error:
        raise LookupError(f"it names a setting {error} that there is not") from None
