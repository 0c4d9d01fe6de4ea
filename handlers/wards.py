"""What the watchdog knows of a run that it watches: enough to cancel it, and when that is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from arg_queries.upcoming import UpcomingRun
from core import wire
from core.errors import BadId
from core.ids import RunId
from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.timeline import FROZEN, LATEST_CANCEL, SKEW
from handlers.engines import Begun, Json
from handlers.keys import key_of
from handlers.orders import GateOrder
from handlers.planning import timeline_of

__all__ = ["Ward", "event_of", "has_result"]

Mode = Literal["enforce", "observe"]

_YOUNG = timedelta(seconds=60)  # a gate of that age is left to itself, however late it came
_RESULTS = {"proceeded", "cancelled", "would cancel", "too late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """A run without a result. `due`: from then on it is cancelled if it still has none.

    `found`: Resource Graph shows the run, and no gate of it is listed.
    """

    key: str
    run: RunId
    start: datetime
    due: datetime
    mode: Mode
    found: UpcomingRun | None = None

    @classmethod
    def of_gate(cls, gate: Begun, order: Json) -> Ward | None:
        """From what a gate shows or, before it has shown anything, from its order."""
        by_status = cls._of_status(gate)
        if by_status is not None or order is None:
            return by_status
        try:
            given = wire.load(GateOrder, order)
        except ValidationError:
            return None
        return cls._of(given.event, given.policy, gate.created)

    @classmethod
    def of_run(cls, found: UpcomingRun, policy: Policy, now: datetime) -> Ward:
        """From Resource Graph, under the policy for its configuration."""
        return cls._of(event_of(found, now), policy, None, found)

    @classmethod
    def _of(
        cls,
        event: PreMaintenanceEvent,
        policy: Policy,
        created: datetime | None,
        found: UpcomingRun | None = None,
    ) -> Ward:
        # Planned as if there were time: the times of a gate that came late are all past.
        timeline = timeline_of(event, policy, event.start - FROZEN)
        return cls(
            key=key_of("gate", event.run),
            run=event.run,
            start=event.start,
            due=_due(timeline.cut_off, created),
            mode=policy.mode,
            found=found,
        )

    @classmethod
    def _of_status(cls, gate: Begun) -> Ward | None:
        shown = gate.status
        if not isinstance(shown, Mapping):
            return None
        try:
            return cls(
                key=gate.key,
                run=RunId.parse(shown.get("run")),
                start=datetime.fromisoformat(shown["start"]),
                due=_due(datetime.fromisoformat(shown["cut_off"]), gate.created),
                mode="observe" if shown.get("mode") == "observe" else "enforce",
            )
        except (BadId, KeyError, TypeError, ValueError):
            return None


def _due(cut_off: datetime, created: datetime | None) -> datetime:
    """The gate's own `cancel_by`; a little after its birth for one that came later."""
    by = cut_off - SKEW
    return by if created is None else max(by, created + _YOUNG)


def has_result(status: Json, output: Json) -> bool:
    """A gate has said how it ended, and not that nobody can tell."""
    told = [value.get("ending") for value in (status, output) if isinstance(value, Mapping)]
    return any(isinstance(ending, str) and ending in _RESULTS for ending in told)


def event_of(found: UpcomingRun, now: datetime) -> PreMaintenanceEvent:
    """The event that should have come for that run."""
    return PreMaintenanceEvent(
        run=found.run,
        event_time=now,
        start=found.start,
        end=found.end,
        subscriptions=found.subscriptions,
        cancellation_cut_off=found.start - LATEST_CANCEL,
    )
