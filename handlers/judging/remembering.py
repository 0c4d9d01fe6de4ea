"""What an action is about to change is in a story of its own before it is changed.

That story puts it back if the gate, which remembers it as well, should never come to its end: see
`restore`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from core import wire
from core.errors import ActivityFailed, shorten
from core.report import Memory
from handlers.engines import Engine, Task
from handlers.judging.docket import Docket
from handlers.keys import key_of
from handlers.orders import RestoreOrder, RunHead
from handlers.planning import GatePlan
from handlers.waiting import Waiting

__all__ = ["Remembering"]

_TRIES = 3  # to start such a story
_PAUSE = timedelta(seconds=5)
_ANSWER = timedelta(seconds=60)  # for one of them
_LOOK = timedelta(minutes=10)  # after the start, until it is looked whether the run was cancelled

Then = Callable[[str | None], None]  # told why it is not kept; None if it is


class Remembering:
    """All that is kept before one run. `stopped` tells whether it is still of interest."""

    def __init__(
        self,
        engine: Engine,
        waiting: Waiting,
        plan: GatePlan,
        *,
        docket: Docket,
        stopped: Callable[[], bool],
    ) -> None:
        self._engine, self._waiting, self._plan = engine, waiting, plan
        self._docket, self._stopped = docket, stopped
        self._kept = 0

    def keep(self, memory: Memory, then: Then, tries: int = _TRIES) -> None:
        """Start the story that has this memory, and only `then` go on."""
        task = self._engine.activity("expect_end", wire.dump(self._order(memory)))
        guard = self._engine.timer(min(self._engine.now + _ANSWER, self._plan.act_by))
        failed = partial(self._again, memory, then, tries)
        self._waiting.on(task, partial(self._ended, guard, then, failed))
        self._waiting.on(guard, partial(self._lost, task, failed))

    def _order(self, memory: Memory) -> RestoreOrder:
        event, part = self._plan.event, self._kept + 1
        key = key_of("restore", event.run)
        look_at = event.start + _LOOK
        return RestoreOrder(
            key=key if part == 1 else f"{key}-{part}",
            gate=self._plan.key,
            run=RunHead.of(event),
            look_at=look_at,
            give_back_at=max(event.end + timedelta(seconds=self._plan.policy.grace), look_at),
            notices=self._docket.notices,
            memories=(memory,),
            part=part,
        )

    def _ended(self, guard: Task, then: Then, failed: Callable[[str], None], task: Task) -> None:
        self._waiting.drop(guard)
        try:
            task.result()
        except ActivityFailed as error:
            failed(shorten(str(error), 300))
        else:
            self._kept += 1
            then(None)

    def _lost(self, task: Task, failed: Callable[[str], None], _guard: Task) -> None:
        self._waiting.drop(task)
        failed("the engine did not answer")

    def _again(self, memory: Memory, then: Then, tries: int, problem: str) -> None:
        at = self._engine.now + _PAUSE
        if tries > 1 and at < self._plan.act_by and not self._stopped():
            timer = self._engine.timer(at)
            self._waiting.on(timer, lambda _: self.keep(memory, then, tries - 1))
        else:
            then(problem)
