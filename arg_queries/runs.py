"""How a run stands, as a whole and machine by machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arg_queries.kql import query
from arg_queries.resource_graph import ResourceGraph
from core.errors import shorten
from core.ids import RunId
from core.model import PatchResult

__all__ = ["RunRow", "run_results", "run_state"]

_STATUS, _MESSAGE = 80, 500  # characters of Azure's words that a report shows


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """The run's own row: Azure's words for its state, cut to a sane size, secrets masked.

    `problem`: it could not be asked.
    """

    status: str = ""
    message: str = ""
    problem: str | None = None


def run_state(graph: ResourceGraph, run: RunId, until: datetime) -> RunRow:
    """The row of the run as a whole; an empty status when Resource Graph has none (yet)."""
    answer = graph.ask(query("run_state", run), [run.configuration.subscription], until)
    for row in answer.rows:
        if str(row.get("correlationId", "")).lower() == run.key:
            return RunRow(
                status=shorten(str(row.get("status") or ""), _STATUS),
                message=shorten(str(row.get("message") or ""), _MESSAGE),
            )
    return RunRow(problem=answer.problem)


def run_results(
    graph: ResourceGraph, run: RunId, subscriptions: Sequence[str], until: datetime
) -> tuple[tuple[PatchResult, ...], str | None]:
    """How many machines of the run stand in which status, and what kept us from knowing."""
    answer = graph.ask(query("run_results", run), subscriptions, until)
    counted: Counter[str] = Counter()
    problem = answer.problem
    for row in answer.rows:
        machines = row.get("machines")
        if type(machines) is int:
            counted[shorten(str(row.get("status") or "unknown"), _STATUS)] += machines
        else:
            problem = problem or "a row of Resource Graph does not say how many machines it counts"
    results = tuple(PatchResult(status=s, machines=n) for s, n in sorted(counted.items()))
    return results, problem
