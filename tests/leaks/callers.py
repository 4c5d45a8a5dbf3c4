"""Those who ask for a token, and what each of them gets to see."""

from __future__ import annotations

import asyncio
import io
import itertools
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import httpx
import tomli_w
import trio

import ccflow
from ccflow.cli.main import main
from tests.leaks.collector import Collector


@attrs.frozen
class Case:
    """
    A profile to get a token of.

    Args:
        keys: Those of the profile.

        file: Where they stand as TOML, for who reads files.

        api: An API that refuses each token, by its address.
    """

    keys: dict[str, Any] = attrs.field(repr=False)
    file: Path
    api: str

    def profile(self) -> ccflow.Profile:
        """Make the profile; no file is read."""
        return ccflow.Profile.from_mapping(self.keys, name="leaks")


@attrs.define
class Outcome:
    """
    What came of it.

    Args:
        error: The class of the error; None for a token.

        raised: The error itself, where the caller gets to hold it.
    """

    error: type[BaseException] | None = None
    raised: ccflow.CcflowError | None = None


def _failed(error: ccflow.CcflowError, seen: Collector) -> Outcome:
    seen.add_error(error)
    return Outcome(type(error), error)


def _source(case: Case, seen: Collector) -> ccflow.TokenSource:
    source = ccflow.TokenSource(case.profile())
    source.on_event(seen.hear)
    return source


def _look_at(source: ccflow.TokenSource, seen: Collector) -> None:
    for thing in (source, source.profile, source.plan, source.status(), source.auth()):
        seen.add_object(thing)
        seen.add_pickle(thing)


def by_thread(case: Case, seen: Collector) -> Outcome:
    """Ask, and ask again: a refusal is remembered, a token is refused by an API."""
    try:
        source = _source(case, seen)
        try:
            token = source.token()
            seen.add_object(token)
            source.invalidate(token)
            source.token()
        except ccflow.TokenRefusedError:
            source.token()
        _look_at(source, seen)
    except ccflow.CcflowError as error:
        return _failed(error, seen)
    return Outcome()


async def _awaited(case: Case, seen: Collector) -> Outcome:
    try:
        source = _source(case, seen)
        token = await source.atoken()
        seen.add_object(token)
        source.invalidate(token)
        await source.atoken()
        _look_at(source, seen)
    except ccflow.CcflowError as error:
        return _failed(error, seen)
    return Outcome()


def by_asyncio(case: Case, seen: Collector) -> Outcome:
    """Await it in asyncio, which tells what it does."""

    async def run() -> Outcome:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(seen.asyncio_handler)
        return await _awaited(case, seen)

    return asyncio.run(run(), debug=True)


def by_trio(case: Case, seen: Collector) -> Outcome:
    """Await it in trio."""
    return trio.run(_awaited, case, seen)


_ENDS = {
    0: None,
    2: ccflow.ConfigError,
    3: ccflow.TokenRefusedError,
    4: ccflow.TokenUnavailableError,
    5: ccflow.TokenResponseError,
}


_COMMANDS = itertools.cycle(("token", "check", "show", "status"))


def by_command(case: Case, seen: Collector) -> Outcome:
    """Type it, and another command after it: what is stored by then is looked at."""
    code = typed(case, seen, "token")
    typed(case, seen, next(_COMMANDS), "--json")
    return Outcome(_ENDS[code])


def typed(case: Case, seen: Collector, command: str, *options: str) -> int:
    """Type a command, and return its exit code."""
    case.file.write_text(tomli_w.dumps({"profiles": {"leaks": case.keys}}))
    case.file.chmod(0o600)
    words = ["--debug", command, "leaks", "--config", str(case.file), *options]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
    for channel, stream in ((f"{command}'s output", out), ("stderr", err)):
        written = stream.buffer.getvalue()  # type: ignore[attr-defined]
        seen.add(channel, written.decode())
    return code


@cache
def a_client() -> httpx.Client:
    """Return a client of the user's own, which knows nothing of tokens."""
    return httpx.Client(verify=False, trust_env=False)


def by_client(case: Case, seen: Collector) -> Outcome:
    """Call an API that refuses every token."""
    try:
        source = _source(case, seen)
        response = a_client().get(case.api, auth=source.auth())
        assert response.status_code == 401
        _look_at(source, seen)
    except ccflow.CcflowError as error:
        return _failed(error, seen)
    return Outcome()


CALLERS: dict[str, Callable[[Case, Collector], Outcome]] = {
    "thread": by_thread,
    "asyncio": by_asyncio,
    "trio": by_trio,
    "command": by_command,
    "client": by_client,
}
