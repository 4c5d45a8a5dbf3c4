"""Does this machine's clock agree with the server's?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccflow.doctor.finding import Finding
from ccflow.engine.server_clock import ServerClock
from ccflow.protocol.answer import Answer
from ccflow.protocol.wait import read_date


# Less than this no server minds.
_TOLERANCE: Final = 5.0


class HeardClock(ServerClock):
    """A server's clock, and whether it was heard of at all."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        super().__init__()
        self.heard: bool = False
        """Whether an answer had a date."""

    @property
    def agrees(self) -> bool:
        """Whether it is known to be the time of this machine."""
        return self.heard and abs(self.offset) <= _TOLERANCE

    def learn(self, date: str | None, before: float, after: float) -> None:
        """Take in the ``Date`` of an answer."""
        if read_date(date) is not None:
            self.heard = True
        super().learn(date, before, after)

    def learn_from(self, answer: Answer, before: float, after: float) -> None:
        """Take in an answer, unless it was kept somewhere on the way."""
        if "age" not in answer.headers:
            self.learn(answer.headers.get("date"), before, after)


def check_clock(clock: HeardClock, *, signs: bool) -> Iterator[Finding]:
    """
    Tell how far the clocks are apart.

    Args:
        clock: What was heard of the server's.

        signs: Whether assertions are made here.
    """
    offset = clock.offset
    if not clock.heard:
        text = "the server does not tell its time: its answers have no Date"
        yield Finding("clock", "note", text)
    elif clock.agrees:
        yield Finding("clock", "ok", "this machine's clock agrees with the server's")
    else:
        way = "behind" if offset > 0 else "ahead of"
        text = f"this machine's clock is {abs(offset):.0f} s {way} the server's"
        if signs:
            text += "; assertions are made by the server's"
        hint = "set this machine's clock, and have it kept by NTP"
        yield Finding("clock", "warning", text, hint)
