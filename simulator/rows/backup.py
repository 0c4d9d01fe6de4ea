"""`recoveryservicesresources`: the protected items of Recovery Services vaults.

Azure VMs only: Azure Backup does not know Arc servers by their id. Rows of Backup vaults, which
protect disks and not machines, are added by a scenario. Sources:
https://learn.microsoft.com/azure/backup/query-backups-using-azure-resource-graph and
https://learn.microsoft.com/rest/api/backup/protected-items/get
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from simulator.estate import Estate, SimulatedMachine
from simulator.rows.row import Row, RunFacts
from simulator.templates import stamp

__all__ = ["backup_rows"]

_NONE = "none"
_TYPE = "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"
# The state that stands for a good one in the other of the two properties that tell it.
_CURRENT = {"Protected": "ProtectionConfigured"}


def backup_rows(estate: Estate, facts: RunFacts) -> Iterator[Row]:
    """A protected item for each VM that has a backup."""
    for machine in estate.machines:
        group = machine.group
        if group.kind != "vm" or group.backup.lower() == _NONE:
            continue
        if group.in_table("recoveryservicesresources"):
            yield _protected_item(machine, facts)


def _protected_item(machine: SimulatedMachine, facts: RunFacts) -> Row:
    id_, group = machine.id, machine.group
    vault = (
        f"/subscriptions/{id_.subscription}/resourceGroups/{id_.resource_group}"
        "/providers/Microsoft.RecoveryServices/vaults/main"
    )
    tail = f"iaasvmcontainerv2;{id_.resource_group.lower()};{id_.name.lower()}"
    container = f"IaasVMContainer;{tail}"
    return Row(
        id=f"{vault}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/VM;{tail}",
        name=f"VM;{tail}",
        type=_TYPE,
        subscription=id_.subscription,
        resource_group=id_.resource_group.lower(),
        location=group.location,
        properties={
            "friendlyName": id_.name,
            "containerName": container.lower(),
            "vaultId": vault,
            "policyId": f"{vault}/backupPolicies/Daily",
            "policyName": "Daily",
            "policyInfo": {"name": "Daily"},
            **_source(machine),
            **_state(machine, facts),
        },
    )


def _source(machine: SimulatedMachine) -> dict[str, Any]:
    id_ = str(machine.id)
    return {
        "sourceResourceId": id_,
        "virtualMachineId": id_,
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "protectedItemType": machine.id.type,
        "dataSourceInfo": {
            "resourceID": id_,
            "resourceName": machine.id.name,
            "resourceType": machine.id.type,
            "resourceLocation": machine.group.location,
            "datasourceType": machine.id.type,
        },
    }


def _state(machine: SimulatedMachine, facts: RunFacts) -> dict[str, Any]:
    state = machine.group.backup
    well = state == "Protected"
    at = stamp(facts.began - timedelta(hours=machine.group.backup_age))
    return {
        "protectionState": state,
        "protectionStatus": "Healthy" if well else "Unhealthy",
        "currentProtectionState": _CURRENT.get(state, state),
        "healthStatus": "Passed" if well else "ActionRequired",
        "lastBackupStatus": "Completed" if well else "Failed",
        "lastBackupTime": at,
        "lastRecoveryPoint": at,
    }
