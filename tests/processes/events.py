"""Pre events of any number of schedules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

__all__ = ["SUBSCRIPTION", "pre_event_of", "run_key"]

SUBSCRIPTION = "4f2c1f6e-1111-4d3a-9d3e-0a1b2c3d4e5f"


def pre_event_of(schedule: str, now: datetime, *, minutes: float = 35) -> dict[str, Any]:
    """The event, sent now, of a run that starts so many minutes later."""
    start = now + timedelta(minutes=minutes)
    configuration = (
        f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg-patching"
        f"/providers/Microsoft.Maintenance/maintenanceConfigurations/{schedule}"
    )
    run = f"{configuration}/providers/microsoft.maintenance/applyupdates/{start:%Y%m%d%H%M%S}"
    return {
        "id": f"event-of-{schedule}",
        "topic": configuration,
        "subject": schedule,
        "eventType": "Microsoft.Maintenance.PreMaintenanceEvent",
        "eventTime": _iso(now),
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "CorrelationId": run,
            "MaintenanceConfigurationId": configuration,
            "StartDateTime": _iso(start),
            "EndDateTime": _iso(start + timedelta(hours=2)),
            "CancellationCutOffDateTime": _iso(start - timedelta(minutes=1)),
            "ResourceSubscriptionIds": [SUBSCRIPTION],
        },
    }


def run_key(envelope: dict[str, Any]) -> str:
    """The run's id as everybody compares it."""
    return str(envelope["data"]["CorrelationId"]).lower()


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
