"""What the Durable extension writes down of an orchestration, and what it makes of each replay.

Both stand-ins for the extension share this: the one in virtual time (`durable_host`), and the one
that is a process of its own (`processes`). Nothing here waits, and nothing here keeps time.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["Activity", "Instance", "Timer", "event_of", "iso", "replay_body", "told_of"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A step that the orchestrator has asked for; its answer carries the `number`."""

    number: int
    name: str
    request: Any

    def completed(self, at: datetime, answer: Any) -> dict[str, Any]:
        """It has answered."""
        return event_of("TaskCompleted", at, TaskScheduledId=self.number, Result=json.dumps(answer))

    def failed(self, at: datetime, message: str) -> dict[str, Any]:
        """It has raised."""
        return event_of("TaskFailed", at, TaskScheduledId=self.number, Reason=message, Details="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer that the orchestrator has asked for."""

    number: int
    fire_at: datetime

    def fired(self) -> dict[str, Any]:
        """Its time has come."""
        return event_of("TimerFired", self.fire_at, TimerId=self.number, FireAt=iso(self.fire_at))


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

    @property
    def started(self) -> dict[str, Any]:
        """The event that begins it."""
        return event_of(
            "ExecutionStarted", self.created, Name=self.name, Input=self.input, Version=""
        )

    def gave_up(self, event: dict[str, Any]) -> bool:
        """The event is that of a timer which the orchestrator does not wait for any more."""
        timer = event.get("TimerId")
        return timer is not None and bool(self.actions[timer].get("isCanceled"))

    def begin_replay(self, events: Sequence[dict[str, Any]], now: datetime) -> None:
        """These have happened by now: the next replay is told of them."""
        self.history.append(event_of("OrchestratorStarted", now))
        for event in events:
            self.history.append({**event, "Timestamp": iso(now)})
            if event["EventType"] == _EVENT["TimerFired"]:
                self.fired.add(event["TimerId"])

    def end_replay(self, told: dict[str, Any], now: datetime) -> list[Activity | Timer]:
        """What the orchestrator wants beyond what it wanted before.

        Raises `AssertionError` unless it wants all of that again, in the same order; and if it has
        returned while a timer of its own is pending, which would keep it running.
        """
        self.replays += 1
        self.state = "Running"
        for event in self.history:
            event["IsPlayed"] = True
        self.custom_status = told.get("customStatus")
        actions = list(_leaves(itertools.chain(*told.get("actions", []))))
        self._hold_together(actions)
        first, self.actions = len(self.actions), actions
        wanted = [self._wanted(number, now) for number in range(first, len(actions))]
        self.history.append(event_of("OrchestratorCompleted", now))
        if told.get("error"):
            self._finish("Failed", now, error=str(told["error"]))
        elif told["isDone"]:
            self._finish("Completed", now, output=told.get("output"))
        return wanted

    def _hold_together(self, actions: list[dict[str, Any]]) -> None:
        """The same story again: what it did before, it did again, in the same order."""
        before = [_essence(action) for action in self.actions]
        again = [_essence(action) for action in actions[: len(before)]]
        assert again == before, f"{self.id} is not deterministic at replay {self.replays}"

    def _wanted(self, number: int, now: datetime) -> Activity | Timer:
        action = self.actions[number]
        if action["actionType"] == _CREATE_TIMER:
            fire_at = datetime.fromisoformat(action["fireAt"]).replace(tzinfo=UTC)
            self.history.append(event_of("TimerCreated", now, EventId=number, FireAt=iso(fire_at)))
            return Timer(number=number, fire_at=fire_at)
        assert action["actionType"] == _CALL_ACTIVITY, action
        name, request = action["functionName"], json.loads(action["input"])
        self.history.append(event_of("TaskScheduled", now, EventId=number, Name=name))
        self.steps.append((now, name, request))
        return Activity(number=number, name=name, request=request)

    def _finish(self, state: str, now: datetime, *, output: Any = None, error: str = "") -> None:
        self.state, self.output, self.error, self.finished = state, output, error, now
        pending = [
            number
            for number, action in enumerate(self.actions)
            if action["actionType"] == _CREATE_TIMER
            and number not in self.fired
            and not action.get("isCanceled")
        ]
        assert not pending or error, f"{self.id} returned with pending timers: {pending}"


def replay_body(instance: Instance) -> dict[str, Any]:
    """What the host hands to the orchestrator."""
    return {
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


def told_of(instance: Instance) -> dict[str, Any]:
    """An instance as the HTTP API shows it."""
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "createdTime": iso(instance.created),
        "lastUpdatedTime": iso(instance.finished or instance.created),
        "input": None,
        "output": instance.output,
        "runtimeStatus": instance.state,
        "customStatus": instance.custom_status,
        "historyEvents": None,
    }


def event_of(kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """One event of a history."""
    event_id = fields.pop("EventId", -1)
    return {
        "EventType": _EVENT[kind],
        "EventId": event_id,
        "IsPlayed": False,
        "Timestamp": iso(at),
        **fields,
    }


def iso(moment: datetime) -> str:
    """A moment as the extension writes it."""
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
