"""``ccflow call NAME METHOD URL``"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Final
from urllib.parse import urlsplit

import click

from ccflow.cli import exit_codes
from ccflow.cli.api_request import check_method
from ccflow.cli.api_request import check_url
from ccflow.cli.api_request import is_json
from ccflow.cli.api_request import load_authorities
from ccflow.cli.api_request import read_data
from ccflow.cli.api_request import read_headers
from ccflow.cli.app import App
from ccflow.cli.options import config_option
from ccflow.cli.options import profile_argument
from ccflow.cli.options import request_options


if TYPE_CHECKING:
    import httpx

_TIMEOUT: Final = 30.0


class ApiUnavailableError(click.ClickException):
    """The API did not answer."""

    exit_code = exit_codes.UNAVAILABLE


@click.command("call")
@profile_argument
@click.argument("method")
@click.argument("url")
@click.option(
    "--data",
    metavar="TEXT",
    help="Send this, or the content of a file: @PATH. JSON is sent as such unless a "
    "Content-Type header says otherwise.",
)
@click.option(
    "--header", multiple=True, metavar="K:V", help="Send this header; may be repeated."
)
@click.option("--include", is_flag=True, help="Print status and headers as well.")
@click.option("--fail", is_flag=True, help="End with 22 for a status of 400 or more.")
@click.option(
    "--ca-file",
    metavar="FILE",
    type=click.Path(),
    help="Trust these authorities for the API; the profile's ca_file is not for it.",
)
@request_options
@config_option
@click.pass_context
def command(
    context: click.Context,
    name: str,
    method: str,
    url: str,
    data: str | None,
    header: tuple[str, ...],
    include: bool,
    fail: bool,
    ca_file: str | None,
    scope: tuple[str, ...] | None,
    audience: str | None,
    resource: tuple[str, ...] | None,
) -> None:
    """
    Call an API with a token of profile NAME.

    The body of the answer goes to standard output, its status to standard error.
    Ends with 0 for any answer of the API, with --fail with 22 for a status of 400 or
    more, and with 4 when the API does not answer.
    """
    import httpx

    import ccflow
    from ccflow.protocol.url import is_loopback

    app = context.ensure_object(App)
    host = check_url(url)
    check_method(method)
    headers = read_headers(header)
    content = read_data(data)
    if content is not None and "content-type" not in headers and is_json(content):
        headers["content-type"] = "application/json"
    trusted = load_authorities(ca_file)
    profile = app.load_profile(name)
    asked = ccflow.source(profile, scope=scope, audience=audience, resource=resource)
    app.tell_warnings(asked)
    try:
        with (
            ccflow.client(
                profile,
                scope=scope,
                audience=audience,
                resource=resource,
                verify=trusted,
                timeout=_TIMEOUT,
                # A proxy cannot reach this machine, and must not see its traffic.
                trust_env=not is_loopback(host),
            ) as client,
            client.stream(
                method.upper(), url, content=content, headers=headers
            ) as response,
        ):
            _print_answer(app, response, include=include)
    except (httpx.InvalidURL, UnicodeError):
        # Too long a label, an empty one, and what else is no name of a host.
        what = "the host is not a name that can be looked up"
        raise click.BadParameter(what, context, param_hint="URL") from None
    except httpx.HTTPError as error:
        raise ApiUnavailableError(_plain_words(error, url)) from None
    if fail and response.status_code >= 400:
        context.exit(exit_codes.HTTP_ERROR)


def _print_answer(app: App, response: httpx.Response, *, include: bool) -> None:
    reason = f" {response.reason_phrase}" if response.reason_phrase else ""
    status = f"{response.http_version} {response.status_code}{reason}"
    app.output.note(status)
    if include:
        lines = [
            status,
            *(f"{name}: {value}" for name, value in response.headers.items()),
        ]
        for line in lines:
            app.output.line(line)
        app.output.line()
    for chunk in response.iter_bytes():
        app.output.raw(chunk)


def _plain_words(error: httpx.HTTPError, url: str) -> str:
    import httpx

    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, httpx.TimeoutException):
        return f"the API at {host} did not answer within {_TIMEOUT:.0f} seconds"
    if isinstance(error, httpx.RemoteProtocolError):
        # Its text may quote what the API sent back: the token.
        return f"the API at {host} did not answer: what came is not complete HTTP"
    text = f"the API at {host} did not answer: {error}"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"{text}; name the authority to trust with --ca-file"
    return text
