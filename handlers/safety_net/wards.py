"""What the watchdog knows of a run that it watches: enough to cancel it, and when that is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

__all__ = ["YOUNG", "Ward", "event_of"]

Mode = Literal["enforce", "observe"]

_MODES: dict[object, Mode] = {"enforce": "enforce", "observe": "observe"}
YOUNG = timedelta(seconds=60)  # a gate of that age is left to itself, however late it came
_ANSWER = timedelta(seconds=20)  # from check_by until an answer shows: the turn of a story may wait


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
    def of_status(cls, gate: Begun) -> Ward | None:
        """By what the gate shows; None if that does not tell."""
        shown = gate.status
        if not isinstance(shown, Mapping):
            return None
        try:
            start, cut_off, check_by = (
                datetime.fromisoformat(shown[name]).astimezone(UTC)
                for name in ("start", "cut_off", "check_by")
            )
            return cls(
                key=gate.key,
                run=RunId.parse(shown.get("run")),
                start=start,
                due=_due(cut_off, check_by, gate.created),
                mode=_MODES[shown["mode"]],  # an older version shows none: its order knows
            )
        except (BadId, KeyError, OverflowError, TypeError, ValueError):
            return None

    @classmethod
    def of_order(cls, gate: Begun, order: Json) -> Ward | None:
        """By what the gate was given; None if that is no order."""
        try:
            given = wire.load(GateOrder, order)
        except (ValidationError, BadId):
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
            due=_due(timeline.cut_off, timeline.check_by, created),
            mode=policy.mode,
            found=found,
        )


def _due(cut_off: datetime, check_by: datetime, created: datetime | None) -> datetime:
    """The gate's own `cancel_by`; a little later for one that was born, or may answer, later."""
    by = max(cut_off - SKEW, min(check_by + _ANSWER, cut_off))
    return by if created is None else max(by, created + YOUNG)


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
