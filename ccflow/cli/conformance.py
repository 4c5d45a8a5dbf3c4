"""``ccflow conformance NAME``"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Final

import click

from ccflow.cli import exit_codes
from ccflow.cli.app import App
from ccflow.cli.findings import members_of
from ccflow.cli.findings import print_finding
from ccflow.cli.findings import worst_of
from ccflow.cli.options import complete_profile
from ccflow.cli.options import config_option
from ccflow.cli.options import json_option
from ccflow.cli.providers import complete_provider
from ccflow.cli.providers import locate
from ccflow.errors import ConfigError


if TYPE_CHECKING:
    from ccflow.doctor.finding import Finding
    from ccflow.doctor.finding import Level
    from ccflow.testing.conformance.candidate import Candidate
    from ccflow.testing.conformance.check import State
    from ccflow.testing.conformance.check import Verdict

_LEVELS: Final[dict[State, Level]] = {
    "passed": "ok",
    "failed": "error",
    "skipped": "skipped",
}


@click.command("conformance")
@click.argument("name", metavar="NAME", shell_complete=complete_provider)
@click.option(
    "--live",
    metavar="PROFILE",
    shell_complete=complete_profile,
    help="Compare with the server of this profile, too: what it says of itself, and "
    "one token request.",
)
@config_option
@json_option
@click.pass_context
def command(context: click.Context, name: str, live: str | None) -> None:
    """
    Judge the provider NAME by all that can be said without a tenant.

    Runs the checks of ccflow.testing.ProviderConformance. Ends with 0 when none of
    them fails, else with 2, or with what --live ends in.
    """
    app = context.ensure_object(App)
    candidate = _find_candidate(app, name)
    if live is not None:
        _check_profile(app, name, live)
    verdicts = list(_judged(app, candidate))
    findings = list(_findings(app, live)) if live is not None else []
    failed = any(verdict.state == "failed" for verdict in verdicts)
    code = max(exit_codes.CONFIG if failed else 0, worst_of(findings))
    if app.as_json:
        import attrs

        report = {
            "provider": name,
            "ok": not code,
            "exit_code": code,
            "checks": [attrs.asdict(verdict) for verdict in verdicts],
            "live": [members_of(it) for it in findings] if live is not None else None,
        }
        app.output.json(report)
    else:
        count = Counter(verdict.state for verdict in verdicts)
        app.output.line(", ".join(f"{count[state]} {state}" for state in _LEVELS))
    context.exit(code)


def _find_candidate(app: App, name: str) -> Candidate:
    try:
        from ccflow.testing.conformance.candidate import find_candidate
        from ccflow.testing.conformance.checks import CHECKS as CHECKS  # noqa: PLC0414
    except ImportError as error:
        if error.name not in {"hypothesis", "pytest"}:
            raise
        raise ConfigError(
            f"conformance needs {error.name} to draw what it tries; "
            'run: pip install "ccflow-oauth[testing]"'
        ) from error
    provider, file = locate(app, name)
    return find_candidate(provider, sample=file)


def _check_profile(app: App, name: str, live: str) -> None:
    """Refuse a profile at another kind of server before anything is done."""
    profile = app.read_profile(live)
    if profile.provider != name:
        text = f"the profile {live!r} is of {profile.provider!r}, not of {name!r}"
        raise click.BadParameter(text, param_hint="--live")


def _judged(app: App, candidate: Candidate) -> Iterator[Verdict]:
    """Judge the candidate, and print what comes of each check."""
    from ccflow.testing.conformance.checks import CHECKS

    for check in CHECKS:
        verdict = check.judge(candidate)
        if not app.as_json:
            print_finding(app.output, _finding_of(verdict))
            app.output.flush()
        yield verdict


def _findings(app: App, live: str) -> Iterator[Finding]:
    """Go to the server of a profile; nothing is changed there."""
    from ccflow.doctor.examination import Order
    from ccflow.doctor.examination import examine

    cache = app.default_cache
    for finding in examine(live, app.config, order=Order(), default_cache=cache):
        if not app.as_json:
            print_finding(app.output, finding)
            app.output.flush()
        yield finding


def _finding_of(verdict: Verdict) -> Finding:
    """Return a verdict as the doctor would tell it."""
    from ccflow.doctor.finding import Finding

    lines = [verdict.claim, *verdict.remarks]
    if verdict.state == "skipped":
        lines = [*verdict.remarks]
    return Finding(verdict.name, _LEVELS[verdict.state], "\n".join(lines))
