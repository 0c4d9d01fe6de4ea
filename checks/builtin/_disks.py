"""The newest recovery points of VMs whose disks a Backup vault protects one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from checks import CannotTell, Machine
from checks.builtin._rows import Row, by_machine, moment, text
from plugins.reach import Graph

__all__ = ["disk_points"]

_HERE = Path(__file__).parent
_MOST = 100  # VMs: each query names its subjects, and may not grow for ever
_CHUNK = 250  # disks in one query


def disk_points(
    graph: Graph, machines: Sequence[Machine], subscriptions: Sequence[str]
) -> dict[str, datetime | CannotTell]:
    """When all disks of a VM were last backed up, by its id in lower case.

    That is the oldest of their newest points, or why it cannot be told. A VM of which no vault has
    any disk is not among the answers. Raises `CannotTell` if an answer is not whole.
    """
    looked, beyond = machines[:_MOST], machines[_MOST:]
    ids = [machine.id.lower() for machine in looked]
    rows = by_machine(graph.ask(_HERE / "recent_backup_disks.kql", machines=ids))
    disks = {machine: _disks(found[0]) for machine, found in rows.items()}
    points = _points(graph, sorted({d for own in disks.values() for d in own if d}), subscriptions)
    answers = {
        machine: _oldest(own, points)
        for machine, own in disks.items()
        if any(disk in points for disk in own)
    }
    many = CannotTell(f"it is in no Recovery Services vault, and neither are {_MOST} others")
    return answers | {machine.id.lower(): many for machine in beyond}


def _disks(row: Row) -> list[str]:
    """The ids of its disks, in lower case; "" for a disk that is not a managed one."""
    data = row.get("dataDisks")
    known = [] if data is None else data if isinstance(data, list) else [data]
    return [text(row, "osDisk").lower(), *_ids(known)]


def _ids(disks: Sequence[object]) -> Iterator[str]:
    for disk in disks:
        managed = disk.get("managedDisk") if isinstance(disk, dict) else None
        yield text(managed, "id").lower() if isinstance(managed, dict) else ""


def _points(
    graph: Graph, disks: Sequence[str], subscriptions: Sequence[str]
) -> dict[str, datetime | None]:
    """The newest point of each disk that a vault protects; None where there is none to be seen."""
    points: dict[str, datetime | None] = {}
    for start in range(0, len(disks), _CHUNK):
        chunk = disks[start : start + _CHUNK]
        query = _HERE / "recent_backup_points.kql"
        for row in graph.ask(query, subscriptions=subscriptions, disks=chunk):
            if text(row, "state").lower() in ("softdeleted", "softdeleting"):
                continue
            disk, at = text(row, "disk").lower(), moment(row.get("point"))
            known = points.get(disk)
            points[disk] = at if known is None else max(known, at or known)
    return points


def _oldest(disks: Sequence[str], points: dict[str, datetime | None]) -> datetime | CannotTell:
    bare = [disk for disk in disks if disk not in points]
    if bare:
        name = bare[0].rpartition("/")[2] or "one that is not a managed disk"
        return CannotTell(
            f"{len(bare)} of its {len(disks)} disks are in no vault that can be seen: {name}"
        )
    made = [at for disk in disks if (at := points[disk]) is not None]
    if len(made) < len(disks):
        return CannotTell("a Backup vault protects its disks, and shows no backup in 14 days")
    return min(made)
