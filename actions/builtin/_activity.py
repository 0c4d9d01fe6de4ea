"""Who has started, restarted or stopped which machine, as the activity log tells it.

An operation has several entries of one `correlationId`: that it began, was accepted, and how it
ended. The id of the request (`httpRequest.clientRequestId`) stands in the first of them, not always
in the others. Entries can be read some minutes after they happened (3 to 20, as published).
Facts: https://learn.microsoft.com/rest/api/monitor/activity-logs/list (which filters there are) and
https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from actions import CannotTell, Context
from actions.builtin._vms import parsed
from core.errors import shorten

__all__ = ["Operation", "operations_on"]

_API = "2015-04-01"
_MOST_GROUPS = 10  # resource groups asked about one by one: beyond that, all of the provider
_BEFORE = timedelta(hours=1)  # entries of an operation that began earlier end in the time looked at
_SKEW = timedelta(minutes=1)  # Azure's clock and ours differ by less
_KINDS = ("start", "restart", "deallocate", "poweroff", "redeploy", "reimage")
_COLUMNS = "eventTimestamp,operationName,resourceId,correlationId,caller,status,httpRequest"


@dataclass(slots=True, kw_only=True)
class Operation:
    """Something done to a machine's power: `kind` is `start`, `restart`, …; `began` is in UTC."""

    kind: str
    began: datetime
    caller: str = ""
    requests: set[str] = field(default_factory=set)
    failed: bool = False


def operations_on(
    ctx: Context[Any], machines: Sequence[str], since: datetime
) -> dict[str, list[Operation]]:
    """The operations on the power of these machines that began later, by id in lower case.

    One that began up to a minute earlier may be among them: clocks differ. Raises `CannotTell`
    unless the log could be read as a whole, and understood.
    """
    found: dict[tuple[str, str], Operation] = {}
    wanted = {machine.lower() for machine in machines}
    for entry in _entries(ctx, wanted, since - _BEFORE):
        key, kind = _machine(entry), _kind(entry)
        if key in wanted and kind:
            _add(found, key, kind, entry)
    operations: dict[str, list[Operation]] = {key: [] for key in wanted}
    for (key, _), operation in sorted(found.items(), key=lambda item: item[1].began):
        if operation.began >= since - _SKEW:
            operations[key].append(operation)
    return operations


def _add(
    found: dict[tuple[str, str], Operation], key: str, kind: str, entry: Mapping[str, Any]
) -> None:
    moment, correlation = _moment(entry.get("eventTimestamp")), str(entry.get("correlationId", ""))
    operation = found.setdefault((key, correlation.lower()), Operation(kind=kind, began=moment))
    operation.began = min(operation.began, moment)
    operation.caller = operation.caller or shorten(str(entry.get("caller") or ""), 80)
    operation.failed |= _value(entry.get("status")).lower() == "failed"
    http = entry.get("httpRequest")
    if isinstance(http, Mapping) and http.get("clientRequestId"):
        operation.requests.add(str(http["clientRequestId"]).lower())


def _entries(
    ctx: Context[Any], wanted: Iterable[str], since: datetime
) -> Iterator[Mapping[str, Any]]:
    for subscription, narrow in _places(wanted):
        times = f"eventTimestamp ge '{_stamp(since)}' and eventTimestamp le '{_stamp(_end(ctx))}'"
        yield from ctx.arm.pages(
            f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes"
            "/management/values",
            api_version=_API,
            **{"$filter": f"{times} and {narrow}", "$select": _COLUMNS},
        )


def _places(wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each subscription with what narrows its log."""
    groups: dict[str, set[str]] = {}
    for machine in wanted:
        id_ = parsed(machine)
        groups.setdefault(id_.subscription, set()).add(id_.resource_group)
    for subscription, names in sorted(groups.items()):
        if len(names) > _MOST_GROUPS:
            yield subscription, "resourceProvider eq 'Microsoft.Compute'"
            continue
        for name in sorted(names):
            yield subscription, f"resourceGroupName eq '{name}'"


def _machine(entry: Mapping[str, Any]) -> str:
    """In the older form `resourceId` is an object, as names are."""
    return _value(entry.get("resourceId")).lower().rstrip("/")


def _kind(entry: Mapping[str, Any]) -> str:
    """`Microsoft.Compute/virtualMachines/start/action` is a start."""
    parts = _value(entry.get("operationName")).lower().split("/")
    about_vm = parts[:2] == ["microsoft.compute", "virtualmachines"] and len(parts) == 4
    return parts[2] if about_vm and parts[2] in _KINDS else ""


def _value(told: object) -> str:
    """Of a text that is told with its translation, the one that is no translation."""
    if isinstance(told, Mapping):
        told = told.get("value")
    return told if isinstance(told, str) else ""


def _moment(told: object) -> datetime:
    try:
        read = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        read = None
    if read is None:
        raise CannotTell(f"the activity log has an entry of no time: {shorten(told, 60)}")
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _end(ctx: Context[Any]) -> datetime:
    return ctx.clock.now() + timedelta(minutes=5)  # Azure's clock may be ahead of ours


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
