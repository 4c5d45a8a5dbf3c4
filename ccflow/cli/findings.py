"""Findings of the doctor on the screen, as JSON, and as an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

from ccflow.cli import exit_codes
from ccflow.cli.output import STYLES
from ccflow.cli.output import Output


if TYPE_CHECKING:
    from ccflow.doctor.finding import Finding

_CODES: Final = {
    "config": exit_codes.CONFIG,
    "refused": exit_codes.REFUSED,
    "unavailable": exit_codes.UNAVAILABLE,
    "response": exit_codes.RESPONSE,
}
_MARKS: Final = {"ok": "✓", "note": "·", "warning": "!", "error": "✗", "skipped": "-"}
_PLAIN_MARKS: Final = {**_MARKS, "ok": "+", "note": ".", "error": "x"}
# The longest name of a step, so that findings line up as they come.
_WIDTH: Final = len("tls_certificate")


def exit_code_of(finding: Finding) -> int:
    """Return what a finding alone would end in."""
    return _CODES[finding.kind] if finding.level == "error" else 0


def worst_of(findings: Iterable[Finding]) -> int:
    """Return the exit code of the worst of them: the highest."""
    return max(map(exit_code_of, findings), default=0)


def members_of(finding: Finding) -> dict[str, Any]:
    """Return a finding for a program."""
    return {
        "step": finding.step,
        "level": finding.level,
        "message": finding.message,
        "hint": finding.hint,
        "exit_code": exit_code_of(finding),
    }


def print_finding(output: Output, finding: Finding) -> None:
    """Print a finding, and below it what to do next."""
    level = finding.level
    marks = _MARKS if _can_print(output, "".join(_MARKS.values())) else _PLAIN_MARKS
    label = f"{marks[level]} {finding.step:{_WIDTH}}"
    style = STYLES.get(level, "dim")
    output.item(
        label,
        finding.message,
        None if level == "ok" else style,
        label_style=style,
    )
    if finding.hint:
        output.item(" " * len(label), finding.hint)


def print_count(output: Output, findings: list[Finding]) -> None:
    """Print how many errors and warnings there are."""
    levels = [finding.level for finding in findings]
    counts = ", ".join(
        _count(levels.count(level), level) for level in ("error", "warning")
    )
    output.line(counts)


def _can_print(output: Output, text: str) -> bool:
    try:
        text.encode(getattr(output.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
