"""What the next token requests meet."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ccflow.emulator.fault import Fault


class Script:
    """
    Faults in the order in which they come. Safe to use from several threads.

    None stands for a request that is answered as usual, and so is everything after
    the end.
    """

    def __init__(self) -> None:
        self._turns: deque[tuple[Fault | None, int | None]] = deque()
        self._lock = threading.Lock()

    def add(self, fault: Fault | None, times: int | None) -> None:
        """
        Put a fault at the end.

        Args:
            fault: What the requests meet.

            times: How many of them; None for all from then on.

        Raises:
            ValueError: The number makes no sense, or the end is never reached.
        """
        if times is not None and times < 1:
            raise ValueError(f"a fault comes once or more often, not {times} times")
        with self._lock:
            if self._turns and self._turns[-1][1] is None:
                raise ValueError(
                    f"{self._turns[-1][0]} is there for all requests: nothing comes "
                    "after it until behave()"
                )
            self._turns.append((fault, times))

    def replace(self, faults: Iterable[Fault | None]) -> None:
        """Begin anew, with each of these once."""
        turns = [(fault, 1) for fault in faults]
        with self._lock:
            self._turns = deque(turns)

    def clear(self) -> None:
        """Forget what has not come yet."""
        self.replace(())

    def take(self) -> Fault | None:
        """Return what the request that came now meets."""
        with self._lock:
            if not self._turns:
                return None
            fault, times = self._turns.popleft()
            if times != 1:
                left = None if times is None else times - 1
                self._turns.appendleft((fault, left))
            return fault
