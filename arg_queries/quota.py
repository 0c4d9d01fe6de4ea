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

import heapq
import itertools
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.clock import Clock, seconds_between
from core.errors import ArmProblem

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


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody who wants to ask, until then. `window` is that of the turn, once there is one."""

    until: datetime
    order: int
    woken: threading.Event = field(default_factory=threading.Event)
    window: int | None = None
    gone: bool = False

    def __lt__(self, other: Waiter) -> bool:
        return (self.until, self.order) < (other.until, other.order)


class Line:
    """All who wait, the nearest deadline first. Pure, too."""

    def __init__(self) -> None:
        self.allowance = Allowance()
        self._queue: list[Waiter] = []
        self._orders = itertools.count()

    def join(self, until: datetime) -> Waiter:
        """Stand in line."""
        waiter = Waiter(until, next(self._orders))
        heapq.heappush(self._queue, waiter)
        return waiter

    def serve(self, now: datetime) -> list[Waiter]:
        """Turns for as many as may ask now: for those."""
        served = []
        while (first := self.first) is not None and self.allowance.admits(now):
            heapq.heappop(self._queue)
            first.window = self.allowance.sent(now)
            first.woken.set()
            served.append(first)
        return served

    @property
    def first(self) -> Waiter | None:
        """Who is next."""
        while self._queue and self._queue[0].gone:
            heapq.heappop(self._queue)
        return self._queue[0] if self._queue else None

    def __len__(self) -> int:
        return sum(not waiter.gone for waiter in self._queue)


class Turn:
    """The right to send one query. Say what came of it, for all who wait."""

    def __init__(self, governor: Governor, window: int) -> None:
        self._governor, self._window = governor, window
        self._open = True

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

    def unused(self) -> None:
        """It is not needed: somebody else's turn begins at once."""
        self._end(lambda allowance, _now: allowance.unused(self._window))

    def lost(self) -> None:
        """Nobody knows."""
        self._end(lambda allowance, _now: allowance.lost())

    def _end(self, change: Callable[[Allowance, datetime], None]) -> None:
        if self._open:
            self._open = False
            self._governor.change(change)


class Governor:
    """Hands out turns, the nearest deadline first. For any number of threads."""

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self.chance = chance
        self._clock = clock
        self._lock = threading.Lock()
        self._line = Line()
        self._keeper: Waiter | None = None  # who waits for the clock, on behalf of all

    @contextmanager
    def turn(self, until: datetime) -> Iterator[Turn]:
        """Wait for a turn. Raises `ArmProblem` if there is none before the deadline."""
        with self._lock:
            waiter = self._line.join(until)
            self._line.serve(self._clock.now())
        try:
            while waiter.window is None:
                self._wait(waiter)
            turn = Turn(self, waiter.window)
        finally:
            self._leave(waiter)
        try:
            yield turn
        finally:
            turn.lost()  # unless it has been said what came of it

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        with self._lock:
            return len(self._line)

    def change(self, change: Callable[[Allowance, datetime], None]) -> None:
        """Something has become known of the quota."""
        with self._lock:
            now = self._clock.now()
            change(self._line.allowance, now)
            self._line.serve(now)
            if self._keeper is not None:
                self._keeper.woken.set()

    def _wait(self, waiter: Waiter) -> None:
        """Until something has changed for this one, or for all. One waits for the window's end."""
        with self._lock:
            if waiter.window is not None:
                return
            now, allowance = self._clock.now(), self._line.allowance
            resets_at = allowance.resets_at or now
            quiet = allowance.in_flight == 0  # no answer is to come: only time will help
            if now >= waiter.until or (quiet and resets_at >= waiter.until):
                waiter.gone = True
                raise ArmProblem(_WHAT, "the query quota is used up until after the deadline")
            waiter.woken.clear()
            if self._keeper is None:
                self._keeper = waiter
            keeps = self._keeper is waiter
        if keeps and quiet:
            self._clock.sleep(seconds_between(now, resets_at))
        else:
            waiter.woken.wait(self._clock.real_seconds(resets_at if keeps else waiter.until))
        with self._lock:
            self._line.serve(self._clock.now())

    def _leave(self, waiter: Waiter) -> None:
        with self._lock:
            waiter.gone = True
            if self._keeper is waiter:
                self._keeper = None
                if (first := self._line.first) is not None:
                    first.woken.set()


def _span(text: str) -> timedelta | None:
    """`hh:mm:ss`, as the header has it; None if it is anything else."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
