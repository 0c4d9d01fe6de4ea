"""A machine that somebody is being woken for is not patched at the same time.

Facts: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview (condition and state),
https://learn.microsoft.com/rest/api/monitor/alertsmanagement/alerts/get-all (`essentials`) and
https://learn.microsoft.com/azure/governance/resource-graph/samples/samples-by-table (the table).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, each_machine, moment, text
from checks.builtin._subscriptions import readable

Severity = Literal["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"]
State = Literal["New", "Acknowledged", "Closed"]

_QUERY = Path(__file__).with_suffix(".kql")
_LONGEST = 24 * 366  # hours
_MACHINE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/"
    r"(microsoft\.compute/virtualmachines|microsoft\.hybridcompute/machines)/[^/]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlerts:
    """Which alerts count. Names of rules are compared without case.

    `severities`: `Sev0` (critical) to `Sev4` (verbose).

    `states`: what people say of the alert: `New`, `Acknowledged`, `Closed`.

    `allow`: globs of the names of alert rules: an alert counts if its rule matches one of them, and
    none of `deny`. A glob with a slash in it is held against the rule's whole id.

    `deny`: globs of the names of alert rules whose alerts never count.

    `resource_group`: whether alerts on a machine's resource group, and on what else is in it, count
    for the machine. Alerts on other machines never do.

    `ignore_after_hours`: alerts that fired longer ago do not count; none for no limit. Alerts of
    stateless rules never resolve by themselves.
    """

    severities: tuple[Severity, ...] = ("Sev0", "Sev1")
    states: tuple[State, ...] = ("New", "Acknowledged")
    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    resource_group: bool = True
    ignore_after_hours: float | None = None

    def __post_init__(self) -> None:
        for name in ("severities", "states", "allow"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty, so no alert would ever count")
        if not all(glob.strip() for glob in (*self.allow, *self.deny)):
            raise ValueError("a glob in allow or deny is empty, so it matches no rule")
        if any(not glob.strip("*") for glob in self.deny):
            raise ValueError("deny matches every rule, so no alert would ever count")
        if self.ignore_after_hours is not None and not 0 < self.ignore_after_hours <= _LONGEST:
            raise ValueError("ignore_after_hours must be above 0, and at most a year")


@check(
    enabled=False,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.AlertsManagement/alerts/read",
    ),
)
def active_alerts(run: Run, ctx: Context[ActiveAlerts]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine, and its resource group, is free of alerts that are firing.

    Asks: Resource Graph's `alertsmanagementresources` for the alerts that have fired and are not
    resolved, in the resource groups of the run; a group without alerts has a row too. And
    `resourcecontainers` for the subscriptions that can be read, so that "no alert" and "nothing to
    be seen" differ.

    Blocks when: an alert of these `severities` and `states`, of a rule that `allow` and `deny` let
    count, is firing on the machine or its resource group.

    UNKNOWN when: the machine's subscription or resource group cannot be read, or an alert that
    would count is neither fired nor resolved, or does not say its severity or state.

    Skipped when: never. An alert on a whole subscription, or on no target, is on no machine.

    Rights: Reader, or Monitoring Reader, on the machines' subscriptions. A role that may read the
    subscription and not `Microsoft.AlertsManagement/alerts` would hide the alerts: give it both.
    """
    config = ctx.config
    rows = ctx.graph.ask(_QUERY, severities=config.severities, states=config.states)
    alerts = _Alerts(rows, ctx)
    seen = readable(ctx.graph)

    def judge(machine: Machine) -> Verdict:
        if machine.subscription.lower() not in seen:
            raise CannotTell(
                f"subscription {machine.subscription} cannot be read: its alerts are hidden"
            )
        return _judge(alerts.of(machine))

    return each_machine(run, judge)


class _Alerts:
    """The alerts that count, by what they are on."""

    def __init__(self, rows: Sequence[Row], ctx: Context[ActiveAlerts]) -> None:
        self._places = {text(row, "place").lower() for row in rows}
        self._of_machine: dict[str, list[Row]] = {}
        self._of_place: dict[str, list[Row]] = {}
        for row in rows:
            if not text(row, "alert") or not _counts(row, ctx):
                continue
            machine = _machine(text(row, "target").lower())
            if machine is not None:
                self._of_machine.setdefault(machine, []).append(row)
            elif ctx.config.resource_group:
                self._of_place.setdefault(text(row, "place").lower(), []).append(row)

    def of(self, machine: Machine) -> list[Row]:
        """Those on the machine, then those on its group. Raises `CannotTell`."""
        place = f"{machine.subscription}/{machine.resource_group}".lower()
        if place not in self._places:
            raise CannotTell("Resource Graph shows nothing of its resource group")
        return self._of_machine.get(machine.id.lower(), []) + self._of_place.get(place, [])


def _machine(target: str) -> str | None:
    """The id of the machine that a target is, or is part of."""
    found = _MACHINE.match(target)
    return found[0] if found else None


def _judge(alerts: Sequence[Row]) -> Verdict:
    doubts = [(row, doubt) for row in alerts if (doubt := _doubt(row))]
    firing = [row for row in alerts if not _doubt(row)]
    if firing:
        return _blocked(firing)
    if doubts:
        row, doubt = doubts[0]
        raise CannotTell(f"alert {text(row, 'name')!r} {doubt}")
    return passed()


def _doubt(alert: Row) -> str:
    """Why it is not known whether this alert is firing and counts; empty if it does."""
    for column in ("severity", "state"):
        if not text(alert, column):
            return f"does not say its {column}"
    condition = text(alert, "condition")
    if condition.lower() == "fired":
        return ""
    return f"has the condition {condition!r}: neither Fired nor Resolved"


def _blocked(firing: list[Row]) -> Verdict:
    first = min(firing, key=lambda row: text(row, "severity").lower())
    name, severity, state = (text(first, column) for column in ("name", "severity", "state"))
    more = f" (and {len(firing) - 1} more)" if len(firing) > 1 else ""
    return blocked(
        f"alert {name!r} is firing: {severity}, {state}{more}",
        alert=name,
        rule=text(first, "rule"),
        severity=severity,
        state=state,
        since=text(first, "began"),
        target=text(first, "target"),
        alerts=len(firing),
    )


def _counts(alert: Row, ctx: Context[ActiveAlerts]) -> bool:
    config = ctx.config
    if not _matches(alert, config.allow) or _matches(alert, config.deny):
        return False
    began = moment(text(alert, "began"))
    if config.ignore_after_hours is None or began is None:
        return True
    return ctx.now - began <= timedelta(hours=config.ignore_after_hours)


def _matches(alert: Row, globs: Sequence[str]) -> bool:
    rule = text(alert, "rule").lower()
    name = rule.rpartition("/")[2] or text(alert, "name").lower()
    return any(fnmatchcase(rule if "/" in glob else name, glob.lower()) for glob in globs)
