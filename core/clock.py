"""Time, injected. Deadlines are absolute: aware datetimes in UTC, never durations passed along."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "ScaledClock", "SystemClock", "seconds_between"]


class Clock(Protocol):
    """What tells the time of the story, and waits in it."""

    @property
    def speed(self) -> float:
        """Seconds of the story in one second of the wall clock."""
        ...

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the story's time; not at all if it is none or less."""
        ...

    def real_seconds(self, until: datetime) -> float:
        """How long, by the wall clock, until then; 0.0 when it is past."""
        ...


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Seconds from one to the other; 0.0 when `later` is not later."""
    return max(0.0, (later - earlier).total_seconds())


class SystemClock:
    """The machine's own clock."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def real_seconds(self, until: datetime) -> float:
        return seconds_between(self.now(), until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledClock:
    """A clock that runs `speed` times as fast as the machine's, from `start` on.

    The simulator, the embedded engine and the steps share one, so that a story of forty minutes
    plays in seconds while every deadline keeps its meaning.
    """

    start: datetime
    speed: float = 1.0
    _origin: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds / self.speed)

    def real_seconds(self, until: datetime) -> float:
        return seconds_between(self.now(), until) / self.speed
