"""Without an agent that answers, nothing can be installed.

Facts: https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all (`statusOnly`),
.../virtual-machines/instance-view (`vmAgent`), and for Arc
https://learn.microsoft.com/azure/azure-arc/servers/overview#agent-status: the agent reports every
five minutes, and the platform calls it Disconnected 15 to 30 minutes after the last report. Azure
publishes no time of that report, only `lastStatusChange`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, by_machine, each_machine, fresh, moment, text

_QUERY = Path(__file__).with_suffix(".kql")
_API = "2024-07-01"
_OFF = {"stopping", "stopped", "deallocating", "deallocated"}
_DISCONNECTED = {"disconnected", "expired", "error", "awaitingconnection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    """How far the answers may be trusted, and what they may cost.

    `max_age_minutes`: a VM agent's status that carries an older time is UNKNOWN. The instance view
    is read live, so a status without a time counts.

    `max_contact_minutes`: an Arc agent whose `lastStatusChange` is longer ago is UNKNOWN although
    it is connected. Off (none) by default: for an agent that has been connected for weeks, that
    time is weeks ago.

    `most_single_reads`: VMs whose entry in their subscription's list has no agent are read one by
    one, at most so many; the others are UNKNOWN.
    """

    max_age_minutes: float = 60.0
    max_contact_minutes: float | None = None
    most_single_reads: int = 50

    def __post_init__(self) -> None:
        for name in ("max_age_minutes", "max_contact_minutes"):
            most = getattr(self, name)
            if most is not None and not 0 < most <= 60 * 24 * 366:
                raise ValueError(f"{name} must be above 0, and at most a year")
        if self.most_single_reads < 0:
            raise ValueError("most_single_reads cannot be below 0")


@check(
    enabled=False,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.HybridCompute/machines/read",
    ),
)
def agent_ready(run: Run, ctx: Context[AgentReady]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine's agent is ready to install updates.

    Asks: Azure Resource Manager's list of VMs with their run-time status, once per subscription of
    the run, for the VM agent; and Resource Graph's `resources` for the status of Arc agents.

    Blocks when: a VM agent is not ready, a VM is off (its agent cannot be ready), or an Arc agent
    is disconnected, expired, in error or awaiting its first connection.

    UNKNOWN when: the VM is not in its subscription's list, its instance view shows no agent, the
    agent's status is older than `max_age_minutes`, or of a word that is not known; when the Arc
    server has no row, or several that differ, its status is not known, or its last change lies
    behind `max_contact_minutes`.

    Skipped when: never.

    Rights: Reader on the machines' subscriptions.
    """
    views = _Views(run, ctx) if any(m.kind == "vm" for m in run.machines) else None
    arc = any(m.kind == "arc" for m in run.machines)
    rows = by_machine(ctx.graph.ask(_QUERY)) if arc else {}

    def judge(machine: Machine) -> Verdict:
        if views is not None and machine.kind == "vm":
            return _of_vm(views.of(machine), ctx)
        return _of_arc(rows.get(machine.id.lower(), []), ctx)

    return each_machine(run, judge)


class _Views:
    """The instance views of the run's VMs: by lists, and singly where a list lacks the agent."""

    def __init__(self, run: Run, ctx: Context[AgentReady]) -> None:
        self._ctx = ctx
        self._reads = 0
        self._lists = {
            subscription: self._listed(subscription)
            for subscription in {m.subscription.lower() for m in run.machines if m.kind == "vm"}
        }

    def of(self, machine: Machine) -> Mapping[str, Any]:
        """That VM's instance view, with `vmAgent` in it if Azure has one. Raises `CannotTell`."""
        listed = self._lists[machine.subscription.lower()]
        if isinstance(listed, CannotTell):
            raise listed
        view = listed.get(machine.id.lower())
        if view is None:
            raise CannotTell("the list of its subscription's VMs leaves it out")
        if view.get("vmAgent") or _power(view) in _OFF:
            return view
        return self._single(machine)

    def _single(self, machine: Machine) -> Mapping[str, Any]:
        most = self._ctx.config.most_single_reads
        if self._reads >= most:
            raise CannotTell(
                f"the list of VMs does not show its agent, and {most} VMs were read singly already"
            )
        self._reads += 1
        return self._ctx.arm.get(f"{machine.id}/instanceView", api_version=_API)

    def _listed(self, subscription: str) -> dict[str, Mapping[str, Any]] | CannotTell:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines"
        try:
            entries = self._ctx.arm.pages(path, api_version=_API, statusOnly="true")
        except CannotTell as why:
            return why
        found: dict[str, Mapping[str, Any]] = {}
        for entry in entries:
            id_, view = text(entry, "id").lower(), _view(entry)
            # Two entries of one VM that differ: neither counts, and it is read singly.
            found[id_] = view if found.get(id_, view) == view else {}
        return found


def _view(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = entry.get("properties")
    view = properties.get("instanceView") if isinstance(properties, Mapping) else None
    return view if isinstance(view, Mapping) else {}


def _of_vm(view: Mapping[str, Any], ctx: Context[AgentReady]) -> Verdict:
    power = _power(view)
    if power in _OFF:
        return blocked(f"is {power}: its agent cannot be ready", power=power)
    agent = view.get("vmAgent")
    if not isinstance(agent, Mapping):
        raise CannotTell("its instance view shows no VM agent")
    statuses = _statuses(agent)
    if not statuses:
        raise CannotTell("its instance view has no status of its VM agent")
    version = text(agent, "vmAgentVersion")
    for status in statuses:
        said = text(status, "displayStatus")
        if said.lower() == "not ready":
            message = text(status, "message")
            told = f": {message}" if message else ""
            return blocked(f"its VM agent is not ready{told}", status=said, version=version)
        if said.lower() != "ready":
            raise CannotTell(f"its VM agent's status is {said!r}: neither Ready nor Not Ready")
        _young(status, ctx)
    return passed(status="Ready", version=version)


def _young(status: Row, ctx: Context[AgentReady]) -> None:
    if status.get("time") is not None:
        most = timedelta(minutes=ctx.config.max_age_minutes)
        fresh(status["time"], ctx.now, most, "its VM agent's status")


def _power(view: Mapping[str, Any]) -> str:
    for status in _statuses(view):
        kind, _, state = text(status, "code").lower().partition("/")
        if kind == "powerstate":
            return state
    return ""


def _statuses(owner: Mapping[str, Any]) -> Sequence[Row]:
    statuses = owner.get("statuses")
    if not isinstance(statuses, list):
        return ()
    return [status if isinstance(status, Mapping) else {} for status in statuses]


def _of_arc(rows: list[Row], ctx: Context[AgentReady]) -> Verdict:
    known = [row for row in rows if text(row, "known")]
    if not known:
        raise CannotTell("Resource Graph's resources has no row of this Arc server")
    if len({text(row, "status").lower() for row in known}) > 1:
        raise CannotTell("Resource Graph gives several statuses of its Arc agent")
    status, changed = text(known[0], "status"), text(known[0], "changed")
    if status.lower() in _DISCONNECTED:
        return blocked(f"its Arc agent is {status.lower()}{_since(changed)}", status=status)
    if status.lower() != "connected":
        raise CannotTell(f"its Arc agent's status is {status!r}, which is not known")
    most = ctx.config.max_contact_minutes
    if most is not None:
        fresh(
            changed, ctx.now, timedelta(minutes=most), "the last change of its Arc agent's status"
        )
    return passed(status=status, changed=changed)


def _since(changed: str) -> str:
    when: datetime | None = moment(changed)
    return "" if when is None else f" since {when:%Y-%m-%d %H:%M} UTC"
