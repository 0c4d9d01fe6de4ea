"""Stories on an engine without replays, in virtual time: for hundreds of them at once.

Nothing is kept and nothing is lost here; what a step answers, and when, is up to the test. So the
stories themselves can be held against a quota, second by second, at hardly any cost.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from core.errors import ActivityFailed
from handlers.engines import Engine, Json, Story, Task

__all__ = ["Night", "Step", "Told"]

Told = Callable[[Json], None]
Step = Callable[[str, Json, Told], None]
"""(step's name, its request, whom to tell what came of it, now or later)"""


@dataclass(eq=False, slots=True)
class _Task:
    """A step, a timer, or the first of several."""

    name: str = ""
    parts: Sequence[Task] = ()
    done: bool = False
    given_up: bool = False
    answer: Json = None

    def result(self) -> Json:
        if isinstance(self.answer, Exception):
            raise ActivityFailed(self.name, str(self.answer))
        return self.answer

    def cancel(self) -> None:
        self.given_up = not self.name


@dataclass(slots=True)
class Night:
    """The clock, and what is still to come."""

    now: datetime
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _order: Any = field(default_factory=itertools.count)

    def at(self, moment: datetime, do: Callable[[], None]) -> None:
        """Do that then, or as soon as possible."""
        heapq.heappush(self._agenda, (max(moment, self.now), next(self._order), do))

    def pass_by(self) -> None:
        """Until nothing is left to be done."""
        while self._agenda:
            self.now, _, do = heapq.heappop(self._agenda)
            do()

    def tell(
        self, story: Callable[[Engine, Json], Story[Json]], order: Json, step: Step, over: Told
    ) -> None:
        """Begin a story now; `over` is told what it returns."""
        _Teller(self, step, over).begin(story, order)


class _Teller:
    """One story: an `Engine`, and what drives it."""

    def __init__(self, night: Night, step: Step, over: Told) -> None:
        self._night, self._step, self._over = night, step, over
        self._story: Generator[Task, Task, Json]
        self._waits_for: Sequence[Task] = ()

    @property
    def now(self) -> datetime:
        return self._night.now

    def activity(self, name: str, request: Json) -> Task:
        task = _Task(name)
        self._step(name, request, lambda answer: self._night.at(self.now, self._ends(task, answer)))
        return task

    def timer(self, at: datetime) -> Task:
        task = _Task()
        self._night.at(at, self._ends(task, None))
        return task

    def any(self, tasks: Sequence[Task]) -> Task:
        return _Task(parts=tasks)

    def status(self, status: Json) -> None:
        pass

    def begin(self, story: Callable[[Engine, Json], Story[Json]], order: Json) -> None:
        """To where it first waits."""
        self._story = story(self, order)
        self._go_on(lambda: next(self._story))

    def _ends(self, task: _Task, answer: Json) -> Callable[[], None]:
        def end() -> None:
            task.done, task.answer = True, answer
            if not task.given_up and task in self._waits_for:
                self._waits_for = ()
                self._go_on(lambda: self._story.send(task))

        return end

    def _go_on(self, move: Callable[[], Task]) -> None:
        """Until it waits for something that has not ended."""
        try:
            waits = cast("_Task", move())
            while (ended := next((t for t in waits.parts if t.done), None)) is not None:
                waits = cast("_Task", self._story.send(ended))
        except StopIteration as end:
            self._over(end.value)
        else:
            self._waits_for = waits.parts
