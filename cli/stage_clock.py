"""A fast clock that stands still while the stage is set."""

from __future__ import annotations

from datetime import datetime

from core.clock import Clock, ScaledClock

__all__ = ["StageClock"]


class StageClock:
    """Shows `setting` until `begin` is called, and runs `speed` times as fast as life from then on.

    Loading an engine, a database and checks takes a real second, which would be minutes of a story.
    """

    def __init__(self, *, setting: datetime, speed: float) -> None:
        self.speed = speed
        self._setting = setting
        self._running: Clock | None = None

    def begin(self, at: datetime) -> None:
        """Let it run, from that time on."""
        self._running = ScaledClock(start=at, speed=self.speed)

    def now(self) -> datetime:
        return self._running.now() if self._running else self._setting

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def real_seconds(self, until: datetime) -> float:
        return self._clock.real_seconds(until)

    @property
    def _clock(self) -> Clock:
        """For waiting; nobody has to before it runs."""
        return self._running or ScaledClock(start=self._setting, speed=self.speed)
