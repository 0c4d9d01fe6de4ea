"""What an update breaks must be restorable.

Facts: https://learn.microsoft.com/azure/backup/query-backups-using-azure-resource-graph (tables and
their types), .../rest/api/backup/protected-items/get (a VM's item in a Recovery Services vault) and
.../azure/backup/disk-backup-overview (a Backup vault protects a VM's disks, not the VM).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._disks import disk_points
from checks.builtin._rows import Row, by_machine, each_machine, moment, text
from checks.builtin._subscriptions import all_asked, legal

_QUERY = Path(__file__).with_suffix(".kql")
_AHEAD = timedelta(minutes=15)  # clocks differ by less
_NEVER = datetime.min.replace(tzinfo=UTC)
_GONE = {"softdeleted", "softdeleting"}

Choice = Literal["unknown", "block", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentBackup:
    """How old a backup may be, and what a machine without one is.

    `max_age_hours`: the newest recovery point may be so many hours old. 26 by default: a daily
    backup, and two hours in which it may be late.

    `unprotected`: what a VM is that no vault protects: `"unknown"` (the default), `"block"`, or
    `"skip"`. Since Resource Graph hides what the app's identity may not read, a VM whose vault is
    hidden looks the same.

    `arc`: what an Arc server is, which Azure Backup does not list by its id: the same words.

    `subscriptions`: further subscriptions to look for vaults in, by id. Those of the run are always
    asked.
    """

    max_age_hours: float = 26.0
    unprotected: Choice = "unknown"
    arc: Choice = "unknown"
    subscriptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.max_age_hours <= 24 * 366:
            raise ValueError("max_age_hours must be above 0, and at most a year")
        legal(self.subscriptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """The newest recovery point of one item: None if it says that it has none yet."""

    at: datetime | None
    facts: Mapping[str, str]


@check(
    enabled=False,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.DataProtection/backupVaults/backupInstances/read",
        "Microsoft.DataProtection/backupVaults/backupJobs/read",
        "Microsoft.Compute/virtualMachines/read",
    ),
)
def recent_backup(run: Run, ctx: Context[RecentBackup]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine has a recovery point that is recent enough.

    Asks: Resource Graph's `recoveryservicesresources` for the item of each VM in a Recovery
    Services vault. For at most 100 VMs without one it asks `resources` for their disks, and
    `recoveryservicesresources` for what Backup vaults hold of these: such a VM is as old as the
    oldest of its disks' points, and all of them must be protected.

    Blocks when: the newest recovery point is older than `max_age_hours`, or the first backup has
    not been made yet. A machine in several vaults is judged by its newest point. A last backup that
    failed is shown, and does not block as long as an older point is recent enough.

    UNKNOWN when: no vault protects the VM, or the machine is an Arc server (both by choice, see
    `unprotected` and `arc`); when the item does not say when its last point was made, or says a
    time of the future; and for VMs without an item beyond the first 100.

    Skipped when: `unprotected` or `arc` say so.

    Rights: Reader on the machines' subscriptions, and on those of the vaults (`subscriptions`).
    """
    asked = all_asked(run, ctx.config.subscriptions)
    rows = ctx.graph.ask(_QUERY, subscriptions=asked)
    items = {machine: _points(found) for machine, found in by_machine(rows).items()}
    bare = [m for m in run.machines if m.kind == "vm" and not items.get(m.id.lower())]
    by_disk = disk_points(ctx.graph, bare, asked) if bare else {}

    def judge(machine: Machine) -> Verdict:
        points = items.get(machine.id.lower())
        if points:
            return _judge(points, ctx)
        if machine.kind == "arc":
            return _chosen(ctx.config.arc, "is an Arc server, which Azure Backup does not list")
        found = by_disk.get(machine.id.lower())
        if isinstance(found, CannotTell):
            raise found
        if found is not None:
            return _judge([_Point(at=found, facts={"vault": "a Backup vault, disk by disk"})], ctx)
        return _chosen(ctx.config.unprotected, "recoveryservicesresources shows no backup of it")

    return each_machine(run, judge)


def _points(rows: Iterable[Row]) -> list[_Point | CannotTell]:
    """What each vault has of one machine; what is deleted there is nothing."""
    return [_point(row) for row in rows if not _is_gone(row)]


def _is_gone(row: Row) -> bool:
    return text(row, "deleted").lower() == "true" or text(row, "state").lower() in _GONE


def _point(row: Row) -> _Point | CannotTell:
    state, at = text(row, "state"), moment(row.get("point"))
    facts = {"vault": _vault(text(row, "id")), "protection": state}
    if text(row, "lastBackup"):
        facts["last_backup"] = text(row, "lastBackup")
    if at is not None or state.lower() == "irpending":
        return _Point(at=at, facts=facts)
    return CannotTell(
        f"the vault {facts['vault']} does not say when its last recovery point was made"
        f" (its protection is {state or 'not told'})"
    )


def _vault(item: str) -> str:
    """The vault's name, out of the id of an item in it."""
    parts = item.split("/")
    return parts[8] if len(parts) > 8 else item


def _judge(points: list[_Point | CannotTell], ctx: Context[RecentBackup]) -> Verdict:
    doubts = [point for point in points if isinstance(point, CannotTell)]
    known = [point for point in points if isinstance(point, _Point)]
    newest = max(known, key=lambda point: point.at or _NEVER, default=None)
    if newest is None or (doubts and not _is_recent(newest, ctx)):
        raise doubts[0]  # that vault may have a newer one
    if newest.at is None:
        return blocked("its first backup has not been made yet", **newest.facts)
    stamp = f"{newest.at:%Y-%m-%d %H:%M} UTC"
    if newest.at - ctx.now > _AHEAD:
        raise CannotTell(f"its last recovery point is of the future: {stamp}")
    if _is_recent(newest, ctx):
        return passed(last_point=stamp, **newest.facts)
    hours = (ctx.now - newest.at).total_seconds() / 3600
    told = f"{hours:.1f} h old, more than {ctx.config.max_age_hours:g} h"
    return blocked(f"its last good recovery point is {told}", last_point=stamp, **newest.facts)


def _is_recent(point: _Point, ctx: Context[RecentBackup]) -> bool:
    most = timedelta(hours=ctx.config.max_age_hours)
    return point.at is not None and ctx.now - point.at <= most


def _chosen(choice: Choice, reason: str) -> Verdict:
    if choice == "block":
        return blocked(reason)
    if choice == "skip":
        return skipped(reason)
    raise CannotTell(reason)
