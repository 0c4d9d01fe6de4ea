"""Azure's own checks of each virtual machine: is its host, its network, its guest well?

Facts: https://learn.microsoft.com/azure/virtual-machines/resource-graph-availability (the table and
its two types), .../azure/service-health/resource-health-vm-annotation (a degraded VM is available,
and has an annotation that says so) and .../azure/service-health/azure-resource-graph-overview: the
table holds virtual machines only, although Resource Health itself knows Arc servers too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._rows import Row, by_machine, each_machine, fresh, moment, text

_QUERY = Path(__file__).with_suffix(".kql")
_ANNOTATIONS = Path(__file__).with_name("resource_health_annotations.kql")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceHealth:
    """How old an answer may be.

    `max_age_hours`: a health that was last reported longer ago is UNKNOWN; where Azure gives no
    time of a report, the time when the state began counts. Off (none) by default: the table holds
    the latest state of each VM, and the state of a VM that is well began weeks ago.
    """

    max_age_hours: float | None = None

    def __post_init__(self) -> None:
        if self.max_age_hours is not None and not 0 < self.max_age_hours <= 24 * 366:
            raise ValueError("max_age_hours must be above 0, and at most a year")


@check(
    enabled=False,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.ResourceHealth/availabilityStatuses/read",
    ),
)
def resource_health(run: Run, ctx: Context[ResourceHealth]) -> Mapping[str, Verdict | CannotTell]:
    """Every virtual machine is available and not degraded, as Azure Resource Health sees it.

    Asks: Resource Graph's `healthresources` for the availability status of each machine, and for
    the annotations that say why it changed and whether the machine is degraded.

    Blocks when: a machine is Unavailable or Degraded. Who began that (the platform or a user), and
    whether it was planned, is evidence and changes nothing: the machine is not well either way. A
    Degraded annotation counts until its impact is over, or a downtime follows it.

    UNKNOWN when: the table has no row of a VM, the state is Unknown or a word that is not known,
    rows contradict each other, or the answer is older than `max_age_hours`.

    Skipped when: an Arc server has no row, as the table holds virtual machines only.

    Rights: Reader on the machines' subscriptions.
    """
    rows = by_machine(ctx.graph.ask(_QUERY))
    annotations = by_machine(ctx.graph.ask(_ANNOTATIONS))

    def judge(machine: Machine) -> Verdict:
        own = [row for row in rows.get(machine.id.lower(), []) if text(row, "known")]
        if not own and machine.kind == "arc":
            return skipped("Resource Graph's healthresources holds virtual machines only")
        told = sorted(annotations.get(machine.id.lower(), []), key=_occurred)
        return _judge(own, told, ctx)

    return each_machine(run, judge)


def _judge(rows: list[Row], annotations: list[Row], ctx: Context[ResourceHealth]) -> Verdict:
    if not rows:
        raise CannotTell("Resource Graph's healthresources has no row of this VM")
    states = {text(row, "state").lower(): row for row in rows}
    if len(states) > 1:
        raise CannotTell(f"Resource Graph gives several states of its health: {', '.join(states)}")
    state, row = text(rows[0], "state"), rows[0]
    if state.lower() in ("", "unknown"):
        raise CannotTell("Azure Resource Health does not know its state")
    if state.lower() not in ("available", "unavailable", "degraded"):
        raise CannotTell(f"Azure Resource Health says {state!r}, which is not a known state")
    _young(row, ctx)
    degraded = _degraded(annotations, ctx.now)
    if state.lower() != "available":
        return _blocked(state, row, annotations[-1] if annotations else {})
    return passed(state=state) if degraded is None else _blocked("Degraded", row, degraded)


def _young(row: Row, ctx: Context[ResourceHealth]) -> None:
    if ctx.config.max_age_hours is None:
        return
    when = text(row, "reported") or text(row, "occurred")
    fresh(when, ctx.now, timedelta(hours=ctx.config.max_age_hours), "its resource health")


def _degraded(annotations: list[Row], now: datetime) -> Row | None:
    """The annotation that makes the machine a degraded one: the last that says so, or has no time.

    Only a downtime that has come ends it. What informs, or is of another impact, changes nothing.
    """
    told = [row for row in annotations if text(row, "impact").lower() == "degraded"]
    downtimes = [
        _occurred(row)
        for row in annotations
        if text(row, "impact").lower().startswith("downtime") and _occurred(row) <= now
    ]
    for row in [row for row in told if moment(row.get("occurred")) is None] or told[-1:]:
        began, over = moment(row.get("occurred")), moment(row.get("mitigated"))
        followed = began is not None and any(began < downtime for downtime in downtimes)
        if not followed and (over is None or over > now):
            return row
    return None


def _occurred(row: Row) -> datetime:
    return moment(text(row, "occurred")) or _LONG_AGO


def _blocked(state: str, row: Row, annotation: Row) -> Verdict:
    why = text(annotation, "reason") or text(row, "summary")
    evidence = {
        "state": state,
        "since": text(annotation, "occurred") or text(row, "occurred"),
        "cause": text(row, "reason") or text(annotation, "reason"),
        **{name: text(annotation, name) for name in ("annotation", "context", "category")},
    }
    given = {name: value for name, value in evidence.items() if value}
    return blocked(f"is {state.lower()}{f': {why}' if why else ''}", **given)
