"""When a maintenance configuration was last changed, and what that does to its next run.

A schedule that is made or edited later than 40 minutes before a run has that run cancelled by the
system: https://learn.microsoft.com/azure/update-manager/pre-post-events-overview
"""

from __future__ import annotations

from datetime import UTC, datetime

from cli.azure.connection import Connection
from core.ids import ArmPath, ConfigurationId
from core.timeline import FROZEN

__all__ = ["changed_at", "changed_too_late"]

_API_VERSION = "2023-04-01"


def changed_at(azure: Connection, id_: ConfigurationId) -> datetime | None:
    """When it was changed the last time, in UTC; None if Azure does not say. Raises `ArmProblem`.

    Told by `systemData`, which Azure Resource Manager keeps of every resource.
    """
    told = azure.reader.get(
        ArmPath.parse(str(id_)), api_version=_API_VERSION, query={}, until=azure.soon()
    )
    system = told.get("systemData")
    at = system.get("lastModifiedAt") if isinstance(system, dict) else None
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None


def changed_too_late(changed: datetime | None, start: datetime) -> bool:
    """A change at that time has the run that starts then cancelled by the system."""
    return changed is not None and start - FROZEN < changed < start
