"""The event of a drill, in every field as Event Grid sends it for a run that is about to start.

Source: https://learn.microsoft.com/azure/event-grid/event-schema-azure-maintenance-configuration
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.ids import DRILL, ConfigurationId, RunId
from core.timeline import LATEST_CANCEL, SKEW
from handlers.events import PRE

__all__ = ["DrillEvent", "drill_event"]

_LASTS = timedelta(hours=2)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillEvent:
    """The event, and what it is about. `check_by`: until then the checks may answer."""

    run: RunId
    start: datetime
    check_by: datetime
    envelope: dict[str, Any]


def drill_event(
    id_: ConfigurationId,
    subscriptions: Sequence[str],
    *,
    now: datetime,
    time: timedelta,
    reserve: timedelta,
) -> DrillEvent:
    """An event of a run of its own, with that much time to find machines and to ask checks.

    `reserve` is what the policy keeps for the cancel call: see `core.timeline`.
    """
    check_by = now.replace(microsecond=0) + time + _SECOND
    cut_off = check_by + reserve + SKEW
    start = cut_off + LATEST_CANCEL
    id_of_event = uuid.uuid4()
    run = RunId(configuration=id_, name=f"{DRILL}{now:%Y%m%d%H%M%S}-{id_of_event.hex[:8]}")
    envelope = {
        "id": str(id_of_event),
        "topic": str(id_),
        "subject": id_.name,
        "eventType": PRE,
        "eventTime": f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "CorrelationId": str(run),
            "MaintenanceConfigurationId": str(id_),
            "StartDateTime": _stamp(start),
            "EndDateTime": _stamp(start + _LASTS),
            "CancellationCutOffDateTime": _stamp(cut_off),
            "ResourceSubscriptionIds": list(subscriptions),
        },
    }
    return DrillEvent(run=run, start=start, check_by=check_by, envelope=envelope)


def _stamp(moment: datetime) -> str:
    """To the second; what is left of one is rounded up, so that no time is taken away."""
    whole = moment.replace(microsecond=0)
    return f"{whole if whole == moment else whole + _SECOND:%Y-%m-%dT%H:%M:%SZ}"
