"""The grep finds: whatever leaks on purpose, in each form, into each channel."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import sys
import threading
import warnings
from base64 import b64encode
from base64 import urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote
from urllib.parse import quote_plus

import attrs
import pytest

from ccflow.engine.listeners import Listeners
from ccflow.errors import TokenRefusedError
from ccflow.events import GateOpened
from ccflow.events import StoreDegraded
from ccflow.secret import Secret
from tests.leaks.collector import Collector
from tests.leaks.collector import collected
from tests.leaks.grep import PIECE
from tests.leaks.grep import Grep
from tests.leaks.grep import Mark
from tests.leaks.grep import Page
from tests.leaks.grep import Reader
from tests.leaks.reach import FORBIDDEN
from tests.leaks.reach import reached
from tests.leaks.secrets import CLIENT_SECRET
from tests.leaks.secrets import TOKEN


# Written anew here: what `forms` gets wrong must not be wrong in both.
WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent-lower": lambda text: "".join(
        it if it.isalnum() else f"%{ord(it):02x}" for it in text if it.isascii()
    ),
    "form": quote_plus,
    "json": json.dumps,
    "json-utf8": lambda text: json.dumps(text, ensure_ascii=False),
    "html": html.escape,
    "repr": repr,
    "bytes": lambda text: repr(text.encode()),
    "base64": lambda text: b64encode(f"{text}!".encode()).decode(),
    "base64+1": lambda text: b64encode(f"x{text}!".encode()).decode(),
    "base64+2": lambda text: b64encode(f"xx{text}!".encode()).decode(),
    "base64url+1": lambda text: urlsafe_b64encode(f"x{text}!".encode()).decode(),
    "base64 of form": lambda text: b64encode(
        f"secret={quote(text)}&".encode()
    ).decode(),
    "hex": lambda text: text.encode().hex(),
    "all-marks": lambda text: "".join(
        it
        if it.isalnum() and it.isascii()
        else "".join(f"%{b:02X}" for b in it.encode())
        for it in text
    ),
    "urlencoded": lambda text: quote_plus(text, safe="*").replace("~", "%7E"),
    "all-percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "all-unicode": lambda text: "".join(f"\\u{ord(it):04x}" for it in text),
    "all-entities": lambda text: "".join(f"&#{ord(it)};" for it in text),
    "a piece": lambda text: text[5 : 5 + PIECE],
}


def log(seen: Collector, leak: str) -> None:
    logging.getLogger("httpcore.http11").debug("headers %s", leak)


def log_member(seen: Collector, leak: str) -> None:
    logging.getLogger("ccflow").warning("no more than this", extra={"more": leak})


def log_traceback(seen: Collector, leak: str) -> None:
    try:
        raise ValueError(leak)
    except ValueError:
        logging.getLogger("ccflow").exception("it failed")


def log_stack(seen: Collector, leak: str) -> None:
    somewhere("logging.getLogger('ccflow').error('it failed')", leak, logging=logging)


def warn(seen: Collector, leak: str) -> None:
    warnings.warn(f"careful with {leak}", stacklevel=1)


def event(seen: Collector, leak: str) -> None:
    seen.hear(StoreDegraded(profile="p", provider="x", reason=leak))


def event_context(seen: Collector, leak: str) -> None:
    listeners = Listeners()
    listeners.add(seen.hear)
    try:
        raise ValueError(leak)
    except ValueError:
        listeners(GateOpened(profile="p", provider="x", until=1.0, error=None))


def error_text(seen: Collector, leak: str) -> None:
    seen.add_error(TokenRefusedError(f"you said {leak}", category="request"))


def error_member(seen: Collector, leak: str) -> None:
    error = TokenRefusedError("no", category="request")
    error.hint = leak
    seen.add_error(error)


def error_cause(seen: Collector, leak: str) -> None:
    error = TokenRefusedError("no", category="request")
    error.__cause__ = ValueError(leak)
    seen.add_error(error)


def error_note(seen: Collector, leak: str) -> None:
    error = TokenRefusedError("no", category="request")
    error.add_note(leak)
    seen.add_error(error)


def somewhere(code: str, leak: str, **names: object) -> None:
    """Run code in a frame that is not the tests', with a local variable."""
    body = f"def run(credential):\n    wire = credential\n    {code}\n"
    exec(compile(body, "/elsewhere/code.py", "exec"), names)
    names["run"](leak)  # type: ignore[operator]


def local_variable(seen: Collector, leak: str) -> None:
    try:
        somewhere("raise ValueError('no')", leak)
    except ValueError as error:
        seen.add_error(error)


