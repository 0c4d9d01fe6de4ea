"""What Resource Graph's tables hold, put there when a query first names them.

Filling a table for ten thousand machines takes a noticeable time, and most stories ask for two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping

from simulator.dialect import tables_in
from simulator.estate import Estate
from simulator.rows.backup import backup_rows
from simulator.rows.extra import extra_rows
from simulator.rows.health import health_rows
from simulator.rows.maintenance import maintenance_rows
from simulator.rows.patches import assessment_rows, installation_rows
from simulator.rows.resources import container_rows, resource_rows
from simulator.rows.row import Row, RunFacts
from simulator.run import Standing
from simulator.scenario import Scenario
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

    def __init__(self, scenario: Scenario, estate: Estate, facts: RunFacts) -> None:
        self._scenario, self._estate, self._facts = scenario, estate, facts
        self._tables = Tables()
        self._filled: dict[str, Standing | None] = {}
        # When the lags end: answers can differ only between two such moments.
        own = (machine.group.lag for machine in estate.machines)
        lags = {scenario.graph.lag, *(lag for lag in own if lag is not None)}
        self._lags = sorted(lags | {row.lag for row in scenario.rows})
        for table in _AT_ONCE:
            self._fill(table, None)

    def appeared(self, elapsed: float) -> int:
        """How many of the lags have ended so many seconds after the simulator began."""
        return bisect_right(self._lags, elapsed)

    def ready(self, kql: str, standing: Standing) -> Tables:
        """The tables, filled as far as this query needs them while the run stands so."""
        for table in tables_in(kql):
            wanted = standing if table in _WITH_THE_RUN else None
            if table not in self._filled or self._filled[table] != wanted:
                self._fill(table, wanted)
        return self._tables

    def _fill(self, table: str, standing: Standing | None) -> None:
        rows = [*self._rows(table, standing), *extra_rows(self._estate, self._facts, table)]
        self._tables.fill(table, rows)
        self._filled[table] = standing

    def _rows(self, table: str, standing: Standing | None) -> Iterable[Row]:
        estate, facts, scenario = self._estate, self._facts, self._scenario
        if standing is not None and table == "maintenanceresources":
            return maintenance_rows(facts, estate, standing, scenario.graph.lag)
        if standing is not None and table == "patchinstallationresources":
            return installation_rows(estate, facts, standing)
        if table == "resources":
            return resource_rows(estate, facts, scenario.configuration)
        if table == "resourcecontainers":
            return container_rows(estate)
        by_machine = _BY_MACHINE.get(table)
        return by_machine(estate, facts) if by_machine else ()
