"""A stand-in for the Durable extension, in virtual time.

It keeps histories, plays orchestrators through the SDK's own replay engine, and jumps from event to
event.
Every event replays the whole history so far, and the actions of each replay must begin with those
of the one before: a story that is not deterministic is found at the step where it strays. As the
extension does, it leaves a story running while a timer is pending, so it insists that a story that
returns has given up its timers.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.durable_history import Activity, Instance, Timer, replay_body

__all__ = ["Done", "DurableHost", "Instance", "Orchestrate", "Raised", "Work"]

Orchestrate = Callable[[str, str], str]
"""(orchestrator's name, the host's JSON) → the orchestrator's JSON."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step answered, after so many seconds."""

    answer: Any
    seconds: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A step raised, after so many seconds."""

    message: str
    seconds: float = 0.1


Work = Callable[[str, Any, datetime], Done | Raised | None]
"""(step's name, its request, now) → what came of it; None: it never comes back."""


class DurableHost:
    """Instances and the events that are still to come, in the order of virtual time."""

    def __init__(self, orchestrate: Orchestrate, work: Work, start: datetime) -> None:
        self._orchestrate, self._work = orchestrate, work
        self.now = start
        self.instances: dict[str, Instance] = {}
        self._queue: list[tuple[datetime, int, Instance, dict[str, Any]]] = []
        self._order = itertools.count()

    def begin(self, name: str, key: str, order: Any) -> Instance:
        """Start an orchestration; it plays when `run` is called."""
        instance = Instance(name=name, id=key, input=json.dumps(order), created=self.now)
        self.instances[key] = instance
        self._later(self.now, instance, instance.started)
        return instance

    def run(self) -> None:
        """Until no event is left. A story that then still waits has been forgotten by everybody."""
        while self._queue:
            self.step()
        waiting = [i.id for i in self.instances.values() if i.state == "Running"]
        assert not waiting, f"waiting for something that never comes: {waiting}"

    def run_until(self, moment: datetime) -> None:
        """Everything that happens before that moment."""
        while self._queue and self._queue[0][0] < moment:
            self.step()
        self.now = max(self.now, moment)

    def step(self) -> None:
        """The next event, and the replay that it causes."""
        at, _, instance, event = heapq.heappop(self._queue)
        if instance.finished or instance.gave_up(event):
            return
        self.now = max(self.now, at)
        instance.begin_replay([event], self.now)
        told = json.loads(self._orchestrate(instance.name, json.dumps(replay_body(instance))))
        for wanted in instance.end_replay(told, self.now):
            self._schedule(instance, wanted)

    def _schedule(self, instance: Instance, wanted: Activity | Timer) -> None:
        if isinstance(wanted, Timer):
            self._later(max(wanted.fire_at, self.now), instance, wanted.fired())
            return
        outcome = self._work(wanted.name, wanted.request, self.now)
        if outcome is None:
            return
        at = self.now + timedelta(seconds=outcome.seconds)
        if isinstance(outcome, Done):
            event = wanted.completed(at, outcome.answer)
        else:
            event = wanted.failed(at, outcome.message)
        self._later(at, instance, event)

    def _later(self, at: datetime, instance: Instance, event: dict[str, Any]) -> None:
        heapq.heappush(self._queue, (at, next(self._order), instance, event))
