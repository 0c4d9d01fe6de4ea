"""The machines of a scenario, with ids, in the subscriptions of one event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import BadScenario
from core.ids import MachineId, subscription_id
from simulator.scenario import MachineGroup, Scenario, SubscriptionRef

__all__ = ["Estate", "SimulatedMachine", "build_estate"]

_TYPES = {"vm": "Microsoft.Compute/virtualMachines", "arc": "Microsoft.HybridCompute/machines"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMachine:
    """One machine, and the group of the scenario that describes it."""

    id: MachineId
    group: MachineGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """All machines, all subscriptions, and which of those our identity cannot read."""

    machines: tuple[SimulatedMachine, ...]
    subscriptions: tuple[str, ...]
    hidden: frozenset[str]


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
    everywhere = (
        *event,
        configuration_subscription.lower(),
        *(m.id.subscription for m in machines),
    )
    hidden = frozenset(_resolve(ref, event) for ref in scenario.graph.hidden_subscriptions)
    return Estate(machines=machines, subscriptions=tuple(dict.fromkeys(everywhere)), hidden=hidden)


def _beyond(scenario: Scenario, available: int) -> Iterator[str]:
    for number, group in enumerate(scenario.machines, start=1):
        ref = group.subscription
        if isinstance(ref, int) and ref > available:
            yield f"machines[{number}].subscription: is {ref}, but the event has {available}"
        if ref is None and available == 0:
            yield f"machines[{number}].subscription: must be a GUID, as the event has none"
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
                resource_group="Estate",
                type=_TYPES[group.kind],
                name=name,
            )
            yield SimulatedMachine(id=machine, group=group)


def _resolve(ref: SubscriptionRef, event: tuple[str, ...]) -> str:
    return ref.lower() if isinstance(ref, str) else event[ref - 1]
