"""The machines of a scenario, with ids, in the subscriptions of one event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.errors import BadScenario
from core.ids import MachineId, subscription_id
from simulator.scenario import ExtraRow, MachineGroup, Scenario, SubscriptionRef

__all__ = ["Estate", "SimulatedMachine", "build_estate"]

_TYPES = {"vm": "Microsoft.Compute/virtualMachines", "arc": "Microsoft.HybridCompute/machines"}
_UP = {"vm": "running", "arc": "Connected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMachine:
    """One machine, and the group of the scenario that describes it.

    `stands` and `tagged` are what has become of its power and its tags; None: nothing has changed.
    """

    id: MachineId
    group: MachineGroup
    stands: str | None = None
    tagged: Mapping[str, str] | None = None

    @property
    def power(self) -> str:
        """The power state of a VM, the connection of an Arc server."""
        return self.stands or self.group.power or _UP[self.group.kind]

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags."""
        return self.group.tags if self.tagged is None else self.tagged

    @property
    def in_run(self) -> bool:
        """The run has a row for it."""
        return self.group.in_run and "maintenanceresources" not in self.group.absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """All machines, all subscriptions, and which of those our identity cannot read.

    `extra` are the scenario's further rows, each with the subscription that it lies in.
    """

    machines: tuple[SimulatedMachine, ...]
    subscriptions: tuple[str, ...]
    hidden: frozenset[str]
    extra: tuple[tuple[ExtraRow, str], ...] = ()


def build_estate(
    scenario: Scenario, subscriptions: tuple[str, ...], configuration_subscription: str
) -> Estate:
    """Put the scenario's machines into the event's subscriptions.

    Raises `BadScenario` if the scenario counts more subscriptions than the event has.
    """
    event = tuple(subscription_id(s) for s in subscriptions)
    problems = [*_beyond(scenario, len(event))]
    if problems:
        raise BadScenario(tuple(problems))
    machines = tuple(_machines(scenario, event))
    extra = tuple(_extra(scenario, machines, event))
    everywhere = (
        *event,
        configuration_subscription.lower(),
        *(m.id.subscription for m in machines),
        *(subscription for _, subscription in extra),
    )
    hidden = frozenset(_resolve(ref, event) for ref in scenario.graph.hidden_subscriptions)
    return Estate(
        machines=machines,
        subscriptions=tuple(dict.fromkeys(everywhere)),
        hidden=hidden,
        extra=extra,
    )


def _beyond(scenario: Scenario, available: int) -> Iterator[str]:
    for number, group in enumerate(scenario.machines, start=1):
        ref = group.subscription
        if isinstance(ref, int) and ref > available:
            yield f"machines[{number}].subscription: is {ref}, but the event has {available}"
        if ref is None and available == 0:
            yield f"machines[{number}].subscription: must be a GUID, as the event has none"
    for number, row in enumerate(scenario.rows, start=1):
        if isinstance(row.subscription, int) and row.subscription > available:
            ref = row.subscription
            yield f"rows[{number}].subscription: is {ref}, but the event has {available}"
        if row.subscription is None and row.machine is None and available == 0:
            yield f"rows[{number}].subscription: must be a GUID, as the event has none"
    for ref in scenario.graph.hidden_subscriptions:
        if isinstance(ref, int) and ref > available:
            yield f"graph.hidden_subscriptions: has {ref}, but the event has {available}"


def _machines(scenario: Scenario, event: tuple[str, ...]) -> Iterator[SimulatedMachine]:
    spread = 0
    for group in scenario.machines:
        for name in group.names:
            if group.subscription is None:
                subscription = event[spread % len(event)]
                spread += 1
            else:
                subscription = _resolve(group.subscription, event)
            machine = MachineId(
                subscription=subscription,
                resource_group=group.resource_group,
                type=_TYPES[group.kind],
                name=name,
            )
            yield SimulatedMachine(id=machine, group=group)


def _extra(
    scenario: Scenario, machines: tuple[SimulatedMachine, ...], event: tuple[str, ...]
) -> Iterator[tuple[ExtraRow, str]]:
    """Each further row with its subscription: its own, or else its machine's, or else the first."""
    lies_in = {machine.id.name.lower(): machine.id.subscription for machine in machines}
    for row in scenario.rows:
        if row.subscription is not None:
            yield row, _resolve(row.subscription, event)
        else:
            yield row, lies_in[row.machine.lower()] if row.machine else event[0]


def _resolve(ref: SubscriptionRef, event: tuple[str, ...]) -> str:
    return ref.lower() if isinstance(ref, str) else event[ref - 1]
