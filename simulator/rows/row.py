"""One row of any table, and the facts that all rows of a story rest on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.ids import MachineId, RunId
from simulator.templates import stamp

__all__ = ["Row", "RunFacts", "guid", "lower_case"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of any table. `appears`: seconds after the simulator began until it can be seen."""

    id: str
    name: str
    type: str
    subscription: str
    resource_group: str = ""
    location: str = ""
    kind: str = ""
    managed_by: str = ""
    tags: Mapping[str, str] | None = None
    sku: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] | None = None
    zones: Sequence[str] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    appears: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What never changes about the run, and when the simulator `began`."""

    run: RunId
    start: datetime
    end: datetime
    began: datetime

    @property
    def properties(self) -> dict[str, Any]:
        """What the row of the run and the rows of its machines have in common."""
        return {
            "correlationId": str(self.run).replace("resourceGroups", "resourcegroups"),
            "maintenanceConfigurationId": str(self.run.configuration).lower(),
            "maintenanceScope": "InGuestPatch",
            "startDateTime": stamp(self.start),
            "endDateTime": stamp(self.end),
        }


def lower_case(machine: MachineId) -> str:
    """The id as the tables of Update Manager write it: in lower case but for the name."""
    return (
        f"/subscriptions/{machine.subscription}/resourcegroups/{machine.resource_group.lower()}"
        f"/providers/{machine.type.lower()}/{machine.name}"
    )


def guid(text: str) -> str:
    """A GUID that is the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))
