"""What Resource Graph's tables hold, put there when a query first names them.

Filling a table for ten thousand machines takes a noticeable time, and most stories ask for two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from simulator.dialect import tables_in
from simulator.estate import Estate
from simulator.following import Following
from simulator.holding import Holding
from simulator.rows.assignments import assignment_rows
from simulator.rows.backup import backup_rows
from simulator.rows.extra import extra_rows
from simulator.rows.health import health_rows
from simulator.rows.maintenance import maintenance_rows
from simulator.rows.patches import assessment_rows, installation_rows
from simulator.rows.resources import container_rows, resource_rows
from simulator.rows.row import Row, RunFacts
from simulator.run import Standing
from simulator.scenario import GraphRules
from simulator.tables import Tables

__all__ = ["Stock"]

_AT_ONCE = ("resourcecontainers", "resources")
_WITH_THE_RUN = ("maintenanceresources", "patchinstallationresources")
_BY_MACHINE: Mapping[str, Callable[[Estate, RunFacts], Iterable[Row]]] = {
    "healthresources": health_rows,
    "patchassessmentresources": assessment_rows,
    "recoveryservicesresources": backup_rows,
}


class Stock:
    """The tables of one story. For one thread at a time."""

    def __init__(self, rules: GraphRules) -> None:
        self._rules = rules
        self._tables = Tables()
        self._holdings: list[Holding] = []
        # By table, how each run stood when its rows were put there.
        self._filled: dict[str, list[Standing | None]] = {}
        self._lags: list[float] = []
        self._following: Following | None = None

    def follow(self, following: Following) -> None:
        """Change rows as their machines change."""
        self._following = following

    def changes(self, now: datetime) -> int:
        """How many changes of machines the rows show now."""
        return 0 if self._following is None else self._following.count(now)

    def add(self, holding: Holding) -> None:
        """Another run, with all that belongs to it."""
        scenario = holding.scenario
        own = (machine.group.lag for machine in holding.estate.machines)
        lags = {self._rules.lag, *(lag for lag in own if lag is not None)}
        # When the lags end: answers can differ only between two such moments.
        self._lags = sorted({*self._lags, *lags, *(row.lag for row in scenario.rows)})
        self._holdings.append(holding)
        for table in _AT_ONCE:
            self._fill(table, [None] * len(self._holdings))

    def appeared(self, elapsed: float) -> int:
        """How many of the lags have ended so many seconds after the simulator began."""
        return bisect_right(self._lags, elapsed)

    def ready(self, kql: str, standings: Sequence[Standing], now: datetime) -> Tables:
        """The tables, filled as far as this query needs them while the runs stand so."""
        for table in tables_in(kql):
            with_runs = table in _WITH_THE_RUN
            self._fill(table, standings if with_runs else [None] * len(self._holdings))
        if self._following is not None:
            for number, holding in enumerate(self._holdings):
                gone, rows = self._following.news(number, holding, now)
                self._tables.replace("resources", gone, rows, part=number)
        return self._tables

    def _fill(self, table: str, wanted: Sequence[Standing | None]) -> None:
        """Put those runs' rows there that are not there yet, or stand otherwise by now."""
        filled = self._filled.setdefault(table, [])
        for number, (holding, standing) in enumerate(zip(self._holdings, wanted, strict=True)):
            if number < len(filled) and filled[number] == standing:
                continue
            extra = extra_rows(holding.estate, holding.facts, table)
            rows = [*self._rows(table, number, standing), *extra]
            self._tables.fill(table, rows, part=number)
            filled[number:] = [standing, *filled[number + 1 :]]

    def _rows(self, table: str, number: int, standing: Standing | None) -> Iterable[Row]:
        holding = self._holdings[number]
        estate, facts, scenario = holding.estate, holding.facts, holding.scenario
        if standing is not None and table == "maintenanceresources":
            rows = maintenance_rows(facts, estate, standing, self._rules.lag)
            return [*rows, *assignment_rows(scenario, estate, facts)]
        if standing is not None and table == "patchinstallationresources":
            return installation_rows(estate, facts, standing)
        if table == "resources":
            return resource_rows(estate, facts, scenario.configuration)
        if table == "resourcecontainers":
            return self._containers(number)
        by_machine = _BY_MACHINE.get(table)
        return by_machine(estate, facts) if by_machine else ()

    def _containers(self, number: int) -> Iterable[Row]:
        """The subscriptions that no run before it has brought along."""
        known = {
            subscription
            for other in self._holdings[:number]
            for subscription in other.estate.subscriptions
        }
        rows = container_rows(self._holdings[number].estate)
        return [row for row in rows if row.subscription not in known]
