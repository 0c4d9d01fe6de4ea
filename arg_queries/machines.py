"""Which machines a run will patch, and what cannot be seen of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arg_queries.kql import query
from arg_queries.resource_graph import ResourceGraph
from core.errors import BadId, shorten
from core.ids import MachineId, RunId
from core.model import Gap, Machine, Tags

__all__ = ["Found", "find_machines", "machine_of"]

_NAMED = 3  # rows that a gap quotes; the others it counts
_GRANT = "grant the app's identity Reader on that subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The machines of a run as Resource Graph shows them now, and what it does not show.

    `undetailed` are ids, in lower case, of machines that the run names and whose own rows cannot be
    read: nothing is known of them, not even their tags, so they are not among the `machines`.
    """

    machines: tuple[Machine, ...]
    gaps: tuple[Gap, ...]
    undetailed: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()  # readable subscriptions of the event without a machine


def find_machines(
    graph: ResourceGraph, run: RunId, subscriptions: Sequence[str], until: datetime
) -> Found:
    """Ask for the run's machines over the event's subscriptions: about one query per 1,000.

    Fewer if other runs' looks wait for the quota with it: see `together`.

    Resource Graph hides what our identity cannot read, so an empty answer, a subscription that
    gives nothing and cannot be read, and a page that is missing are gaps, never "no machines".
    """
    answer = graph.machines_of(run, subscriptions, until)
    machines: dict[str, Machine] = {}
    gaps = [] if answer.problem is None else [_lost(answer.problem)]
    undetailed: dict[str, str] = {}
    odd: list[BadId] = []
    for row in answer.rows:
        try:
            machine = machine_of(row)
        except BadId as error:
            odd.append(error)
            continue
        if row.get("machineId"):
            machines[machine.id.lower()] = machine
        else:
            undetailed[machine.id.lower()] = machine.subscription
    for known in machines:
        undetailed.pop(known, None)
    hidden = Counter(undetailed.values())
    if odd:
        gaps.append(_not_understood(odd))
    gaps.extend(_hidden(subscription, count) for subscription, count in hidden.items())
    seen = {machine.subscription for machine in machines.values()} | set(hidden)
    silent = tuple(s for s in subscriptions if s not in seen)
    unreadable = _unreadable(graph, silent, until) if silent else ()
    gaps.extend(unreadable)
    if not machines and not gaps:
        gaps.append(_nothing())
    named = {gap.subject for gap in unreadable}
    return Found(
        machines=tuple(machines.values()),
        gaps=tuple(gaps),
        undetailed=tuple(undetailed),
        silent=tuple(s for s in silent if f"subscription {s}" not in named),
    )


def machine_of(row: Mapping[str, Any]) -> Machine:
    """The machine of a row with the columns of `run_machines.kql`. Raises `BadId`."""
    identity = MachineId.parse(row.get("machineId") or row.get("resourceId"))
    return Machine(
        id=str(identity),
        name=identity.name,
        kind="vm" if identity.type.startswith("Microsoft.Compute/") else "arc",
        subscription=identity.subscription,
        resource_group=identity.resource_group,
        location=_text(row, "location") or None,
        os=_text(row, "os").lower() or None,
        power=_text(row, "power").rpartition("/")[2].lower() or None,
        update_status=_text(row, "updateStatus") or None,
        tags=_tags(row.get("tags")),
    )


def _tags(value: object) -> Tags:
    """A machine without tags has None there; anything else than tags is no row that we know."""
    if not value:
        return Tags()
    if not isinstance(value, dict):
        raise BadId("machine row", value, "its tags are no object")
    return Tags({_whole(str(name)): _whole(str(text)) for name, text in value.items()})


def _whole(text: str) -> str:
    """Half a character (a lone surrogate) cannot be written down: it becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return _whole(value) if isinstance(value, str) else ""


def _unreadable(graph: ResourceGraph, silent: Sequence[str], until: datetime) -> tuple[Gap, ...]:
    answer = graph.ask(query("readable_subscriptions"), silent, until)
    if answer.problem is not None:
        return (_lost(answer.problem),)
    readable = {str(row.get("subscriptionId", "")).lower() for row in answer.rows}
    return tuple(
        Gap(
            subject=f"subscription {subscription}",
            problem="the event names it, it shows no machine, and our identity cannot read it",
            remedy=_GRANT,
        )
        for subscription in silent
        if subscription not in readable
    )


def _hidden(subscription: str, count: int) -> Gap:
    return Gap(
        subject=f"subscription {subscription}",
        problem=f"{count} machines of the run are there, but their details cannot be read",
        remedy=_GRANT,
    )


def _lost(problem: str) -> Gap:
    return Gap(
        subject="machines",
        problem=f"the list is not complete: {problem}",
        remedy="see the problem; the query is repeated with every run",
    )


def _not_understood(errors: Sequence[BadId]) -> Gap:
    named = "; ".join(shorten(str(error), 200) for error in errors[:_NAMED])
    more = f"; and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
    return Gap(
        subject="machines",
        problem=f"rows of the run cannot be understood: {named}{more}",
        remedy="report these rows: Patchgate judges Azure VMs and Arc servers",
    )


def _nothing() -> Gap:
    return Gap(
        subject="machines",
        problem="Resource Graph lists no machine for this run",
        remedy="look at the schedule's assignments; an empty schedule needs no maintenance run",
    )
