"""One strand of the gate: look for the run's machines, again and again until `find_by`.

Rows of Resource Graph come late, and so do their details. So the first look is followed by others,
ever later, and by a last one just before `find_by`; whatever has not been seen then is a gap.

When hundreds of runs start at once, looks wait for the quota of Resource Graph and take long. A
run whose machines are settled, since two looks in a row agreed, then looks more rarely: what it
leaves of the quota is for those that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.model import Batch
from handlers.engines import Engine, Task
from handlers.judging.docket import Docket
from handlers.orders import Look, LookRequest
from handlers.planning import GatePlan
from handlers.waiting import Waiting

__all__ = ["Looking", "a_little_before"]

_FIRST_PAUSE = timedelta(seconds=30)  # between looks; doubled each time
_LAST_LOOK = timedelta(seconds=60)  # what the last look may take, before find_by
_SPARING = 4  # times as long as the latest look took: the pause of a run that is settled
_AHEAD = 1.5  # times as long: how much before find_by its last look begins
_MARGIN = timedelta(seconds=10)
_LONGEST_STEP = timedelta(minutes=28)  # host.json ends a function after 45, and its whole worker

News = Callable[[Sequence[Batch]], None]


def a_little_before(moment: datetime, now: datetime) -> datetime:
    """For a step: so that it can still say itself what it did not get, or who was silent."""
    return min(moment - min((moment - now) / 20, _MARGIN), now + _LONGEST_STEP)


class Looking:
    """Looks until `all_seen`. `news` hears of each look that came back, and of the end."""

    def __init__(
        self,
        engine: Engine,
        waiting: Waiting,
        plan: GatePlan,
        docket: Docket,
        news: News,
    ) -> None:
        self._engine, self._waiting = engine, waiting
        self._plan, self._docket = plan, docket
        self._news = news
        self._pause = _FIRST_PAUSE
        self._began = engine.now  # the latest look
        self._task: Task | None = None  # the look under way, or the timer until the next
        self._end: Task | None = None
        self.all_seen = False

    def begin(self) -> None:
        """Take the first look."""
        self._end = self._waiting.on(self._engine.timer(self._plan.timeline.find_by), self._enough)
        self._look()

    def stop(self) -> None:
        """Look no more: what is known is all that will be."""
        self._waiting.drop(self._task, self._end)
        self._task = None
        self.all_seen = True

    def _look(self, _timer: Task | None = None) -> None:
        request = LookRequest(
            run=self._plan.event.run,
            subscriptions=self._plan.event.subscriptions,
            until=a_little_before(self._plan.timeline.find_by, self._engine.now),
            known=self._docket.machines,
        )
        self._began = self._engine.now
        task = self._engine.activity("find_machines", wire.dump(request))
        self._task = self._waiting.on(task, self._saw)

    def _saw(self, step: Task) -> None:
        self._task = None
        newcomers: Sequence[Batch] | None = None
        try:
            look = wire.load(Look, step.result())
        except (ActivityFailed, ValidationError) as error:
            self._docket.did_not_see(shorten(str(error), 300))
        else:
            self._docket.saw(look)
            newcomers = look.newcomers
        self._again_or_stop()
        if newcomers is not None or self.all_seen:
            self._news(newcomers or ())

    def _again_or_stop(self) -> None:
        now, pause, last = self._engine.now, self._pause, _LAST_LOOK
        if self._docket.settled:
            took = now - self._began
            pause, last = max(pause, _SPARING * took), max(last, _AHEAD * took)
        at = self._plan.timeline.find_by - last
        if now >= at:
            self.stop()
            return
        self._pause *= 2
        self._task = self._waiting.on(self._engine.timer(min(now + pause, at)), self._look)

    def _enough(self, _timer: Task) -> None:
        if self._task is not None:
            self._docket.did_not_see("Resource Graph did not answer in time")
        self.stop()
        self._news(())
