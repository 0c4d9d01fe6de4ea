"""Rows of machines follow the machines, some time after them."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.compute.states import States
from simulator.holding import Holding
from simulator.rows.resources import machine_rows
from simulator.rows.row import Row

__all__ = ["Following"]


class Following:
    """What rows show of machines that change. For one thread at a time."""

    def __init__(self, states: States, began: datetime, lag: timedelta) -> None:
        self._states, self._began, self._lag = states, began, lag
        self._shown: dict[int, datetime] = {}  # by the number of a run, until when

    def count(self, now: datetime) -> int:
        """How many changes rows show by now."""
        return self._states.count(now - self._lag)

    def news(self, number: int, holding: Holding, now: datetime) -> tuple[list[str], list[Row]]:
        """The ids of rows that no longer hold since the last call, and what stands there now."""
        until = now - self._lag
        since = self._shown.get(number, self._began - timedelta(days=1))
        changed = self._states.changed(since, until)
        self._shown[number] = max(since, until)
        if not changed:
            return [], []
        known = [
            one.id
            for one in holding.estate.machines
            if one.id.key in changed and one.group.in_table("resources")
        ]
        states = (self._states.at(id_.key, until) for id_ in known)
        standing = [state.machine for state in states if state is not None and not state.deleted]
        return [str(id_) for id_ in known], list(machine_rows(standing, holding.facts))
