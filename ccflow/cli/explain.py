"""``ccflow explain [CODE]``"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

import click

from ccflow.cli.app import App
from ccflow.cli.exit_codes import exit_code_of
from ccflow.cli.options import json_option
from ccflow.cli.providers import complete_provider
from ccflow.cli.providers import find
from ccflow.errors import TokenError


if TYPE_CHECKING:
    from ccflow.cli.pasted_answer import PastedAnswer
    from ccflow.protocol.provider import Provider
    from ccflow.protocol.response import TokenResponse

_MOST: Final = 1024 * 1024


@click.command("explain")
@click.argument("code", metavar="[CODE]", required=False)
@click.option(
    "--provider",
    default="generic",
    metavar="NAME",
    shell_complete=complete_provider,
    help="Whose error it is.",
)
@click.option(
    "--status",
    type=click.IntRange(100, 599),
    metavar="N",
    help="The HTTP status that it came under.",
)
@click.option("--description", metavar="TEXT", help="The text that came with CODE.")
@json_option
@click.pass_obj
def command(
    app: App,
    code: str | None,
    provider: str,
    status: int | None,
    description: str | None,
) -> None:
    """
    Say what an error means and what to do about it; nothing is sent.

    CODE is an error code, such as invalid_client. Without it the answer of a server
    is read from standard input: a body, or what `curl -i` prints.
    """
    from ccflow.cli.pasted_answer import read_pasted

    whose, _ = find(app, provider)
    if code is None:
        pasted = read_pasted(whose, _read_input(app), status)
    else:
        members = {"error": code, "error_description": description}
        body = json.dumps(members).encode()
        pasted = read_pasted(_reading_standard(whose), body, status)
    outcome = pasted.outcome(app.clock())
    if isinstance(outcome, TokenError):
        told = _describe_error(outcome, pasted)
    else:
        told = _describe_token(outcome, pasted)
    if app.as_json:
        app.output.json(told)
    else:
        _print(app, told)


def _read_input(app: App) -> bytes:
    stream = sys.stdin  # None where it is closed
    if stream is not None and stream.isatty():
        app.output.note("paste the answer, and end it with Ctrl-D")
    content = b"" if stream is None else stream.buffer.read(_MOST + 1)
    if len(content) > _MOST:
        raise click.UsageError("expected an answer of at most 1 MiB")
    if not content.strip():
        raise click.UsageError(
            "nothing to explain: give an error code, or an answer on standard input"
        )
    return content


def _reading_standard(provider: Provider) -> Provider:
    """Return a provider that finds a code where the standard has it."""
    import attrs

    quirks = attrs.evolve(
        provider.quirks,
        error_members=("error",),
        error_description_members=("error_description",),
    )
    return attrs.evolve(provider, quirks=quirks, read_error=None)


def _describe_error(error: TokenError, pasted: PastedAnswer) -> dict[str, Any]:
    return {
        "provider": error.provider,
        "outcome": "error",
        "what": str(error).removesuffix(f"; {error.hint}"),
        "class": type(error).__name__,
        "category": error.category,
        "retryable": error.retryable,
        "exit_code": exit_code_of(error),
        "error": error.error,
        "error_description": error.error_description,
        "status_code": error.status_code,
        "status_is_assumed": pasted.status_is_assumed,
        "correlation_id": error.correlation_id,
        "retry_after": error.retry_after,
        "hint": error.hint,
        "others": list(_others(error, pasted.provider)),
        "documentation": list(pasted.provider.documentation),
    }


def _describe_token(token: TokenResponse, pasted: PastedAnswer) -> dict[str, Any]:
    scope = None if token.scope is None else list(token.scope)
    what = f"{pasted.provider.name} gave a token of the type {token.token_type}"
    return {
        "provider": pasted.provider.name,
        "outcome": "token",
        "what": f"{what}; it is not shown",
        "token_type": token.token_type,
        "expires_in": token.expires_in,
        "scope": scope,
        "extra": [pasted.scrubber.text(name, 60) for name in token.extra],
        "status_code": pasted.answer.status_code,
        "status_is_assumed": pasted.status_is_assumed,
    }


def _others(error: TokenError, provider: Provider) -> Iterator[dict[str, str]]:
    """Give what else it may be: what fits as well, or would fit with a text."""
    from ccflow.protocol.general_explanations import GENERAL

    code, text, status = error.error, error.error_description, error.status_code
    told, mine = {error.hint}, provider.explanations
    # The general ones say less than those of a provider that knows the code.
    knows = any(it.error is not None and it.is_about(code, status) for it in mine)
    for it in mine if knows else (*mine, *GENERAL):
        if it.description is None or it.hint in told:
            continue
        unsaid = text is None and it.error is not None
        if it.is_about(code, status) if unsaid else it.fits(code, text, status):
            told.add(it.hint)
            yield {"description": it.description, "hint": it.hint}


def _print(app: App, told: dict[str, Any]) -> None:
    app.output.line(told["what"], "bold")
    if told["outcome"] == "token":
        rows = {
            "expires_in": told["expires_in"] or "unknown",
            "scope": " ".join(told["scope"] or ()) or "not told",
            "others": ", ".join(told["extra"]),
        }
    else:
        passes = "it passes" if told["retryable"] else "the same gets the same"
        rows = {
            "error": f"{told['class']}, {told['category']}: {passes}; "
            f"exit code {told['exit_code']}",
            "wait": f"{told['retry_after']:g} s" if told["retry_after"] else "",
            "next": told["hint"],
        }
    if told["status_is_assumed"]:
        rows["note"] = "the status is assumed; --status says another one"
    _items(app, rows.items())
    _items(app, (("see", page) for page in told.get("documentation", [])))
    if others := told.get("others"):
        app.output.line()
        app.output.line("another next step, where the text says", "bold")
    for it in others or ():
        app.output.line(f"  /{it['description']}/")
        app.output.item("     ", it["hint"])


def _items(app: App, rows: Iterable[tuple[str, Any]]) -> None:
    for name, value in rows:
        if value:
            app.output.item(f"  {name:10}", str(value))
