"""The rows that Resource Graph would hold, in the letter cases it holds them in.

Ids come in mixed case on purpose: maintenance rows carry lower-case resource types and groups, the
machines' own rows the published case, and the configuration's name whatever the caller typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.ids import RunId
from simulator.estate import Estate, SimulatedMachine
from simulator.run import Standing

__all__ = ["Row", "RunFacts", "container_rows", "machine_rows", "maintenance_rows"]


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
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    appears: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What never changes about the run."""

    run: RunId
    start: datetime
    end: datetime

    @property
    def properties(self) -> dict[str, Any]:
        """What the row of the run and the rows of its machines have in common."""
        return {
            "correlationId": str(self.run).replace("resourceGroups", "resourcegroups"),
            "maintenanceConfigurationId": str(self.run.configuration).lower(),
            "maintenanceScope": "InGuestPatch",
            "startDateTime": _stamp(self.start),
            "endDateTime": _stamp(self.end),
        }


def container_rows(estate: Estate) -> Iterator[Row]:
    """`resourcecontainers`: the subscriptions."""
    for number, subscription in enumerate(estate.subscriptions, start=1):
        yield Row(
            id=f"/subscriptions/{subscription}",
            name=f"Subscription {number}",
            type="microsoft.resources/subscriptions",
            subscription=subscription,
            properties={"state": "Enabled"},
        )


def machine_rows(estate: Estate) -> Iterator[Row]:
    """`resources`: the machines that have a readable row."""
    for machine in estate.machines:
        if machine.group.readable:
            yield Row(
                id=str(machine.id),
                name=machine.id.name,
                type=machine.id.type.lower(),
                subscription=machine.id.subscription,
                resource_group=machine.id.resource_group.lower(),
                location=machine.group.location,
                tags=machine.group.tags or None,
                properties=_vm(machine) if machine.group.kind == "vm" else _arc(machine),
            )


def maintenance_rows(facts: RunFacts, estate: Estate, standing: Standing, lag: float) -> list[Row]:
    """`maintenanceresources`: the row of the run, and a row for each of its machines."""
    shared = facts.properties
    rows = [_run_row(facts, shared, estate, standing, lag)]
    rows += (_member_row(facts, shared, machine, standing, lag) for machine in estate.machines)
    return rows


def _run_row(
    facts: RunFacts, shared: Mapping[str, Any], estate: Estate, standing: Standing, lag: float
) -> Row:
    configuration = facts.run.configuration
    summary: dict[str, int] = {}
    for machine in estate.machines:
        status = _member_status(machine, standing)
        summary[status] = summary.get(status, 0) + 1
    return Row(
        id=str(facts.run).lower(),
        name=facts.run.name,
        type="microsoft.maintenance/maintenanceconfigurations/applyupdates",
        subscription=configuration.subscription.lower(),
        resource_group=configuration.resource_group.lower(),
        properties={
            **shared,
            "status": standing.status,
            "errorMessage": standing.message,
            "resourceUpdateSummary": summary,
        },
        appears=lag,
    )


def _member_row(
    facts: RunFacts,
    shared: Mapping[str, Any],
    machine: SimulatedMachine,
    standing: Standing,
    lag: float,
) -> Row:
    own = machine.group.lag
    return Row(
        id=f"{str(machine.id).lower()}/providers/microsoft.maintenance/applyupdates/{facts.run.name}",
        name=facts.run.name,
        type="microsoft.maintenance/applyupdates",
        subscription=machine.id.subscription,
        resource_group=machine.id.resource_group.lower(),
        properties={
            **shared,
            "resourceId": _as_maintenance_writes(machine),
            "status": _member_status(machine, standing),
            "errorMessage": standing.message,
        },
        appears=lag if own is None else own,
    )


def _as_maintenance_writes(machine: SimulatedMachine) -> str:
    id_ = machine.id
    return (
        f"/subscriptions/{id_.subscription}/resourcegroups/{id_.resource_group.lower()}"
        f"/providers/{id_.type.lower()}/{id_.name}"
    )


def _member_status(machine: SimulatedMachine, standing: Standing) -> str:
    ended = standing.status in ("Succeeded", "Failed")
    return machine.group.result if ended else standing.status


def _vm(machine: SimulatedMachine) -> dict[str, Any]:
    power = machine.group.power or "running"
    state = {"code": f"PowerState/{power}", "displayStatus": f"VM {power}", "level": "Info"}
    return {
        "provisioningState": "Succeeded",
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {"osDisk": {"osType": machine.group.os}},
        "extended": {"instanceView": {"powerState": state}},
    }


def _arc(machine: SimulatedMachine) -> dict[str, Any]:
    os = machine.group.os.lower()
    return {
        "provisioningState": "Succeeded",
        "status": machine.group.power or "Connected",
        "osType": os,
        "osName": os,
        "agentVersion": "1.47.02975.2280",
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
