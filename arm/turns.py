"""Who may send the next request: turns, handed out by deadline to any number of threads.

What Azure lets one identity send is counted by an `Allowance`: the queries of Resource Graph in a
window, the writes of Resource Manager in a bucket that fills again. Whoever wants to send something
stands in line, the nearest deadline first and among equals whoever came first, and says afterwards
what came of it, for all who wait.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from core.clock import Clock, seconds_between
from core.errors import ArmProblem

__all__ = ["Allowance", "Governor", "Line", "Turn", "Waiter"]


class Allowance(Protocol):
    """How many requests may be sent now. Pure: it is told the time."""

    @property
    def resets_at(self) -> datetime | None:
        """When time alone brings more, once `admits` has said no."""
        ...

    @property
    def quiet(self) -> bool:
        """Only time will help: no answer is to come that could bring more."""
        ...

    def admits(self, now: datetime) -> bool:
        """Whether a request may be sent."""
        ...

    def sent(self, now: datetime) -> int:
        """A request is on its way, in the window of that number."""
        ...

    def lost(self) -> None:
        """No answer came. Azure may have counted the request."""
        ...

    def unused(self, window: int) -> None:
        """It was not sent after all."""
        ...


A = TypeVar("A", bound=Allowance)
T = TypeVar("T", bound="Turn[Any]")


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


class Line(Generic[A]):
    """All who wait, the nearest deadline first. Pure, too."""

    def __init__(self, allowance: A) -> None:
        self.allowance = allowance
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


class Turn(Generic[A]):
    """The right to send one request. Say what came of it, for all who wait."""

    def __init__(self, governor: Governor[A, Any], window: int) -> None:
        self._governor, self._window = governor, window
        self._open = True

    def unused(self) -> None:
        """It is not needed: somebody else's turn begins at once."""
        self._end(lambda allowance, _now: allowance.unused(self._window))

    def lost(self) -> None:
        """Nobody knows."""
        self._end(lambda allowance, _now: allowance.lost())

    def _end(self, change: Callable[[A, datetime], None]) -> None:
        if self._open:
            self._open = False
            self._governor.change(change)


class Governor(ABC, Generic[A, T]):
    """Hands out turns, the nearest deadline first. For any number of threads.

    `full` is the problem of whoever would have to wait too long: what was asked, and why not.
    """

    full = ("Azure", "the quota is used up until after the deadline")

    def __init__(
        self, clock: Clock, line: Line[A], chance: Callable[[], float] = random.random
    ) -> None:
        self.chance = chance
        self._clock = clock
        self._lock = threading.Lock()
        self._line = line
        self._keeper: Waiter | None = None  # who waits for the clock, on behalf of all

    @abstractmethod
    def _turn(self, window: int) -> T:
        """A turn in the window of that number."""

    @contextmanager
    def turn(self, until: datetime) -> Iterator[T]:
        """Wait for a turn. Raises `ArmProblem` if there is none before the deadline."""
        with self._lock:
            waiter = self._line.join(until)
            self._line.serve(self._clock.now())
        try:
            while waiter.window is None:
                self._wait(waiter)
            turn = self._turn(waiter.window)
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

    def change(self, change: Callable[[A, datetime], None]) -> None:
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
            quiet = allowance.quiet
            if now >= waiter.until or (quiet and resets_at >= waiter.until):
                waiter.gone = True
                raise ArmProblem(*self.full)
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
