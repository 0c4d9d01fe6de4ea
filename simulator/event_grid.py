"""Delivery as Event Grid does it: at least once, with 30 seconds to answer, and again later.

Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import shorten

__all__ = ["Attempt", "DeadLetter", "EventGrid", "wait_after"]

ANSWER_WITHIN = timedelta(seconds=30)
_WAITS = tuple(timedelta(seconds=s) for s in (10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600))
_LAST_WAIT = timedelta(hours=12)
_LOOK_AGAIN = 0.05  # real seconds: a clock may be moved while a delivery waits for it


def wait_after(failures: int) -> timedelta:
    """How long Event Grid waits after so many failed attempts (1 or more) before the next one."""
    return _WAITS[failures - 1] if failures <= len(_WAITS) else _LAST_WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One delivery: of which copy, the how manieth, and what went wrong (None for nothing)."""

    at: datetime
    copy: int
    number: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that was given up, in Event Grid's words for why."""

    event: object
    attempts: int
    reason: str


class EventGrid:
    """Hands events to `deliver` until it returns in time without raising.

    `copies` is how often each event is delivered, at the same time, as at-least-once allows.
    """

    def __init__(
        self,
        deliver: Callable[[object], None],
        clock: Clock,
        *,
        copies: int = 1,
        max_attempts: int = 30,
        time_to_live: timedelta = timedelta(hours=24),
    ) -> None:
        self._deliver, self._clock = deliver, clock
        self._copies, self._max_attempts, self._time_to_live = copies, max_attempts, time_to_live
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []
        self._dead_letters: list[DeadLetter] = []

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every delivery so far, in the order in which they ended."""
        with self._lock:
            return tuple(self._attempts)

    @property
    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """The events that were given up."""
        with self._lock:
            return tuple(self._dead_letters)

    def send(self, event: object) -> bool:
        """Deliver an event; returns when every copy has been taken (True) or given up."""
        taken: list[bool] = []
        copies = [
            threading.Thread(target=lambda n=n: taken.append(self._send(event, n)), daemon=True)
            for n in range(1, self._copies + 1)
        ]
        for copy in copies:
            copy.start()
        for copy in copies:
            copy.join()
        return all(taken)

    def _send(self, event: object, copy: int) -> bool:
        expires = self._clock.now() + self._time_to_live
        for number in range(1, self._max_attempts + 1):
            if self._clock.now() >= expires:
                return self._give_up(event, number - 1, "TimeToLiveExceeded")
            at = self._clock.now()
            problem = self._try(event)
            with self._lock:
                self._attempts.append(Attempt(at=at, copy=copy, number=number, problem=problem))
            if problem is None:
                return True
            if number < self._max_attempts:
                self._clock.sleep(wait_after(number).total_seconds())
        return self._give_up(event, self._max_attempts, "MaxDeliveryAttemptsExceeded")

    def _give_up(self, event: object, attempts: int, reason: str) -> bool:
        letter = DeadLetter(event=event, attempts=attempts, reason=reason)
        with self._lock:
            self._dead_letters.append(letter)
        return False

    def _try(self, event: object) -> str | None:
        """Deliver once; what went wrong. A delivery that takes too long is left to itself."""
        problems: list[str] = []
        thread = threading.Thread(target=self._call, args=(event, problems), daemon=True)
        until = self._clock.now() + ANSWER_WITHIN
        thread.start()
        while thread.is_alive() and (left := self._clock.real_seconds(until)) > 0:
            thread.join(min(left, _LOOK_AGAIN))
        if thread.is_alive():
            return f"no answer within {ANSWER_WITHIN.seconds} seconds"
        return problems[0] if problems else None

    def _call(self, event: object, problems: list[str]) -> None:
        try:
            self._deliver(event)
        except Exception as error:  # noqa: BLE001  # whatever is raised is a failed delivery
            problems.append(shorten(f"{type(error).__name__}: {error}", 300))
