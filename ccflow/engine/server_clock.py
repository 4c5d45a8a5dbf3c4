"""How far this machine's clock is from a server's, as its answers tell."""

from __future__ import annotations

from ccflow.protocol.wait import read_date


class ServerClock:
    """
    Estimates a server's time from the ``Date`` of its answers (RFC 9110 6.6.1).

    The header counts whole seconds and an answer takes a while, so an answer only
    tells a range; as long as the two clocks may agree, they are taken to agree.
    """

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset: float = 0.0
        """Seconds to add to this machine's clock; above zero where it is behind."""

    def learn(self, date: str | None, before: float, after: float) -> None:
        """
        Take in the ``Date`` of an answer.

        Args:
            date: The header, or None.

            before: Epoch seconds, by this machine, when the request was sent.

            after: When the answer had come.
        """
        told = read_date(date)
        if told is None:
            return
        least, most = told - after, told + 1 - before
        self.offset = 0.0 if least <= 0 <= most else (least + most) / 2
