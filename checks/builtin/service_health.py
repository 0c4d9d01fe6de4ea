"""While Azure itself has trouble, a reboot may be the last thing that works.

Facts: https://learn.microsoft.com/azure/service-health/azure-resource-graph-overview (the table and
its properties), .../azure/service-health/resource-graph-samples, and for what an event touches
https://learn.microsoft.com/rest/api/resourcehealth/events/list-by-subscription-id (`impact`).
Emerging issues belong to no subscription and are not in Resource Graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, by_machine, each_machine, text

EventType = Literal["ServiceIssue", "PlannedMaintenance", "HealthAdvisory", "SecurityAdvisory"]
Level = Literal["Critical", "Error", "Warning", "Informational"]

_QUERY = Path(__file__).with_suffix(".kql")
_EVERYWHERE = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """Which events count.

    `event_types`: Azure's words for kinds of events.

    `services`: globs of the names of services, as the Azure portal writes them, without case. Azure
    publishes no list of them, so these are wide.

    `levels`: only events of these levels; empty for all. An event without a level always counts.
    """

    event_types: tuple[EventType, ...] = ("ServiceIssue",)
    services: tuple[str, ...] = ("Virtual Machine*", "*Arc*enabled*server*", "*Update Manage*")
    levels: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        for name in ("event_types", "services"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty, so no event would ever count")
        if not all(glob.strip() for glob in self.services):
            raise ValueError("a glob in services is empty, so it matches no service")


@check(
    enabled=False,
    needs=("Microsoft.Resources/subscriptions/read", "Microsoft.ResourceHealth/events/read"),
)
def service_health(run: Run, ctx: Context[ServiceHealth]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine's region is free of Azure service issues that concern it.

    Asks: Resource Graph's `servicehealthresources` for the events that are not resolved, joined to
    the subscriptions in `resourcecontainers`. A subscription without an event has a row too, so
    that "no issue" and "nothing to be seen" differ.

    Blocks when: an active event of the `event_types` and `levels` touches one of the `services` in
    the machine's region, or everywhere. A region in which it is resolved is not touched any more.

    UNKNOWN when: the machine's subscription cannot be read, an event does not say of which type it
    is or what it touches, or has a status that is not known, or it touches a region and the
    machine's is not known.

    Skipped when: never.

    Rights: Reader on the machines' subscriptions. A role that may read the subscription and not
    `Microsoft.ResourceHealth/events` would hide the events: give it both.
    """
    config = ctx.config
    rows = by_machine(ctx.graph.ask(_QUERY, event_types=config.event_types), "subscription")
    events = {
        subscription: [_event(row, config) for row in own if _counts(row, config)]
        for subscription, own in rows.items()
    }

    def judge(machine: Machine) -> Verdict:
        own = events.get(machine.subscription.lower())
        if own is None:
            raise CannotTell(
                f"subscription {machine.subscription} cannot be read: its service events are hidden"
            )
        return _judge(machine, own)

    return each_machine(run, judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An event that is not over: the services that count, with the regions in which it is active.

    `unclear` says why that is not known.
    """

    row: Row
    touched: tuple[tuple[str, str], ...] = ()
    unclear: str = ""

    def at(self, location: str) -> tuple[str, str] | None:
        """The service and the region by which it concerns a machine there."""
        places = (_EVERYWHERE, _plain(location))
        return next((pair for pair in self.touched if _plain(pair[1]) in places), None)


def _judge(machine: Machine, events: list[_Event]) -> Verdict:
    location = machine.location or ""
    found = [(event, pair) for event in events if (pair := event.at(location)) is not None]
    if found:
        return _blocked(found[0][0].row, found[0][1], len(found) - 1)
    unclear = [event.unclear for event in events if event.unclear]
    if not location:
        unclear += (
            f"event {text(event.row, 'tracking')} touches regions, and this machine's is not known"
            for event in events
            if event.touched
        )
    if unclear:
        raise CannotTell("; ".join(unclear[:3]))
    return passed()


def _blocked(event: Row, touched: tuple[str, str], others: int) -> Verdict:
    service, region = touched
    tracking, title = text(event, "tracking"), text(event, "heading")
    more = f" (and {others} more)" if others else ""
    return blocked(
        f"Azure has an issue with {service} in {region}{more}: {tracking} {title}".rstrip(),
        tracking_id=tracking,
        service=service,
        region=region,
        level=text(event, "level"),
        title=title,
    )


def _counts(row: Row, config: ServiceHealth) -> bool:
    if not text(row, "event"):
        return False
    level = text(row, "level").lower()
    others = {known.lower() for known in get_args(Level) if known not in config.levels}
    return not config.levels or level not in others


def _event(row: Row, config: ServiceHealth) -> _Event:
    tracking, status = text(row, "tracking"), text(row, "status")
    if status.lower() != "active":
        return _Event(row=row, unclear=f"event {tracking} has the unknown status {status!r}")
    try:
        touched = tuple(_touched(text(row, "impact"), config.services))
    except ValueError as error:
        return _Event(row=row, unclear=f"event {tracking} does not say what it touches: {error}")
    if touched and not text(row, "eventKind"):
        return _Event(row=row, unclear=f"event {tracking} does not say of which type it is")
    return _Event(row=row, touched=touched)


def _touched(impact: str, services: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each service that counts, with each region in which it is not resolved.

    Azure writes the names in several cases: `ImpactedService` here, `impactedService` there.
    Raises `ValueError` for anything but that form, as for an empty list.
    """
    parts = json.loads(impact or "[]")
    if not isinstance(parts, list) or not parts:
        raise ValueError("it names no service")
    for part in parts:
        service = _of(part, "impactedservice")
        if not isinstance(service, str):
            raise ValueError("a service has no name")  # noqa: TRY004 - one error for all
        if any(fnmatchcase(service.lower(), glob.lower()) for glob in services):
            yield from ((service, region) for region in _regions(part, service))


def _regions(part: Any, service: str) -> Iterator[str]:
    regions = _of(part, "impactedregions")
    if not isinstance(regions, list) or not regions:
        raise ValueError(f"{service} has no regions")
    for region in regions:
        name = _of(region, "impactedregion")
        if not isinstance(name, str):
            raise ValueError(f"a region of {service} has no name")  # noqa: TRY004 - one for all
        if str(_of(region, "status")).lower() != "resolved":
            yield name


def _of(owner: Any, name: str) -> Any:
    if not isinstance(owner, Mapping):
        return None
    return next((value for key, value in owner.items() if str(key).lower() == name), None)


def _plain(region: str) -> str:
    """`West Europe` and `westeurope` are the same."""
    return "".join(region.lower().split())
