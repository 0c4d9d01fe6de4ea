"""Every VM can be taken back to what it was before it was patched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from actions import CannotTell, Context, Machine, Result, Run, action, done, failed, nothing_to_do
from actions.builtin._at_once import at_once, words_of
from actions.builtin._following import follow, refused
from actions.builtin._naming import EXPIRES, RUN, check_group, run_mark
from actions.builtin._snapshots import Wanted, begin, disks_of, state_of, wanted
from actions.builtin._vms import parsed

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

__all__ = ["SnapshotDisks", "snapshot_disks"]

_NEED = "Microsoft.Compute/snapshots/write"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDisks:
    """Which disks, and for how long.

    `data_disks`: whether the data disks are kept as well as that of the system.

    `keep_days`: how many days after the run a snapshot expires. What has expired is deleted by
    `delete_expired_snapshots`, and by nobody else.

    `resource_group`: where the snapshots lie, a group that exists in each subscription; none for
    that of the disk.
    """

    data_disks: bool = False
    keep_days: float = 7.0
    resource_group: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.keep_days <= 366:
            raise ValueError("keep_days must be above 0 and at most 366")
        check_group(self.resource_group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """The snapshots of one machine: `made` is how many of them were not there."""

    client: ComputeManagementClient
    snapshots: tuple[Wanted, ...]
    made: int


@action(
    needs=(
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/beginGetAccess/action",
        "Microsoft.Compute/snapshots/read",
        _NEED,
    ),
)
def snapshot_disks(run: Run, ctx: Context[SnapshotDisks]) -> Mapping[str, Result | CannotTell]:
    """Every VM of the run has a snapshot of its disks from just before the run.

    Changes: makes an incremental snapshot of the disk of the system, and with `data_disks` of the
    data disks, of each VM. Its name follows from run and disk, so that there is never a second; the
    tags `patchgate-run` and `patchgate-expires` say what it is for and until when. The snapshots of
    several disks of one VM are not of the same moment.

    Remembers: nothing; the snapshots tell themselves what they are.

    Undo: none. They are what one goes back to, and expire.

    Fails when: Azure refuses a snapshot, or does not complete it.

    UNKNOWN when: Azure does not answer, a disk is not a managed one, a snapshot of that name is of
    another disk, or it is not complete in time.

    Rights: Disk Snapshot Contributor on the resource groups of the disks and snapshots, and Reader
    on the VMs.
    """
    # Once for the run, and not for each machine: a machine's snapshots take a minute in which a
    # thread would only wait. So all are begun as fast as Azure takes them, and then looked at.
    machines = {machine.id: machine for machine in run.machines}
    begun = at_once(machines, lambda id_: _begun(run, ctx, machines[id_]))
    open_ = {id_: one for id_, one in begun.items() if isinstance(one, _Begun)}
    ended = follow(open_, lambda id_: _ended(open_[id_]), ctx, what="a snapshot of its disks")
    return {id_: ended[id_] if isinstance(first, _Begun) else first for id_, first in begun.items()}


def _begun(run: Run, ctx: Context[SnapshotDisks], machine: Machine) -> _Begun | Result:
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK
    from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415

    if machine.kind != "vm":
        return nothing_to_do("is not an Azure VM: its disks are not in Azure")
    id_ = parsed(machine.id)
    expires = (run.end + timedelta(days=ctx.config.keep_days)).date().isoformat()
    tags = {RUN: run_mark(run), EXPIRES: expires}
    client = ctx.azure.client(ComputeManagementClient, id_.subscription)
    try:
        vm = client.virtual_machines.get(id_.resource_group, id_.name)
    except HttpResponseError as error:
        return refused(error, "Microsoft.Compute/virtualMachines/read")
    disks = tuple(disks_of(vm, data=ctx.config.data_disks))
    snapshots = tuple(wanted(run, disk, ctx.config.resource_group) for disk in disks)
    if not snapshots:
        return nothing_to_do("its only disk is ephemeral: there is nothing to keep")
    try:
        made = sum(begin(client, one, vm.location, tags) for one in snapshots)
    except HttpResponseError as error:
        if error.status_code == 404:  # the machine is there: its disk or the group is not
            return failed(f"no snapshot: {words_of(error)}")
        return refused(error, _NEED)
    return _Begun(client=client, snapshots=snapshots, made=made)


def _ended(begun: _Begun) -> Result | None:
    """None while a snapshot is still being made."""
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    try:
        states = {one.name: state_of(begun.client, one) for one in begun.snapshots}
    except HttpResponseError as error:
        return refused(error, "Microsoft.Compute/snapshots/read")
    for name, state in states.items():
        if state in ("failed", "canceled"):
            return failed(f"Azure could not complete {name}: it is {state}", snapshot=name)
    if any(state != "succeeded" for state in states.values()):
        return None
    names = ", ".join(states)
    return done(f"{begun.made} made" if begun.made else "was there already", snapshots=names)
