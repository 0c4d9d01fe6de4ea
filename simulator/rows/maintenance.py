"""`maintenanceresources`: the row of the run, and a row for each of its machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.estate import Estate, SimulatedMachine
from simulator.rows.row import Row, RunFacts, lower_case
from simulator.run import Standing

__all__ = ["maintenance_rows"]


def maintenance_rows(facts: RunFacts, estate: Estate, standing: Standing, lag: float) -> list[Row]:
    """`maintenanceresources`: the row of the run, and a row for each of its machines."""
    shared = facts.properties
    members = [machine for machine in estate.machines if machine.in_run]
    rows = [_run_row(facts, shared, members, standing, lag)]
    rows += (_member_row(facts, shared, machine, standing, lag) for machine in members)
    return rows


def _run_row(
    facts: RunFacts,
    shared: Mapping[str, Any],
    members: Sequence[SimulatedMachine],
    standing: Standing,
    lag: float,
) -> Row:
    configuration = facts.run.configuration
    summary: dict[str, int] = {}
    for machine in members:
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
            "resourceId": lower_case(machine.id),
            "status": _member_status(machine, standing),
            "errorMessage": standing.message,
        },
        appears=lag if own is None else own,
    )


def _member_status(machine: SimulatedMachine, standing: Standing) -> str:
    ended = standing.status in ("Succeeded", "Failed")
    return machine.group.result if ended else standing.status
