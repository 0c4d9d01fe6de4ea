"""What assigns machines to a maintenance configuration, and which machines that are now.

An assignment lies under a machine, or is a dynamic scope, which lies under a subscription or a
resource group and has a filter. Azure Resource Manager does not list the latter; Resource Graph
does. Dynamic scopes are resolved anew before each run, so what they give now is a preview.
https://learn.microsoft.com/rest/api/maintenance/configuration-assignments-for-subscriptions/get and
https://learn.microsoft.com/azure/update-manager/dynamic-scope-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arg_queries.machines import machine_of
from arg_queries.resource_graph import ResourceGraph
from cli.azure.dynamic_scope import DynamicScope, scope_of
from cli.azure.queries import query
from core.errors import BadId, shorten
from core.ids import ConfigurationId, MachineId, subscription_id
from core.model import Gap, Machine

__all__ = ["Assigned", "Scopes", "assigned_machines", "scopes_of"]

_ASSIGNMENT = re.compile(
    r"(?P<under>/subscriptions/(?P<subscription>[^/]+)(/resourcegroups/(?P<group>[^/]+))?(/.+)?)"
    r"/providers/microsoft\.maintenance/configurationassignments/[^/]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """All assignments of one configuration, and what of them is not understood or hidden."""

    machines: tuple[MachineId, ...] = ()
    dynamic: tuple[DynamicScope, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Where machines may lie."""
        direct = (machine.subscription.lower() for machine in self.machines)
        return tuple(dict.fromkeys((*direct, *(scope.subscription for scope in self.dynamic))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The machines that are assigned now, and by what: ids of assignments by that of a machine."""

    machines: tuple[Machine, ...]
    by: Mapping[str, str]
    gaps: tuple[Gap, ...] = ()


def scopes_of(graph: ResourceGraph, id_: ConfigurationId, until: datetime) -> Scopes:
    """Every assignment that can be seen. What cannot is a gap; never raises for what Azure does."""
    answer = graph.ask(query("assignments", configuration_id=str(id_)), None, until)
    machines: list[MachineId] = []
    dynamic: list[DynamicScope] = []
    gaps = [] if answer.problem is None else [_lost("assignments", answer.problem)]
    for row in answer.rows:
        try:
            found = _assignment(row)
        except (BadId, ValueError) as error:
            gaps.append(_odd(row, error))
            continue
        machines += [found] if isinstance(found, MachineId) else []
        dynamic += [found] if isinstance(found, DynamicScope) else []
    if not machines and not dynamic and not gaps:
        gaps.append(_nothing())
    return Scopes(machines=tuple(machines), dynamic=tuple(dynamic), gaps=tuple(gaps))


def assigned_machines(graph: ResourceGraph, scopes: Scopes, until: datetime) -> Assigned:
    """The machines of these assignments as they are now. Never raises for what Azure does."""
    if not scopes.subscriptions:
        return Assigned(machines=(), by={}, gaps=scopes.gaps)
    answer = graph.ask(query("assignable_machines"), scopes.subscriptions, until)
    gaps = [*scopes.gaps, *([] if answer.problem is None else [_lost("machines", answer.problem)])]
    direct = {machine.key: machine for machine in scopes.machines}
    found: dict[str, Machine] = {}
    by: dict[str, str] = {}
    for machine in _machines(answer.rows):
        key = machine.id.lower()
        name = "this machine" if key in direct else _taken_by(machine, scopes.dynamic)
        if name:
            found[key], by[key] = machine, name
    gaps += [_hidden(machine) for key, machine in direct.items() if key not in found]
    if not found and not gaps:
        gaps.append(_nobody())
    return Assigned(machines=tuple(found.values()), by=by, gaps=tuple(gaps))


def _machines(rows: Iterable[Mapping[str, Any]]) -> Iterator[Machine]:
    """A row that is none of a machine that we know is not of one that can be assigned."""
    for row in rows:
        try:
            yield machine_of(row)
        except BadId:
            continue


def _taken_by(machine: Machine, scopes: Sequence[DynamicScope]) -> str:
    return next((scope.id for scope in scopes if scope.takes(machine)), "")


def _assignment(row: Mapping[str, Any]) -> MachineId | DynamicScope:
    """Raises `BadId` and `ValueError` for one that is not understood."""
    id_ = str(row.get("id") or "")
    where = _ASSIGNMENT.fullmatch(id_)
    if where is None:
        raise ValueError("its id is none of an assignment")
    under, group = where["under"], where["group"] or ""
    if "/providers/" in under.lower():
        return MachineId.parse(under)
    told = row.get("scope")
    subscription = subscription_id(where["subscription"])
    if told is not None and not isinstance(told, Mapping):
        raise ValueError("its filter is no object")
    return scope_of(id_, subscription, group.lower(), told or {})


def _lost(subject: str, problem: str) -> Gap:
    return Gap(subject=subject, problem=f"the list is not complete: {problem}", remedy="ask again")


def _odd(row: Mapping[str, Any], error: Exception) -> Gap:
    name = shorten(str(row.get("id") or "?").rpartition("/")[2], 60)
    return Gap(
        subject=f"assignment {name}",
        problem=f"it is not understood: {shorten(str(error), 200)}",
        remedy="machines that it assigns are missing here; look at it in the portal",
    )


def _hidden(machine: MachineId) -> Gap:
    return Gap(
        subject=f"machine {machine.name}",
        problem="it is assigned, and is gone or cannot be read",
        remedy=f"remove its assignment, or have Reader on {machine.subscription}",
    )


def _nobody() -> Gap:
    return Gap(
        subject="machines",
        problem="there are assignments, and no machine that can be seen is in them now",
        remedy="look at the filters; an empty schedule needs no maintenance run",
    )


def _nothing() -> Gap:
    return Gap(
        subject="assignments",
        problem="no assignment of this configuration can be seen",
        remedy="assign machines or a dynamic scope, or have Reader where they are",
    )
