"""One disk's snapshot: looked for, begun, and looked at until it is there.

Facts: https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots (what they
are) and https://learn.microsoft.com/rest/api/compute/snapshots/create-or-update (names of up to 80
letters, digits, `_` and `-`; `networkAccessPolicy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actions import CannotTell
from actions.builtin._naming import name_for
from core.ids import subscription_id
from core.model import Run

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.compute.models import VirtualMachine

__all__ = ["Disk", "Wanted", "begin", "disks_of", "state_of", "wanted"]

_DISK = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([\w().-]{1,90})/providers/Microsoft\.Compute/disks"
    r"/([A-Za-z0-9_.-]{1,80})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A managed disk, by its id as Azure writes it."""

    id: str
    subscription: str
    resource_group: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A snapshot that is to be there: where, of which disk."""

    group: str
    name: str
    disk: Disk


def disks_of(machine: VirtualMachine, *, data: bool) -> Iterator[Disk]:
    """Its managed disks. Raises `CannotTell` for one that cannot have a snapshot of its own."""
    storage = machine.storage_profile
    if storage is None or storage.os_disk is None:
        raise CannotTell("Azure does not say which disks it has")
    if storage.os_disk.diff_disk_settings is None:  # else it is gone whenever the VM is stopped
        yield _disk(storage.os_disk.managed_disk, "its OS disk")
    for number, disk in enumerate(storage.data_disks or () if data else ()):
        yield _disk(disk.managed_disk, f"its data disk {number}")


def _disk(managed: Any, what: str) -> Disk:
    id_ = "" if managed is None else managed.id or ""
    parts = _DISK.fullmatch(id_)
    if parts is None:
        raise CannotTell(f"{what} is not a managed disk that can be told")
    return Disk(
        id=id_,
        subscription=subscription_id(parts[1]),
        resource_group=parts[2],
        name=parts[3],
    )


def wanted(run: Run, disk: Disk, group: str | None) -> Wanted:
    """The snapshot of that disk for that run: the same whenever it is asked for."""
    name = name_for(f"patchgate-{disk.name}", run.id, disk.id)
    return Wanted(group=group or disk.resource_group, name=name, disk=disk)


def begin(
    client: ComputeManagementClient, snapshot: Wanted, location: str, tags: Mapping[str, str]
) -> bool:
    """Begin to make it, unless it is there: then False. Raises as the SDK does, and `CannotTell`.

    Nobody can download what is in it: disks can be made of it, and that is all.
    """
    from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - heavy: SDK
    from azure.mgmt.compute.models import (  # noqa: PLC0415
        CreationData,
        Snapshot,
        SnapshotProperties,
    )

    try:
        state_of(client, snapshot)
    except ResourceNotFoundError:
        source = CreationData(create_option="Copy", source_resource_id=snapshot.disk.id)
        properties = SnapshotProperties(
            creation_data=source, incremental=True, network_access_policy="DenyAll"
        )
        made = Snapshot(location=location, tags=dict(tags), properties=properties)
        client.snapshots.begin_create_or_update(snapshot.group, snapshot.name, made, polling=False)
        return True
    return False


def state_of(client: ComputeManagementClient, snapshot: Wanted) -> str:
    """Its provisioning state, in lower case. Raises `CannotTell` if it is of another disk."""
    found = client.snapshots.get(snapshot.group, snapshot.name)
    source = found.creation_data.source_resource_id if found.creation_data else None
    if (source or "").lower() != snapshot.disk.id.lower():
        raise CannotTell(f"{snapshot.name} is there, and is of another disk")
    return (found.provisioning_state or "").lower()
