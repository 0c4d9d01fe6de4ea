"""One strand of the gate, in a drill: rehearse the cancel, once, where it would have begun."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.report import Rehearsal
from handlers.engines import Engine, Task
from handlers.orders import RehearseRequest
from handlers.planning import GatePlan
from handlers.waiting import Waiting

__all__ = ["Rehearsing"]

_LONGEST = timedelta(seconds=60)
_GRACE = timedelta(seconds=15)  # after its end, until the step counts as lost


class Rehearsing:
    """One step, in place of the rounds of the cancel call. `outcome` is what came of it."""

    def __init__(self, engine: Engine, waiting: Waiting, plan: GatePlan) -> None:
        self._engine, self._waiting, self._plan = engine, waiting, plan
        self._step: Task | None = None
        self._guard: Task | None = None
        self.outcome = _nothing("the rehearsal never came back")

    def begin(self) -> None:
        """Rehearse, unless the run would have started: then nothing could be cancelled."""
        now, start = self._engine.now, self._plan.timeline.start
        if now >= start:
            self.outcome = _nothing("the start had come before there was a decision")
            return
        until = min(now + _LONGEST, start)
        request = wire.dump(RehearseRequest(run=self._plan.event.run, until=until))
        step = self._engine.activity("rehearse_cancel", request)
        self._step = self._waiting.on(step, self._ended)
        self._guard = self._waiting.on(self._engine.timer(until + _GRACE), self._lost)

    def _ended(self, step: Task) -> None:
        self._waiting.drop(self._guard)
        try:
            self.outcome = wire.load(Rehearsal, step.result())
        except (ActivityFailed, ValidationError) as error:
            self.outcome = _nothing(shorten(str(error), 300))

    def _lost(self, _timer: Task) -> None:
        self._waiting.drop(self._step)


def _nothing(problem: str) -> Rehearsal:
    remedy = "see the log of the app, and begin another drill"
    return Rehearsal(reached=False, problem=problem, remedy=remedy)
