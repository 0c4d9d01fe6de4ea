"""An orchestrator in the SDK's own replay engine, which goes on where it stopped.

The worker plays an orchestrator anew from its whole history at each event, which costs the square
of the events and would take most of a story's time. The SDK's engine takes events one by one, so
here it is kept and fed, and made anew from the history when its worker died; at the end of a story
one more replay must want all the same (`Session.replayed`). `tests.handlers` replays every prefix.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from azure.durable_functions.models.DurableOrchestrationContext import DurableOrchestrationContext
from azure.durable_functions.models.history import HistoryEvent
from azure.durable_functions.models.TaskOrchestrationExecutor import TaskOrchestrationExecutor

from handlers.engines import Engine, Json, Story
from handlers.engines.durable_functions import orchestrate
from tests.durable_history import Instance, replay_body

__all__ = ["Session"]

_HEARD = {0, 5, 6, 11, 12}  # what the SDK's engine does not skip: see its `process_event`
_STATE = "$OutOfProcData$:"


class Session:
    """One orchestration in a worker's memory."""

    def __init__(self, stories: Mapping[str, Callable[[Engine, Json], Story[Json]]]) -> None:
        self._stories = stories
        self._executor: Any = None

    def play(self, instance: Instance, new: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What the orchestrator wants, now that these events are at the end of its history."""
        try:
            if self._executor is None:
                return self.replayed(instance)
            for event in new:
                if event["EventType"] in _HEARD and not self._executor.has_execution_completed:
                    self._executor.process_event(_event(event))
            told: dict[str, Any] = json.loads(self._executor.get_orchestrator_state_str())
        except Exception as error:
            if _STATE not in str(error):
                raise
            # So the SDK tells that the story raised.
            told = json.loads(str(error).partition(_STATE)[2])
        return told

    def replayed(self, instance: Instance) -> dict[str, Any]:
        """The same, played from the beginning."""
        context = DurableOrchestrationContext.from_json(json.dumps(replay_body(instance)))
        self._executor = TaskOrchestrationExecutor()
        text = self._executor.execute(context, context.histories, self._tell(instance.name))
        self._executor._is_processing_new_events = True  # noqa: SLF001 - all that follows is new
        told: dict[str, Any] = json.loads(text)
        return told

    def _tell(self, name: str) -> Any:
        def orchestrator(context: Any) -> Any:
            return (yield from orchestrate(context, self._stories[name]))

        return orchestrator


def _event(told: dict[str, Any]) -> HistoryEvent:
    """As `HistoryEvent(**told)`, which takes longer to read a time than a replay does."""
    event = copy(_PROTOTYPE)
    event.__dict__.update({name: told[name] for name in told if name not in _OWN})
    event.__dict__.update(
        _event_type=told["EventType"],
        _event_id=told["EventId"],
        _is_played=told["IsPlayed"],
        _timestamp=datetime.fromisoformat(told["Timestamp"]),
    )
    return event


_OWN = {"EventType", "EventId", "IsPlayed", "Timestamp"}
_PROTOTYPE = HistoryEvent(EventType=0, EventId=-1, IsPlayed=False, Timestamp="2026-11-28T03:00:00Z")
