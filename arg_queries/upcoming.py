"""The runs that are about to start, as Resource Graph shows them: what no event has to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from arg_queries.kql import query
from arg_queries.resource_graph import ResourceGraph
from core.errors import BadId
from core.ids import RunId, subscription_id

__all__ = ["Upcoming", "UpcomingRun", "upcoming_runs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingRun:
    """A run that has not started. `subscriptions` are those in which rows of it can be seen.

    `status` is Azure's word for the run, empty while only rows of its machines are there.
    """

    run: RunId
    start: datetime
    end: datetime
    subscriptions: tuple[str, ...]
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The runs found. `problems`: what may have hidden others, or could not be understood."""

    runs: tuple[UpcomingRun, ...]
    problems: tuple[str, ...] = ()


def upcoming_runs(
    graph: ResourceGraph, *, since: datetime, until: datetime, deadline: datetime
) -> Upcoming:
    """The runs that start after `since`, up to `until`; asked for until the `deadline`.

    Never raises for what Azure does or says.
    """
    answer = graph.ask(query("upcoming_runs", since=since, until=until), None, deadline)
    problems = [] if answer.problem is None else [answer.problem]
    runs = []
    for row in answer.rows:
        try:
            runs.append(_run(row))
        except (BadId, ValueError, OverflowError) as error:
            problems.append(f"a run's row cannot be understood: {error}")
    return Upcoming(runs=tuple(runs), problems=tuple(problems))


def _run(row: Mapping[str, Any]) -> UpcomingRun:
    named = row.get("subscriptions")
    status = row.get("status")
    return UpcomingRun(
        run=RunId.parse(row.get("id")),
        start=_moment(row, "start"),
        end=_moment(row, "end"),
        subscriptions=tuple(map(subscription_id, named)) if isinstance(named, list) else (),
        status=status if isinstance(status, str) else "",
    )


def _moment(row: Mapping[str, Any], column: str) -> datetime:
    """Raises `ValueError` for what is no moment."""
    value = row.get(column)
    if not isinstance(value, str):
        raise ValueError(f"its {column} is no moment")  # noqa: TRY004 - a value, not an argument
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
