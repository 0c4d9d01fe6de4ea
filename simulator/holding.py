"""One maintenance run in the world: its machines, its facts, and how it truly stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.estate import Estate
from simulator.rows.row import RunFacts
from simulator.run import SimulatedRun
from simulator.scenario import Scenario

__all__ = ["Holding", "all_estates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A run, and the scenario by which its machines, its rows and its end were made."""

    scenario: Scenario
    estate: Estate
    facts: RunFacts
    run: SimulatedRun


def all_estates(holdings: Sequence[Holding]) -> Estate:
    """Everything that there is, as one estate."""
    estates = [holding.estate for holding in holdings]
    everywhere = (subscription for estate in estates for subscription in estate.subscriptions)
    return Estate(
        machines=tuple(machine for estate in estates for machine in estate.machines),
        subscriptions=tuple(dict.fromkeys(everywhere)),
        hidden=frozenset().union(*(estate.hidden for estate in estates)),
    )
