"""Resource Graph over the same scenario, for the project's few queries only, without a database.

DuckDB takes 20 to 100 ms a query, and a story asks twenty. `test_quick_graph.py` holds these
answers to those of `simulator.graph`, which executes the KQL itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from arg_queries.kql import query
from checks.builtin import machines_running
from core.kql import without_comments
from simulator.compute.states import States
from simulator.following import Following
from simulator.graph import Graph
from simulator.holding import Holding
from simulator.quota import Quota
from simulator.rows.maintenance import maintenance_rows
from simulator.rows.resources import container_rows, resource_rows
from simulator.rows.row import Row
from simulator.scenario import GraphRules
from simulator.tables import Answer, BadQuery

__all__ = ["MACHINES_RUNNING", "QuickGraph"]

_MEMBER = "microsoft.maintenance/applyupdates"
_WHOLE = "microsoft.maintenance/maintenanceconfigurations/applyupdates"
_CONFIGURATION = "microsoft.maintenance/maintenanceconfigurations"
_MACHINES = ("microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines")


_Visible = Callable[[Iterable[Row]], list[Row]]
_Table = list[dict[str, Any]]


class QuickGraph(Graph):
    """A `simulator.graph.Graph` that answers from plain Python; the rest of it is the same."""

    def __init__(self, rules: GraphRules, first: Holding) -> None:
        # Not `Graph.__init__`: that opens a database.
        self._rules, self._began, self._first = rules, first.facts.began, first
        self._quota = Quota(rules.quota, rules.quota_window)
        self._subscriptions = dict.fromkeys(first.estate.subscriptions)
        self._hidden = first.estate.hidden
        configuration = first.scenario.configuration
        self._resources = list(resource_rows(first.estate, first.facts, configuration))
        self._containers = list(container_rows(first.estate))
        self._following: Following | None = None

    def follow(self, states: States, lag: float) -> None:
        """Show what becomes of machines."""
        self._following = Following(states, self._began, timedelta(seconds=lag))

    def _find(self, kql: str, readable: tuple[str, ...], now: datetime) -> Answer:
        found = next((f for f in map(_matcher(kql), _QUERIES) if f), None)
        if found is None:
            raise BadQuery(f"the quick graph does not know this query: {kql[:80]}")
        if self._following is not None:
            gone, rows = self._following.news(0, self._first, now)
            self._resources = [row for row in self._resources if row.id not in gone] + rows
        elapsed = (now - self._began).total_seconds()
        seen = frozenset(readable)

        def visible(rows: Iterable[Row]) -> list[Row]:
            return [row for row in rows if row.subscription in seen and row.appears <= elapsed]

        work, values = found
        return _answer(work(self, visible, values, now))

    def _maintenance(self, now: datetime) -> list[Row]:
        lag = timedelta(seconds=self._rules.run_row_lag)
        standing = self._first.run.standing(now, lag)
        return maintenance_rows(self._first.facts, self._first.estate, standing, self._rules.lag)

    def _of_run(self, visible: _Visible, run_id: str, now: datetime, kind: str) -> list[Row]:
        return [
            row
            for row in visible(self._maintenance(now))
            if row.type.lower() == kind and _text(row, "correlationId").lower() == run_id.lower()
        ]

    def _machines(self, visible: _Visible) -> dict[str, Row]:
        return {
            row.id.lower(): row for row in visible(self._resources) if row.type.lower() in _MACHINES
        }

    def run_machines(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        known = self._machines(visible)
        return _by_id(
            _joined(row, known.get(_text(row, "resourceId").lower()))
            for row in self._of_run(visible, values[0], now, _MEMBER)
        )

    def machines_running(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        return [
            {
                "id": row["id"],
                "machine": row["resourceId"].lower(),
                "known": row["machineId"],
                "power": row["power"],
            }
            for row in self.run_machines(visible, values, now)
        ]

    def run_state(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        return _by_id(
            {
                "id": row.id,
                "correlationId": _text(row, "correlationId"),
                "status": _text(row, "status"),
                "message": _text(row, "errorMessage"),
            }
            for row in self._of_run(visible, values[0], now, _WHOLE)
        )

    def run_results(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        counts: dict[str, int] = {}
        for row in self._of_run(visible, values[0], now, _MEMBER):
            status = _text(row, "status")
            counts[status] = counts.get(status, 0) + 1
        return [{"status": status, "machines": counts[status]} for status in sorted(counts)]

    def readable_subscriptions(
        self, visible: _Visible, values: Sequence[str], now: datetime
    ) -> _Table:
        return _by_id(
            {"id": row.id, "subscriptionId": row.subscription, "name": row.name}
            for row in visible(self._containers)
        )

    def configuration_tags(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        return _by_id(
            {"id": row.id, "tags": None if row.tags is None else json.dumps(dict(row.tags))}
            for row in visible(self._resources)
            if row.type.lower() == _CONFIGURATION and row.id.lower() == values[0].lower()
        )

    def upcoming_runs(self, visible: _Visible, values: Sequence[str], now: datetime) -> _Table:
        since, until = map(datetime.fromisoformat, values)
        facts = self._first.facts
        if not since < facts.start <= until:
            return []
        rows = visible(self._maintenance(now))
        if not rows:
            return []
        whole = [_text(row, "status") for row in rows if row.type == _WHOLE]
        return [
            {
                "id": str(facts.run).lower(),
                "start": _moment(facts.start),
                "end": _moment(facts.end),
                "status": max(["", *whole]),
                "subscriptions": sorted({row.subscription for row in rows}),
            }
        ]


_Work = Callable[[QuickGraph, _Visible, Sequence[str], datetime], _Table]


def _pattern(text: str) -> re.Pattern[str]:
    """The query with any literal at each of its places."""
    literal = r"(?:'([^']*)'|datetime\(([^)]*)\))"
    parts = [re.escape(part) for part in re.split(r"\{[a-z_]+\}", text)]
    return re.compile(literal.join(parts))


def _file(name: str) -> str:
    return query(name)


MACHINES_RUNNING = without_comments(
    (machines_running._QUERY).read_text(encoding="utf-8")  # noqa: SLF001 - the check's own file
)
_QUERIES: Sequence[tuple[re.Pattern[str], _Work]] = (
    (_pattern(_file("run_machines")), QuickGraph.run_machines),
    (_pattern(_file("run_state")), QuickGraph.run_state),
    (_pattern(_file("run_results")), QuickGraph.run_results),
    (_pattern(_file("readable_subscriptions")), QuickGraph.readable_subscriptions),
    (_pattern(_file("configuration_tags")), QuickGraph.configuration_tags),
    (_pattern(_file("upcoming_runs")), QuickGraph.upcoming_runs),
    (_pattern(MACHINES_RUNNING), QuickGraph.machines_running),
)


def _matcher(
    kql: str,
) -> Callable[[tuple[re.Pattern[str], _Work]], tuple[_Work, Sequence[str]] | None]:
    def match(candidate: tuple[re.Pattern[str], _Work]) -> tuple[_Work, Sequence[str]] | None:
        pattern, work = candidate
        found = pattern.fullmatch(kql)
        if found is None:
            return None
        return work, [value for value in found.groups() if value is not None]

    return match


def _joined(row: Row, own: Row | None) -> dict[str, Any]:
    """A machine's row in the run, with what its own row says of it."""
    properties = own.properties if own else {}
    disk = properties.get("storageProfile", {}).get("osDisk", {})
    view = properties.get("extended", {}).get("instanceView", {}).get("powerState", {})
    return {
        "id": row.id,
        "resourceId": _text(row, "resourceId"),
        "machineId": own.id if own else "",
        "location": own.location if own else "",
        "tags": json.dumps(dict(own.tags)) if own and own.tags else None,
        "os": disk.get("osType") or properties.get("osType") or "",
        "power": view.get("code") or properties.get("status") or "",
        "updateStatus": _text(row, "status"),
    }


def _text(row: Row, name: str) -> str:
    return str(row.properties.get(name) or "")


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _by_id(rows: Iterable[dict[str, Any]]) -> _Table:
    return sorted(rows, key=lambda row: str(row["id"]))


_TYPES = {"tags": "JSON", "machines": "BIGINT", "subscriptions": "VARCHAR[]"}


def _answer(rows: _Table) -> Answer:
    columns = tuple(rows[0]) if rows else ()
    return Answer(
        columns=columns,
        types=tuple(_TYPES.get(column, "VARCHAR") for column in columns),
        rows=[tuple(row.values()) for row in rows],
    )
