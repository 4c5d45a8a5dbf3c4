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

    CODE is an error code, such as invalid_client. Without it, or with "-", the answer
    of a server is read from standard input: a body, what `curl -i` or `curl -v`
    prints, a message of ccflow, or a line of a log that has one of these in it.
    """
    from ccflow.cli.pasted_answer import read_pasted
    from ccflow.cli.pasted_answer import reading_standard

    whose, instead = _find(app, provider)
    if code is None or code == "-":
        pasted = read_pasted(whose, _read_input(app), status)
    else:
        members = {"error": code, "error_description": description}
        body = json.dumps(members).encode()
        pasted = read_pasted(reading_standard(whose), body, status)
    outcome = pasted.outcome(app.clock())
    if isinstance(outcome, TokenError):
        told = _describe_error(outcome, pasted)
    else:
        told = _describe_token(outcome, pasted)
    told["instead"] = instead
    if app.as_json:
        app.output.json(told)
    else:
        _print(app, told)


def _find(app: App, name: str) -> tuple[Provider, str | None]:
    """Return a provider, or one that knows the general ones only and what to use."""
    import attrs

    from ccflow.plugin.definition import InsteadError

    try:
        return find(app, name)[0], None
    except InsteadError as error:
        return attrs.evolve(find(app, "generic")[0], name=name), str(error)


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


def _others(error: TokenError, provider: Provider) -> Iterator[dict[str, str | None]]:
    """Give what else it may be, with the text that tells it."""
    from ccflow.protocol.hint import find_causes

    asked = (error.error, error.error_description, error.status_code)
    methods = provider.token_endpoint_auth_methods
    for it in find_causes(provider.explanations, *asked, methods):
        if it.hint != error.hint:
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
    rows["instead"] = told["instead"]
    if told["status_is_assumed"]:
        rows["note"] = "the status is assumed; --status says another one"
    _items(app, rows.items())
    _items(app, (("see", page) for page in told.get("documentation", [])))
    if others := told.get("others"):
        app.output.line()
        app.output.line("another next step, where the text says", "bold")
    for it in others or ():
        text = it["description"]
        app.output.line(f"  /{text}/" if text is not None else "  anything else")
        app.output.item("     ", it["hint"])


def _items(app: App, rows: Iterable[tuple[str, Any]]) -> None:
    for name, value in rows:
        if value:
            app.output.item(f"  {name:10}", str(value))
