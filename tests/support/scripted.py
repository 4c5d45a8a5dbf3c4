"""An exchange that answers what it is told, and a world where sleeping is instant."""

from __future__ import annotations

from typing import Any

from ccflow.engine.conversation import Conversation
from ccflow.engine.deadline import Deadline
from ccflow.engine.guard import Guard
from ccflow.engine.runtime import Runtime
from ccflow.engine.share import Fetched
from ccflow.errors import TokenRefusedError
from ccflow.errors import TokenUnavailableError
from ccflow.protocol.assertion import lasting_claims
from ccflow.protocol.response import TokenResponse
from ccflow.secret import Secret
from tests.support.worlds import Clocks
from tests.support.worlds import a_response


NAMES = {"profile": "billing", "provider": "generic"}


def refused(category: str = "client_auth", **details: Any) -> TokenRefusedError:
    given = {"error": "invalid_client", "status_code": 401, **details}
    return TokenRefusedError("no such client", category=category, **given)


def down(**details: Any) -> TokenUnavailableError:
    given = {"category": "server", "retryable": True, "status_code": 500, **details}
    return TokenUnavailableError("out of order", **given)


def limited(retry_after: float | None) -> TokenUnavailableError:
    return down(category="rate_limit", status_code=429, retry_after=retry_after)


class World(Clocks):
    """Clocks that sleeping moves, and the list of what was slept."""

    def __init__(self, luck: float = 0.5) -> None:
        super().__init__(luck=luck)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.tick(seconds)

    def runtime(self) -> Runtime:
        return Runtime(
            wall=lambda: self.wall,
            steady=lambda: self.steady,
            chance=lambda: self.luck,
            sleep=self.sleep,
        )


class Scripted:
    """
    Answers the next of `answers` each time; the last one is repeated.

    An exception is raised, a function is called with the credential, the rest is
    returned. Reading the credentials takes the next of `readings`.
    """

    def __init__(self, world: World, *answers: Any, seconds: float = 0.1) -> None:
        self.world = world
        self.answers: list[Any] = list(answers) or [a_response()]
        self.seconds = seconds
        self.readings: list[Any] = [["right"]]
        self.read = 0
        self.beside: list[str] = []
        self.sent: list[str] = []
        self.left: list[float] = []
        self.events: list[object] = []

    def credentials(self) -> list[Secret]:
        self.read += 1
        found = self.readings[min(self.read, len(self.readings)) - 1]
        if isinstance(found, BaseException):
            raise found
        return [Secret(text) for text in (found() if callable(found) else found)]

    def others(self) -> list[Secret]:
        return [Secret(text) for text in self.beside]

    # So that tests find it again in the conversation that they gave it to.
    is_blank = False

    def claims(self, credential: Secret) -> Secret | None:
        claims = lasting_claims(credential.reveal())
        return None if claims is None else Secret(claims)

    def attempt(self, credential: Secret, seconds: float) -> TokenResponse:
        self.sent.append(credential.reveal())
        self.left.append(seconds)
        self.world.tick(self.seconds)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        answer = answer(credential.reveal()) if callable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Gates:
    """Where two conversations share their gates."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.until = 0.0

    def read(self) -> bytes | None:
        return self.value

    def write(self, value: bytes | None, until: float) -> None:
        self.value, self.until = value, until


class Talk(Conversation):
    """A conversation that has half a minute."""

    def __call__(self, deadline: Deadline | None = None) -> Fetched:
        return super().__call__(deadline or Deadline(self.runtime.steady() + 30.0))


def converse(exchange: Scripted, shared: Gates | None = None) -> Conversation:
    """Make a conversation whose events are in its exchange's `events`."""
    exchange.events = []
    runtime = exchange.world.runtime()
    guard = Guard(NAMES, runtime, exchange.events.append, shared)
    return Talk(exchange, runtime, guard)


def only_right(credential: str) -> Any:
    """Answer as a server that knows one secret."""
    return a_response() if credential == "right" else refused()
