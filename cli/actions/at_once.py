"""An engine for one short story in this process: steps are taken at once, waiting skips time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.clock import Clock, seconds_between
from core.errors import ActivityFailed, text_of
from handlers.engines import Json, Step, Story, Task

__all__ = ["AtOnce"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A step that has been taken."""

    name: str
    answer: Json = None
    error: Exception | None = None
    done: bool = True

    def result(self) -> Json:
        if self.error is not None:
            raise ActivityFailed(self.name, text_of(self.error)) from self.error
        return self.answer

    def cancel(self) -> None:
        """It is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timer:
    clock: Clock
    at: datetime

    @property
    def done(self) -> bool:
        return self.clock.now() >= self.at

    def result(self) -> Json:
        return None

    def cancel(self) -> None:
        """Nobody waits for it."""


class AtOnce:
    """An `Engine` on a clock that skips: whoever waits for a timer has waited."""

    def __init__(self, steps: Mapping[str, Step], clock: Clock) -> None:
        self._steps, self._clock = steps, clock

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def activity(self, name: str, request: Json) -> Task:
        try:
            return _Taken(name=name, answer=self._steps[name](request))
        except Exception as error:  # noqa: BLE001 - the story is told, as by any engine
            return _Taken(name=name, error=error)

    def timer(self, at: datetime) -> Task:
        return _Timer(clock=self._clock, at=at)

    def any(self, tasks: Sequence[Task]) -> Task:
        ended = next((task for task in tasks if task.done), None)
        if ended is not None:
            return ended
        first = min((task for task in tasks if isinstance(task, _Timer)), key=lambda one: one.at)
        self._clock.sleep(seconds_between(self.now, first.at))
        return first

    def status(self, status: Json) -> None:
        """Nobody asks."""

    def play(self, story: Story[R]) -> R:
        """What it returns in the end."""
        try:
            task = next(story)
            while True:
                task = story.send(self.any((task,)))
        except StopIteration as end:
            result: R = end.value
            return result
