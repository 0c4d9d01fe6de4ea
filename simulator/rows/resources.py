"""`resourcecontainers` and `resources`: subscriptions, machines, the maintenance configuration.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machines/get,
https://learn.microsoft.com/rest/api/hybridcompute/machines/get and
https://learn.microsoft.com/rest/api/maintenance/maintenance-configurations/get
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from simulator.estate import Estate, SimulatedMachine
from simulator.rows.groups import disk_ids, group_rows, nic_id, set_ids
from simulator.rows.row import Row, RunFacts
from simulator.scenario import ConfigurationRules
from simulator.templates import stamp

__all__ = ["arc_properties", "container_rows", "machine_rows", "resource_rows", "vm_properties"]


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


def resource_rows(estate: Estate, facts: RunFacts, rules: ConfigurationRules) -> Iterator[Row]:
    """`resources`: machines that have a readable row, their sets and pools, the configuration."""
    machines = [machine for machine in estate.machines if machine.group.in_table("resources")]
    yield from machine_rows(machines, facts)
    yield from group_rows(machines)
    yield _configuration_row(facts, rules)


def machine_rows(machines: Iterable[SimulatedMachine], facts: RunFacts) -> Iterator[Row]:
    """`resources`: the rows of these machines."""
    for machine in machines:
        vm = machine.group.kind == "vm"
        yield Row(
            id=str(machine.id),
            name=machine.id.name,
            type=machine.id.type.lower(),
            subscription=machine.id.subscription,
            resource_group=machine.id.resource_group.lower(),
            location=machine.group.location,
            tags=machine.tags or None,
            zones=None if machine.group.zone is None else [machine.group.zone],
            properties=vm_properties(machine) if vm else arc_properties(machine, facts),
        )


def vm_properties(machine: SimulatedMachine) -> dict[str, Any]:
    """The properties of a VM, with the power state that Resource Graph adds."""
    power = machine.power
    state = {"code": f"PowerState/{power}", "displayStatus": f"VM {power}", "level": "Info"}
    return {
        "provisioningState": "Succeeded",
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": _storage(machine),
        "networkProfile": {"networkInterfaces": [{"id": nic_id(machine.id)}]},
        "extended": {"instanceView": {"powerState": state}},
        **set_ids(machine),
    }


def _storage(machine: SimulatedMachine) -> dict[str, Any]:
    disk, *data = disk_ids(machine)
    profile: dict[str, Any] = {
        "osDisk": {
            "osType": machine.group.os,
            "name": disk.rpartition("/")[2],
            "managedDisk": {"id": disk},
        }
    }
    if data:
        profile["dataDisks"] = [
            {
                "lun": lun,
                "name": id_.rpartition("/")[2],
                "createOption": "Attach",
                "managedDisk": {"id": id_},
            }
            for lun, id_ in enumerate(data)
        ]
    return profile


def arc_properties(machine: SimulatedMachine, facts: RunFacts) -> dict[str, Any]:
    """The properties of an Arc server. Azure publishes no time of a heartbeat, only of a change."""
    os = machine.group.os.lower()
    return {
        "provisioningState": "Succeeded",
        "status": machine.power,
        "lastStatusChange": stamp(facts.began - timedelta(seconds=machine.group.contact_age)),
        "osType": os,
        "osName": os,
        "agentVersion": "1.47.02975.2280",
    }


def _configuration_row(facts: RunFacts, rules: ConfigurationRules) -> Row:
    configuration = facts.run.configuration
    return Row(
        id=str(configuration),
        name=configuration.name,
        type="microsoft.maintenance/maintenanceconfigurations",
        subscription=configuration.subscription.lower(),
        resource_group=configuration.resource_group.lower(),
        location="westeurope",
        tags=rules.tags or None,
        properties={
            "maintenanceScope": "InGuestPatch",
            "visibility": "Custom",
            "extensionProperties": {"InGuestPatchMode": "User"},
            "maintenanceWindow": {
                "startDateTime": f"{facts.start:%Y-%m-%d %H:%M}",
                "duration": f"{_hours_and_minutes(facts.end - facts.start)}",
                "timeZone": "UTC",
                "recurEvery": "1Week",
            },
        },
    )


def _hours_and_minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
