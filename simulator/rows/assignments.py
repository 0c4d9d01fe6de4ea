"""`maintenanceresources`: what assigns the machines to the run's maintenance configuration.

Sources: https://learn.microsoft.com/rest/api/maintenance/configuration-assignments-for-subscriptions
and https://learn.microsoft.com/rest/api/maintenance/configuration-assignments
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.estate import Estate, SimulatedMachine
from simulator.rows.row import Row, RunFacts
from simulator.scenario import Scenario

__all__ = ["assignment_rows"]

_TYPE = "microsoft.maintenance/configurationassignments"


def assignment_rows(scenario: Scenario, estate: Estate, facts: RunFacts) -> Iterator[Row]:
    """A dynamic scope for each subscription whose machines all are in the run; else one by one.

    None, if the scenario has such rows of its own.
    """
    if any(row.type.lower() == _TYPE for row in scenario.rows):
        return
    for subscription in dict.fromkeys(machine.id.subscription for machine in estate.machines):
        there = [machine for machine in estate.machines if machine.id.subscription == subscription]
        if all(machine.in_run for machine in there):
            yield _scope(subscription, facts)
        else:
            yield from (_single(machine, facts) for machine in there if machine.in_run)


def _scope(subscription: str, facts: RunFacts) -> Row:
    types = ["microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines"]
    told = {"locations": [], "osTypes": [], "resourceGroups": [], "resourceTypes": types}
    return _row(
        f"/subscriptions/{subscription}", "everything", facts, subscription, {"filter": told}
    )


def _single(machine: SimulatedMachine, facts: RunFacts) -> Row:
    id_ = str(machine.id)
    return _row(id_, facts.run.configuration.name, facts, machine.id.subscription, {})


def _row(under: str, name: str, facts: RunFacts, subscription: str, told: dict[str, Any]) -> Row:
    return Row(
        id=f"{under}/providers/Microsoft.Maintenance/configurationAssignments/{name}",
        name=name,
        type=_TYPE,
        subscription=subscription,
        properties={
            "maintenanceConfigurationId": str(facts.run.configuration).lower(),
            "resourceId": under,
            **told,
        },
    )
