"""What tests and demos read of machines: the truth, whatever any answer said."""

from __future__ import annotations

from collections.abc import Callable

from core.clock import Clock
from core.ids import MachineId
from simulator.compute.states import Change, State, States
from simulator.compute.views import Views

__all__ = ["Power"]


class Power:
    """The machines as they truly are. Ids compare without case; an unknown one is a `KeyError`."""

    def __init__(
        self, states: States, views: Views, clock: Clock, settle: Callable[[], None]
    ) -> None:
        self._states, self._views, self._clock, self._settle = states, views, clock, settle

    def of(self, machine: MachineId | str) -> str:
        """The power state of a VM or the connection of an Arc server; `deleted` when it is gone."""
        state = self._state(machine)
        return "deleted" if state.deleted else state.power

    def of_all(self) -> dict[str, str]:
        """The same of every machine there is, by its name."""
        self._settle()
        now = self._clock.now()
        found = (self._states.at(key, now) for key in self._states.known)
        return {s.machine.id.name: "deleted" if s.deleted else s.power for s in found if s}

    def tags(self, machine: MachineId | str) -> dict[str, str]:
        """Its tags."""
        return dict(self._state(machine).machine.tags)

    def agent_ready(self, machine: MachineId | str) -> bool:
        """The VM runs, and its agent has reported since it does."""
        state = self._state(machine)
        up = self._views.agent_since(state)
        running = state.power == "running" and not state.deleted
        return running and (up is None or up <= self._clock.now())

    @property
    def history(self) -> tuple[Change, ...]:
        """All changes of all machines until now, the oldest first: of power, tags, existence."""
        self._settle()
        return self._states.everything(self._clock.now())

    def history_of(self, machine: MachineId | str) -> tuple[Change, ...]:
        """The changes of one machine."""
        self._settle()
        return self._states.history(str(machine), self._clock.now())

    def _state(self, machine: MachineId | str) -> State:
        self._settle()
        state = self._states.at(str(machine), self._clock.now())
        if state is None:
            raise KeyError(str(machine))
        return state
