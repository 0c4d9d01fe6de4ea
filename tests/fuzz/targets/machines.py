"""Rows of Resource Graph: each becomes a machine with a legal id, or a gap that names it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from arg_queries.machines import find_machines
from arg_queries.resource_graph import Rows
from core import wire
from core.ids import MachineId, RunId
from tests.builders import RUN, SUBSCRIPTION

_RUN = RunId.parse(RUN)
_UNTIL = datetime(2026, 11, 28, 2, 45, tzinfo=UTC)


class _Graph:
    """Answers everything with these rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = tuple(rows)

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows:
        return Rows(rows=self._rows)

    def machines_of(self, run: RunId, subscriptions: Sequence[str], until: datetime) -> Rows:
        return Rows(rows=self._rows)


def check(data: bytes) -> None:
    """Nothing is raised; machines cross a border unchanged, and an empty list is a gap."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    rows = value if isinstance(value, list) else [value]
    graph: Any = _Graph([row for row in rows if isinstance(row, dict)])
    found = find_machines(graph, _RUN, (SUBSCRIPTION,), _UNTIL)
    assert found.machines or found.gaps
    for machine in found.machines:
        assert str(MachineId.parse(machine.id)) == machine.id
    for gap in found.gaps:
        assert gap.problem.isprintable()
        assert len(gap.problem) < 1500
    assert wire.unpack([wire.pack(found.machines)]) == found.machines
