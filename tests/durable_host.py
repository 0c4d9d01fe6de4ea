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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["Done", "DurableHost", "Instance", "Orchestrate", "Raised", "Work"]

# The numbers that the extension's protocol gives to history events and to actions.
_EVENT = {
    "ExecutionStarted": 0,
    "TaskScheduled": 4,
    "TaskCompleted": 5,
    "TaskFailed": 6,
    "TimerCreated": 10,
    "TimerFired": 11,
    "OrchestratorStarted": 12,
    "OrchestratorCompleted": 13,
}
_CALL_ACTIVITY, _CREATE_TIMER = 0, 5

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


@dataclass(kw_only=True)
class Instance:
    """One orchestration, as the extension would tell of it."""

    name: str
    id: str
    input: str
    created: datetime
    state: str = "Pending"
    output: Any = None
    error: str = ""
    custom_status: Any = None
    history: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    fired: set[int] = field(default_factory=set)
    replays: int = 0
    steps: list[tuple[datetime, str, Any]] = field(default_factory=list)
    finished: datetime | None = None


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
        started = _event("ExecutionStarted", self.now, Name=name, Input=instance.input, Version="")
        self._later(self.now, instance, started)
        return instance

    def run(self) -> None:
        """Until no event is left. A story that then still waits has been forgotten by everybody."""
        while self._queue:
            self.step()
        waiting = [i.id for i in self.instances.values() if i.state == "Running"]
        assert not waiting, f"waiting for something that never comes: {waiting}"

    def step(self) -> None:
        """The next event, and the replay that it causes."""
        at, _, instance, event = heapq.heappop(self._queue)
        if instance.finished or self._is_cancelled_timer(instance, event):
            return
        self.now = max(self.now, at)
        event["Timestamp"] = _iso(self.now)
        instance.history.append(_event("OrchestratorStarted", self.now))
        instance.history.append(event)
        if event["EventType"] == _EVENT["TimerFired"]:
            instance.fired.add(event["TimerId"])
        self._replay(instance)

    def _replay(self, instance: Instance) -> None:
        body = {
            "history": instance.history,
            "input": instance.input,
            "instanceId": instance.id,
            "isReplaying": False,
            "parentInstanceId": None,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
            "maximumShortTimerDuration": "6.00:00:00",
            "longRunningTimerIntervalDuration": "3.00:00:00",
        }
        instance.replays += 1
        instance.state = "Running"
        told = json.loads(self._orchestrate(instance.name, json.dumps(body)))
        for event in instance.history:
            event["IsPlayed"] = True
        instance.custom_status = told.get("customStatus")
        actions = list(_leaves(itertools.chain(*told.get("actions", []))))
        self._hold_together(instance, actions)
        new, instance.actions = actions[len(instance.actions) :], actions
        for number, action in enumerate(new, len(actions) - len(new)):
            self._schedule(instance, number, action)
        instance.history.append(_event("OrchestratorCompleted", self.now))
        if told.get("error"):
            self._finish(instance, "Failed", error=str(told["error"]))
        elif told["isDone"]:
            self._finish(instance, "Completed", output=told.get("output"))

    def _hold_together(self, instance: Instance, actions: list[dict[str, Any]]) -> None:
        """The same story again: what it did before, it did again, in the same order."""
        before = [_essence(action) for action in instance.actions]
        again = [_essence(action) for action in actions[: len(before)]]
        assert again == before, f"{instance.id} is not deterministic at replay {instance.replays}"

    def _schedule(self, instance: Instance, number: int, action: dict[str, Any]) -> None:
        if action["actionType"] == _CREATE_TIMER:
            fire_at = datetime.fromisoformat(action["fireAt"]).replace(tzinfo=UTC)
            instance.history.append(
                _event("TimerCreated", self.now, EventId=number, FireAt=_iso(fire_at))
            )
            fired = _event("TimerFired", fire_at, TimerId=number, FireAt=_iso(fire_at))
            self._later(max(fire_at, self.now), instance, fired)
            return
        assert action["actionType"] == _CALL_ACTIVITY, action
        name = action["functionName"]
        request = json.loads(action["input"])
        instance.history.append(_event("TaskScheduled", self.now, EventId=number, Name=name))
        instance.steps.append((self.now, name, request))
        outcome = self._work(name, request, self.now)
        if outcome is None:
            return
        at = self.now + timedelta(seconds=outcome.seconds)
        if isinstance(outcome, Done):
            event = _event(
                "TaskCompleted", at, TaskScheduledId=number, Result=json.dumps(outcome.answer)
            )
        else:
            event = _event(
                "TaskFailed", at, TaskScheduledId=number, Reason=outcome.message, Details=""
            )
        self._later(at, instance, event)

    def _finish(
        self, instance: Instance, state: str, *, output: Any = None, error: str = ""
    ) -> None:
        instance.state, instance.output, instance.error = state, output, error
        instance.finished = self.now
        pending = [
            number
            for number, action in enumerate(instance.actions)
            if action["actionType"] == _CREATE_TIMER
            and number not in instance.fired
            and not action.get("isCanceled")
        ]
        assert not pending or error, f"{instance.id} returned with pending timers: {pending}"

    def _is_cancelled_timer(self, instance: Instance, event: dict[str, Any]) -> bool:
        timer = event.get("TimerId")
        return timer is not None and bool(instance.actions[timer].get("isCanceled"))

    def _later(self, at: datetime, instance: Instance, event: dict[str, Any]) -> None:
        heapq.heappush(self._queue, (at, next(self._order), instance, event))


def _event(kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
    event_id = fields.pop("EventId", -1)
    return {
        "EventType": _EVENT[kind],
        "EventId": event_id,
        "IsPlayed": False,
        "Timestamp": _iso(at),
        **fields,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _essence(action: dict[str, Any]) -> tuple[Any, ...]:
    fields = ("actionType", "functionName", "input", "fireAt")
    return tuple(action.get(name) for name in fields)


def _leaves(actions: Any) -> Iterator[dict[str, Any]]:
    for action in actions:
        if "compoundActions" in action:
            yield from _leaves(action["compoundActions"])
        else:
            yield action
