"""The stories on Azure Durable Functions: `azure-functions-durable`, 1.x.

Written so that it runs on 2.x as well, whose orchestration context has the same calls.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import ActivityFailed, CannotStart
from handlers.engines import Begun, Json, Known, Story, Task, play
from handlers.engines.instances import list_instances

__all__ = ["DurableEngine", "DurableStarter", "orchestrate", "raw_event"]

_NEVER = datetime.min.replace(tzinfo=UTC)


class _DurableTask:
    def __init__(self, native: Any, name: str = "") -> None:
        self.native, self._name = native, name

    @property
    def done(self) -> bool:
        return bool(self.native.is_completed)

    def result(self) -> Json:
        result = self.native.result
        if isinstance(result, BaseException):  # how 1.x tells that an activity raised
            raise ActivityFailed(self._name, str(result))
        return result

    def cancel(self) -> None:
        if not self._name and not self.done:
            self.native.cancel()


class DurableEngine:
    """One orchestration, as the engine protocol."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._tasks: dict[int, _DurableTask] = {}

    @property
    def now(self) -> datetime:
        now: datetime = self._context.current_utc_datetime
        return now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)

    def activity(self, name: str, request: Json) -> Task:
        return self._known(self._context.call_activity(name, request), name)

    def timer(self, at: datetime) -> Task:
        return self._known(self._context.create_timer(max(at, self.now)))

    def any(self, tasks: Sequence[Task]) -> Task:
        return _DurableTask(self._context.task_any([_native(task) for task in tasks]))

    def status(self, status: Json) -> None:
        self._context.set_custom_status(status)

    def wrap(self, native: Any) -> Task:
        """Our task for the engine's that has ended."""
        return self._tasks[id(native)]

    def _known(self, native: Any, name: str = "") -> _DurableTask:
        task = _DurableTask(native, name)
        self._tasks[id(native)] = task
        return task


def _native(task: Task) -> Any:
    assert isinstance(task, _DurableTask)  # noqa: S101 - a story mixes up no engines
    return task.native


def orchestrate(context: Any, tell: Callable[[DurableEngine, Json], Story[Json]]) -> Any:
    """Play the story that `tell` begins from the orchestration's input."""
    engine = DurableEngine(context)
    return play(tell(engine, context.get_input()), _native, engine.wrap)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    state: str
    status: Json
    output: Json
    created: datetime | None


class DurableStarter:
    """Starts stories through the Durable client that the host binds to a function."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def look(self, key: str) -> Known | None:
        status = await _kept(key, self._client.get_status(key))
        if not status:
            # The client takes a 500 for a story that never was; only its body tells them apart.
            if hasattr(status, "Message") or hasattr(status, "ExceptionMessage"):
                raise CannotStart(key, "the host could not read its state")
            return None
        state = status.runtime_status
        return _Known(
            state=state.value if state else "Pending",
            status=status.custom_status,
            output=status.output,
            created=status.created_time,
        )

    async def since(self, moment: datetime) -> list[Begun]:
        found = await asyncio.to_thread(list_instances, self._client, moment)
        return sorted(map(_begun, found), key=lambda one: one.created or _NEVER, reverse=True)

    async def order(self, key: str) -> Json:
        status = await _kept(key, self._client.get_status(key, show_input=True))
        order = status.input_ if status else None
        return json.loads(order) if isinstance(order, str) else order

    async def start(self, story: str, key: str, order: Json) -> None:
        try:
            await _kept(key, self._client.start_new(story, key, order))
        except CannotStart:
            raise
        except Exception as error:  # the client raises bare Exceptions for whatever the host says
            raise CannotStart(key, str(error) or type(error).__name__) from error


async def _kept(key: str, call: Awaitable[Any]) -> Any:
    """What the call gives. Raises `CannotStart` if the client gave it up.

    All calls share one session, which the client closes when one of them fails to connect. Those
    that wait for a connection then end as if somebody had cancelled us, which nobody has.
    """
    try:
        return await call
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CannotStart(key, "the client has given up the call to the host") from error


def _begun(told: Mapping[str, Any]) -> Begun:
    created = told.get("createdTime")
    return Begun(
        key=str(told.get("instanceId", "")),
        created=datetime.fromisoformat(created) if isinstance(created, str) else None,
        state=str(told.get("runtimeStatus") or "Pending"),
        status=told.get("customStatus"),
    )


def raw_event(event: Any) -> dict[str, Any]:
    """The JSON of an event that the host has already taken apart.

    The host hands over an `EventGridEvent` or a `CloudEvent`, whatever the function's annotation
    says, so the fields tell which it is.
    """
    cloud = hasattr(event, "source")
    time = event.time if cloud else event.event_time
    return {
        "id": event.id,
        "subject": event.subject,
        "source" if cloud else "topic": event.source if cloud else event.topic,
        "type" if cloud else "eventType": event.type if cloud else event.event_type,
        "time" if cloud else "eventTime": time.isoformat() if time else None,
        "data": event.get_json(),
        **({"specversion": event.specversion} if cloud else {}),
    }