@attrs.frozen
class Chatty:
    """Prints nothing, and keeps it where rich looks."""

    credential: str

    def __repr__(self) -> str:
        return "Chatty()"


def hidden_member(seen: Collector, leak: str) -> None:
    seen.add_object(Chatty(leak))


def pickled(seen: Collector, leak: str) -> None:
    seen.add_pickle([leak])


def output(seen: Collector, leak: str) -> None:
    print(leak)


def errors(seen: Collector, leak: str) -> None:
    sys.stderr.write(leak)


def thread_hook(seen: Collector, leak: str) -> None:
    def fail() -> None:
        raise ValueError(leak)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def unraisable(seen: Collector, leak: str) -> None:
    class Failing:
        def __del__(self) -> None:
            raise ValueError(leak)

    Failing()


def loop_handler(seen: Collector, leak: str) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(seen.asyncio_handler)
        loop.call_soon(lambda: 1 / 0 if not leak else _raise(leak))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(run())


def _raise(leak: str) -> None:
    raise ValueError(leak)


CHANNELS: dict[str, Callable[[Collector, str], None]] = {
    it.__name__: it
    for it in (
        log,
        log_member,
        log_traceback,
        log_stack,
        warn,
        event,
        event_context,
        error_text,
        error_member,
        error_cause,
        error_note,
        local_variable,
        hidden_member,
        pickled,
        output,
        errors,
        thread_hook,
        unraisable,
        loop_handler,
    )
}
SECRET_GREP = Grep([Mark("client secret", CLIENT_SECRET), Mark("token", TOKEN)])


def found_in(pages: list[Page]) -> list[str]:
    return Reader(SECRET_GREP, {}).find(pages)


class TestFinding:
    @pytest.mark.parametrize("channel", list(CHANNELS))
    def test_a_leak_in_any_form(self, channel):
        """Each form is found in each channel; and without a leak there is nothing."""
        missed = []
        for way, write in WAYS.items():
            with collected() as seen:
                CHANNELS[channel](seen, write(CLIENT_SECRET))
            if not found_in(seen.pages):
                missed.append(way)
        with collected() as clean:
            CHANNELS[channel](clean, "nothing")

        assert [] == missed
        assert [] == found_in(clean.pages)
        assert any("nothing" in page.text for page in clean.pages)

    def test_a_leak_in_a_file(self, world):
        """What is written where the user wrote nothing is looked at, name and all."""
        for top in ("home", "cache", "state", "tmp", "work"):
            (world.directory / top / "x").write_text(f"\0{CLIENT_SECRET}\xff")
            (world.directory / top / CLIENT_SECRET.replace("/", "")).touch()
        pages = [page for _, page in world.written()]
        world.tidy()

        assert 10 == len(pages) == len([it for it in pages if found_in([it])])
        assert [] == list(world.written())

    def test_a_secret_that_an_error_holds(self):
        """What an error leads to is followed through everything that is Python's."""
        for held in (
            CLIENT_SECRET,
            [{"x": (CLIENT_SECRET,)}],
            lambda it=CLIENT_SECRET: it,
        ):
            error = TokenRefusedError("no", category="request")
            error.__cause__ = ValueError(held)
            texts = [it for it in reached(error) if isinstance(it, str)]

            assert CLIENT_SECRET in texts

        error.args = (Secret("x"),)
        assert any(isinstance(it, FORBIDDEN) for it in reached(error))

    def test_a_local_variable_that_an_error_holds(self):
        """So is a frame of whoever raised it."""
        try:
            somewhere("raise ValueError('no')", CLIENT_SECRET)
        except ValueError as error:
            assert CLIENT_SECRET in [*reached(error, lambda frame: True)]

    def test_places_where_a_token_may_be(self):
        """A token may be where it is meant to be, and a secret may not."""
        reader = Reader(SECRET_GREP, {"token": ["output"]})

        assert [] == reader.find([Page("output", TOKEN)])
        assert reader.find([Page("output", CLIENT_SECRET)])
        assert reader.find([Page("stderr", TOKEN)])

    def test_what_was_clean_is_looked_at_for_new_marks(self):
        """A new request has secrets of its own."""
        reader = Reader(SECRET_GREP, {})

        assert [] == reader.find([Page("log", "nothing, and more")])
        assert reader.find(
            [Page("log", "x, the-new-assertion")], [Mark("a", "new-assertion")]
        )

    def test_what_it_says(self):
        """A leak is told with its name, its form and its channel."""
        said = found_in([Page("log", f"before {quote(CLIENT_SECRET)} after")])

        assert said[0].startswith("client secret as percent in log: ...'before ")
