"""Small hand-written stand-ins: a clock that only tests move, and an engine that only remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.errors import CannotStart
from handlers.engines import Begun, Json

__all__ = ["FakeClock", "FakeKnown", "FakeStarter"]


class FakeClock:
    """Stands still; sleeping moves it on at once."""

    speed = 1.0

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The time that was set."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self._now += timedelta(seconds=max(0.0, seconds))

    def real_seconds(self, until: datetime) -> float:
        """As if the story's seconds were real."""
        return max(0.0, (until - self._now).total_seconds())


@dataclass(frozen=True, kw_only=True)
class FakeKnown:
    """A story as an engine knows it."""

    state: str = "Running"
    status: Json = None
    output: Json = None
    created: datetime | None = None
    order: Json = None


@dataclass(kw_only=True)
class FakeStarter:
    """Remembers what was started.

    `down`: neither looks nor starts work; `refuses`: starts do not; `rival`: another delivery
    starts the same story between our look and our start.
    """

    known: dict[str, FakeKnown] = field(default_factory=dict)
    started: list[tuple[str, str, Any]] = field(default_factory=list)
    down: bool = False
    refuses: bool = False
    rival: bool = False

    async def look(self, key: str) -> FakeKnown | None:
        """The story of that key."""
        if self.down:
            raise ConnectionError("storage is down")
        return self.known.get(key)

    async def since(self, moment: datetime) -> list[Begun]:
        """All stories; a fake forgets none."""
        if self.down:
            raise ConnectionError("storage is down")
        return [
            Begun(key=key, created=known.created, state=known.state, status=known.status)
            for key, known in self.known.items()
        ]

    async def order(self, key: str) -> Json:
        """What the story was given."""
        if self.down:
            raise ConnectionError("storage is down")
        return self.known[key].order if key in self.known else None

    async def start(self, story: str, key: str, order: Json) -> None:
        """Remember it."""
        if self.rival:
            self.known[key] = FakeKnown()
        if self.down or self.refuses or self.rival:
            raise CannotStart(key, "storage is down")
        self.started.append((story, key, order))
        self.known[key] = FakeKnown(order=order)
