"""Small worlds for built-in checks: a graph and an ARM that say what a test wants, and short names.

For what a scenario of the simulator cannot say. Everything else is asked in the simulator.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from checks import CannotTell, Context, Verdict
from core.model import Machine, Outcome, Run, Status
from tests.builders import CONFIGURATION, NOON, RUN, SUBSCRIPTION

__all__ = [
    "SayingArm",
    "SayingGraph",
    "arc",
    "not_passed",
    "of_run",
    "one_row",
    "sample",
    "statuses",
    "told",
    "vm",
]

SCENARIOS = Path(__file__).parents[3] / "samples" / "scenarios" / "checks"

Row = Mapping[str, Any]


@dataclass
class SayingGraph:
    """Gives these rows for the query file of that name, and counts how often it was asked."""

    rows: Mapping[str, Sequence[Row] | CannotTell]
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def ask(self, query: str | Path, /, **values: Any) -> Sequence[Row]:
        """The rows, or the reason why there are none."""
        name = Path(query).stem
        self.asked.append((name, values))
        rows = self.rows[name]
        if isinstance(rows, CannotTell):
            raise rows
        return rows


@dataclass
class SayingArm:
    """Gives these lists and objects by path, in lower case."""

    lists: Mapping[str, Sequence[Row] | CannotTell] = field(default_factory=dict)
    objects: Mapping[str, Row] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, /, **given: Any) -> Row:
        """The object there."""
        self.asked.append(path)
        found = self.objects.get(path.lower())
        if found is None:
            raise CannotTell(f"there is nothing at {path}")
        return found

    def pages(self, path: str, /, **given: Any) -> Sequence[Row]:
        """The list there."""
        self.asked.append(path)
        found = self.lists[path.lower()]
        if isinstance(found, CannotTell):
            raise found
        return found


def vm(name: str, **fields: Any) -> Machine:
    """An Azure VM with an id as Azure writes it."""
    return _machine(name, "Microsoft.Compute/virtualMachines", kind="vm", **fields)


def arc(name: str, **fields: Any) -> Machine:
    """An Arc server with an id as Azure writes it."""
    return _machine(name, "Microsoft.HybridCompute/machines", kind="arc", **fields)


def _machine(name: str, type_: str, **fields: Any) -> Machine:
    known: dict[str, Any] = {
        "subscription": SUBSCRIPTION,
        "resource_group": "Estate",
        "location": "westeurope",
    } | fields
    place = f"/subscriptions/{known['subscription']}/resourceGroups/{known['resource_group']}"
    return Machine(id=f"{place}/providers/{type_}/{name}", name=name, **known)


def of_run(*machines: Machine) -> Run:
    """A run of these machines."""
    return Run(
        id=RUN,
        configuration_id=CONFIGURATION,
        name="20261128030000",
        start=NOON + timedelta(minutes=40),
        end=NOON + timedelta(hours=3),
        machines=machines,
        subscriptions=(SUBSCRIPTION,),
    )


def told(
    run: Run, config: Any, graph: SayingGraph | None = None, arm: SayingArm | None = None
) -> Context[Any]:
    """What the check is told besides the run."""
    return Context(
        run=run,
        now=NOON,
        deadline=NOON + timedelta(minutes=20),
        config=config,
        log=logging.getLogger("test"),
        graph=graph or SayingGraph({}),
        arm=arm or SayingArm(),
    )


def one_row(machine: Machine, **columns: str) -> Row:
    """A row about that machine, whose id Azure writes in capitals for once."""
    return {"id": "x", "machine": machine.id.upper(), "known": machine.id, **columns}


def statuses(answers: Mapping[str, Verdict | CannotTell]) -> dict[str, str]:
    """What was said of each machine, by its name: a status, or why none can be told."""
    return {
        id_.rpartition("/")[2]: str(answer) if isinstance(answer, CannotTell) else answer.status
        for id_, answer in answers.items()
    }


def sample(check: str, name: str) -> str:
    """The shipped scenario of that name for that check."""
    return (SCENARIOS / check / f"{name}.toml").read_text(encoding="utf-8")


def not_passed(outcomes: Sequence[Outcome]) -> dict[str, tuple[str, str]]:
    """Status and reason of each outcome that is no pass, by the machine's name."""
    return {
        (outcome.machine or "run").rpartition("/")[2]: (outcome.status.value, outcome.reason)
        for outcome in outcomes
        if outcome.status is not Status.PASSED
    }
