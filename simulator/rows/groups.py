"""What machines belong to: availability sets, scale sets, and the pools of load balancers.

Sets and pools lie in the subscription and group of their machines. Sources:
https://learn.microsoft.com/rest/api/compute/availability-sets/get,
https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/get,
https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces/get and
https://learn.microsoft.com/rest/api/load-balancer/load-balancers/get
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.ids import MachineId
from simulator.estate import SimulatedMachine
from simulator.rows.row import Row

__all__ = ["disk_id", "disk_ids", "group_rows", "nic_id", "set_ids"]

Members = list[SimulatedMachine]


def disk_id(machine: MachineId) -> str:
    """The managed disk that holds the VM's system."""
    return f"{_beside(machine)}/Microsoft.Compute/disks/{machine.name}_OsDisk"


def disk_ids(machine: SimulatedMachine) -> tuple[str, ...]:
    """All managed disks of a VM: that of its system, and its data disks in the order of LUNs."""
    system = disk_id(machine.id)
    stem = system.removesuffix("_OsDisk")
    return (system, *(f"{stem}_DataDisk_{lun}" for lun in range(machine.group.data_disks)))


def nic_id(machine: MachineId) -> str:
    """The VM's network interface."""
    return f"{_beside(machine)}/Microsoft.Network/networkInterfaces/{machine.name}-nic"


def set_ids(machine: SimulatedMachine) -> dict[str, Any]:
    """The properties of a VM that name its availability set and scale set, if it has them."""
    found: dict[str, Any] = {}
    if machine.group.availability_set:
        # Azure writes the group and the name of this one in capitals.
        loud = replace(machine.id, resource_group=machine.id.resource_group.upper())
        name = machine.group.availability_set.upper()
        found["availabilitySet"] = {"id": _set_id(loud, "availabilitySets", name)}
    if machine.group.scale_set:
        id_ = _set_id(machine.id, "virtualMachineScaleSets", machine.group.scale_set)
        found["virtualMachineScaleSet"] = {"id": id_}
    return found


def group_rows(machines: Iterable[SimulatedMachine]) -> Iterator[Row]:
    """The rows of all sets, scale sets, load balancers and the interfaces behind those."""
    sets: dict[str, Members] = defaultdict(list)
    scale_sets: dict[str, Members] = defaultdict(list)
    pools: dict[str, Members] = defaultdict(list)
    for machine in machines:
        group = machine.group
        if group.availability_set:
            sets[_set_id(machine.id, "availabilitySets", group.availability_set)].append(machine)
        if group.scale_set:
            id_ = _set_id(machine.id, "virtualMachineScaleSets", group.scale_set)
            scale_sets[id_].append(machine)
        if group.backend_pool:
            pools[_pool_id(machine.id, group.backend_pool)].append(machine)
    yield from (_availability_set(id_, members) for id_, members in sets.items())
    yield from (_scale_set(id_, members) for id_, members in scale_sets.items())
    for id_, members in pools.items():
        yield _load_balancer(id_, members)
        yield from (_nic(machine, id_) for machine in members)


def _availability_set(id_: str, members: Members) -> Row:
    vms = [{"id": str(machine.id)} for machine in members]
    properties = {"platformFaultDomainCount": 2, "virtualMachines": vms}
    return _row(id_, members, properties, sku={"name": "Aligned"})


def _scale_set(id_: str, members: Members) -> Row:
    sku = {"name": "Standard_D2s_v5", "tier": "Standard", "capacity": len(members)}
    return _row(id_, members, {"orchestrationMode": "Flexible"}, sku=sku)


def _load_balancer(pool: str, members: Members) -> Row:
    addresses = [{"id": f"{nic_id(machine.id)}/ipConfigurations/ipconfig1"} for machine in members]
    pools = [
        {
            "id": pool,
            "name": pool.rpartition("/")[2],
            "properties": {"backendIPConfigurations": addresses},
        }
    ]
    id_ = pool.rpartition("/backendAddressPools/")[0]
    return _row(id_, members, {"backendAddressPools": pools}, sku={"name": "Standard"})


def _nic(machine: SimulatedMachine, pool: str) -> Row:
    id_ = nic_id(machine.id)
    address = {
        "id": f"{id_}/ipConfigurations/ipconfig1",
        "name": "ipconfig1",
        "properties": {"primary": True, "loadBalancerBackendAddressPools": [{"id": pool}]},
    }
    vm = {"id": str(machine.id)}
    return _row(id_, [machine], {"virtualMachine": vm, "ipConfigurations": [address]})


def _row(
    id_: str,
    members: Members,
    properties: Mapping[str, Any],
    sku: Mapping[str, Any] | None = None,
) -> Row:
    """A row of something that lies beside its members."""
    first = members[0]
    provider, kind, name = id_.split("/")[-3:]
    return Row(
        id=id_,
        name=name,
        type=f"{provider}/{kind}".lower(),
        subscription=first.id.subscription,
        resource_group=first.id.resource_group.lower(),
        location=first.group.location,
        sku=sku,
        properties=properties,
    )


def _set_id(machine: MachineId, kind: str, name: str) -> str:
    return f"{_beside(machine)}/Microsoft.Compute/{kind}/{name}"


def _pool_id(machine: MachineId, name: str) -> str:
    return (
        f"{_beside(machine)}/Microsoft.Network/loadBalancers/{name}-lb/backendAddressPools/{name}"
    )


def _beside(machine: MachineId) -> str:
    group = machine.resource_group
    return f"/subscriptions/{machine.subscription}/resourceGroups/{group}/providers"
