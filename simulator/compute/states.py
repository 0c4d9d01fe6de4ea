"""How each machine stands at any moment: one record, from which all of Azure's views are made."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.ids import MachineId
from simulator.estate import SimulatedMachine

__all__ = ["Change", "State", "States"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something about a machine is otherwise from a moment on. None: that stays as it was.

    `by` is the caller whose request it comes from.
    """

    at: datetime
    machine: MachineId
    by: str
    power: str | None = None
    tags: Mapping[str, str] | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A machine at one moment. `since` is when its power last changed; None: as it began."""

    machine: SimulatedMachine
    since: datetime | None = None
    deleted: bool = False

    @property
    def power(self) -> str:
        """The power state of a VM, the connection of an Arc server."""
        return self.machine.power


@dataclass(slots=True, kw_only=True)
class _Line:
    first: SimulatedMachine
    changes: list[Change] = field(default_factory=list)  # in the order of time


class States:
    """All machines of all runs, with what becomes of them. Safe to use from several threads.

    `lock` is held by whoever reads something first and changes it then.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._lines: dict[str, _Line] = {}
        self._moments: list[tuple[datetime, str]] = []

    def hold(self, machines: Iterable[SimulatedMachine]) -> None:
        """Know these machines; those that are known stay as they are."""
        with self.lock:
            for machine in machines:
                self._lines.setdefault(machine.id.key, _Line(first=machine))

    @property
    def known(self) -> tuple[str, ...]:
        """The keys of all machines that there are or were."""
        with self.lock:
            return tuple(self._lines)

    def at(self, key: str, moment: datetime) -> State | None:
        """How a machine stands then; None if there never was one of that id."""
        with self.lock:
            line = self._lines.get(key.lower())
            if line is None:
                return None
            state = State(machine=line.first)
            for change in line.changes:
                if change.at > moment:
                    break
                state = _changed(state, change)
            return state

    def plan(self, changes: Iterable[Change]) -> None:
        """Write down what will be, or is from now on."""
        with self.lock:
            for change in changes:
                key = change.machine.key
                bisect.insort(self._lines[key].changes, change, key=lambda one: one.at)
                bisect.insort(self._moments, (change.at, key))

    def forget(self, key: str, after: datetime) -> None:
        """What was to come of a machine's power does not come."""
        with self.lock:
            line = self._lines[key.lower()]
            dropped = [one for one in line.changes if one.at > after and one.tags is None]
            line.changes = [one for one in line.changes if one not in dropped]
            for change in dropped:
                self._moments.remove((change.at, change.machine.key))

    def changed(self, after: datetime, until: datetime) -> frozenset[str]:
        """The keys of the machines about which something changed later than `after`."""
        with self.lock:
            first = bisect.bisect_right(self._moments, (after, "\uffff"))
            last = bisect.bisect_right(self._moments, (until, "\uffff"))
            return frozenset(key for _, key in self._moments[first:last])

    def count(self, until: datetime) -> int:
        """How many changes there were."""
        with self.lock:
            return bisect.bisect_right(self._moments, (until, "\uffff"))

    def history(self, key: str, until: datetime) -> tuple[Change, ...]:
        """What has changed about a machine, the oldest first."""
        with self.lock:
            line = self._lines.get(key.lower())
            return tuple(one for one in line.changes if one.at <= until) if line else ()

    def everything(self, until: datetime) -> tuple[Change, ...]:
        """What has changed about all machines, the oldest first."""
        with self.lock:
            found = (one for line in self._lines.values() for one in line.changes)
            return tuple(sorted((one for one in found if one.at <= until), key=lambda one: one.at))


def _changed(state: State, change: Change) -> State:
    machine = state.machine
    if change.tags is not None:
        machine = replace(machine, tagged=change.tags)
    if change.power is not None:
        machine = replace(machine, stands=change.power)
    return State(
        machine=machine,
        since=state.since if change.power is None else change.at,
        deleted=state.deleted or change.deleted,
    )
