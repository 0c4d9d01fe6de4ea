"""Who may ask Resource Graph next: the quota of our identity, shared out by deadline.

Published: about 15 queries in every 5 seconds, for all that one identity asks; each answer says how
many remain and when the window resets, and one query too many is answered 429. At three o'clock
every schedule of a company starts, and hundreds of gates ask at once. So whoever wants to ask waits
here for a turn. The nearest deadline comes first: the read-back of a cancel call before the look
for machines, and that before a check that has time. Other workers, and people, use the same quota:
what the answers say counts more than what we have counted ourselves.
Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from arm import turns
from arm.turns import Waiter
from core.clock import Clock

__all__ = ["QUERIES", "Allowance", "Governor", "Line", "Turn", "Waiter"]

_WHAT = "Resource Graph"
QUERIES = 15  # at once
_WINDOW = timedelta(seconds=5)
_LONGEST_WINDOW = timedelta(minutes=10)  # whatever a header says
_LONGEST_HOLD = timedelta(seconds=60)  # of everybody, for what one query was told
_JITTER = 0.25  # of a Retry-After: other workers were told the same


@dataclass(slots=True)
class Allowance:
    """How many queries may be sent now. Pure: it is told the time."""

    left: int = QUERIES
    in_flight: int = 0
    window: int = 0
    resets_at: datetime | None = None
    _told: int | None = None  # the least that any answer of this window said to remain

    @property
    def quiet(self) -> bool:
        """No answer is to come that could bring more."""
        return self.in_flight == 0

    def admits(self, now: datetime) -> bool:
        """Whether a query may be sent."""
        if self.resets_at is not None and now >= self.resets_at:
            # What is still on its way may come too late for the window that it was meant for.
            self.left = max(0, QUERIES - self.in_flight)
            self.resets_at = None if self.left else now + _WINDOW
            self.window += 1
            self._told = None
        return self.left > 0

    def sent(self, now: datetime) -> int:
        """A query is on its way, in the window of that number. The first of one opens it."""
        self.left -= 1
        self.in_flight += 1
        if self.resets_at is None:
            self.resets_at = now + _WINDOW  # until an answer knows better
        return self.window

    def answered(
        self, now: datetime, window: int, remaining: int | None, resets_after: timedelta
    ) -> None:
        """An answer came. Those in flight may not be counted in what it says to remain.

        One answer makes room for one query at most, so that a quota beyond the published one is
        used as fast as its answers come.
        """
        self.in_flight -= 1
        if window != self.window:
            return
        self.left += 1
        if remaining is not None:
            self._told = remaining if self._told is None else min(self._told, remaining)
            self.left = max(0, min(self.left, self._told - self.in_flight))
            self.resets_at = now + min(resets_after, _LONGEST_WINDOW)

    def lost(self) -> None:
        """No answer came. Azure may have counted the query."""
        self.in_flight -= 1

    def unused(self, window: int) -> None:
        """It was not sent after all."""
        self.in_flight -= 1
        self.left += window == self.window

    def refused(self, now: datetime, hold: timedelta) -> None:
        """One query too many: nobody sends any for so long."""
        self.in_flight -= 1
        self.left = 0
        self._told = 0
        self.resets_at = max(self.resets_at or now, now + min(hold, _LONGEST_HOLD))


class Line(turns.Line[Allowance]):
    """All who wait, the nearest deadline first. Pure, too."""

    def __init__(self) -> None:
        super().__init__(Allowance())


class Turn(turns.Turn[Allowance]):
    """The right to send one query. Say what came of it, for all who wait."""

    def answered(self, headers: Mapping[str, str]) -> None:
        """Resource Graph has answered, with these headers."""
        remaining = headers.get("x-ms-user-quota-remaining", "").strip()
        told = int(remaining) if remaining.isdecimal() and len(remaining) < 7 else None
        after = _span(headers.get("x-ms-user-quota-resets-after", "")) or _WINDOW
        self._end(lambda allowance, now: allowance.answered(now, self._window, told, after))

    def refused(self, retry_after: float | None) -> None:
        """It has answered 429."""
        hold = timedelta(seconds=min(retry_after or _WINDOW.total_seconds(), 86400.0))
        hold *= 1 + _JITTER * self._governor.chance()
        self._end(lambda allowance, now: allowance.refused(now, hold))


class Governor(turns.Governor[Allowance, Turn]):
    """Hands out turns, the nearest deadline first. For any number of threads."""

    full = (_WHAT, "the query quota is used up until after the deadline")

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        super().__init__(clock, Line(), chance)

    def _turn(self, window: int) -> Turn:
        return Turn(self, window)


def _span(text: str) -> timedelta | None:
    """`hh:mm:ss`, as the header has it; None if it is anything else."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
