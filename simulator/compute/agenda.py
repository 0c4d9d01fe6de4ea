"""What will happen by itself: each thing at its moment, in the order of moments."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime

__all__ = ["Agenda"]


class Agenda:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._numbered = 0

    def at(self, moment: datetime, do: Callable[[datetime], None]) -> None:
        """Do it then; it is told the moment, which is past by the time that somebody looks."""
        heapq.heappush(self._due, (moment, self._numbered, do))
        self._numbered += 1

    def settle(self, now: datetime) -> None:
        """Do all that is due."""
        while self._due and self._due[0][0] <= now:
            moment, _, do = heapq.heappop(self._due)
            do(moment)
