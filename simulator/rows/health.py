"""`healthresources`: the availability of virtual machines, the only ones of our kinds in it.

Source: https://learn.microsoft.com/azure/virtual-machines/resource-graph-availability
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from simulator.estate import Estate
from simulator.rows.row import Row, RunFacts
from simulator.templates import stamp

__all__ = ["health_rows"]

# `occurredTime` is when the state last changed: long ago for a machine that has been well since.
_WELL_SINCE = timedelta(days=21)
_ILL_SINCE = timedelta(minutes=20)


def health_rows(estate: Estate, facts: RunFacts) -> Iterator[Row]:
    """A row for each VM."""
    for machine in estate.machines:
        group = machine.group
        if group.kind != "vm" or not group.in_table("healthresources"):
            continue
        well = group.health == "Available"
        yield Row(
            id=f"{machine.id}/providers/Microsoft.ResourceHealth/availabilityStatuses/current",
            name="current",
            type="microsoft.resourcehealth/availabilitystatuses",
            subscription=machine.id.subscription,
            resource_group=machine.id.resource_group.lower(),
            location=group.location,
            properties={
                "targetResourceType": machine.id.type,
                "targetResourceId": str(machine.id),
                "occurredTime": stamp(facts.began - (_WELL_SINCE if well else _ILL_SINCE)),
                "previousAvailabilityState": "Unavailable" if well else "Available",
                "availabilityState": group.health,
            },
        )
