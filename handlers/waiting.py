"""The tasks that a story waits for, each with what to do when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from handlers.engines import Engine, Story, Task

__all__ = ["Waiting", "within"]


class Waiting:
    """Any number of strands in one story: whatever ends first is dealt with first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._handlers: dict[Task, Callable[[Task], None]] = {}
        self._aside: list[Task] = []

    def on(self, task: Task, handler: Callable[[Task], None]) -> Task:
        """Call the handler with the task when it has ended."""
        self._handlers[task] = handler
        return task

    def aside(self, task: Task | None) -> None:
        """Have the engine begin this step, and wait for it no more than the others take."""
        if task is not None:
            self._aside.append(task)

    def drop(self, *tasks: Task | None) -> None:
        """Wait for these no longer. A timer is given up; a step goes on, unheard."""
        for task in tasks:
            if task is not None and self._handlers.pop(task, None) is not None:
                task.cancel()

    def drop_all(self) -> None:
        """Wait for nothing any more."""
        self.drop(*self._handlers)

    def run(self) -> Story[None]:
        """Until nothing is waited for: handlers may add and drop."""
        while self._handlers:
            self._aside = [task for task in self._aside if not task.done]
            ended = yield self._engine.any((*self._handlers, *self._aside))
            if ended in self._handlers:
                self._handlers.pop(ended)(ended)


def within(engine: Engine, task: Task, by: datetime) -> Story[bool]:
    """Wait for one task until then; whether it ended."""
    timer = engine.timer(by)
    yield engine.any((task, timer))
    if not timer.done:
        timer.cancel()
    return task.done
