"""Machines that can be changed, as one: which desk answers what, and what others do meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from core.clock import Clock
from simulator.compute.activity_log import ActivityLog
from simulator.compute.agenda import Agenda
from simulator.compute.alert_rules import AlertRules
from simulator.compute.call import Call, CallDesk
from simulator.compute.disks import Disks
from simulator.compute.entries import Entry
from simulator.compute.faults import Courses
from simulator.compute.operations import LongRunning
from simulator.compute.power import Power
from simulator.compute.run_commands import RunCommands
from simulator.compute.scripts import Executed
from simulator.compute.snapshots import Snapshots, held_from
from simulator.compute.states import States
from simulator.compute.tags import Tags
from simulator.compute.views import Views
from simulator.compute.virtual_machines import VirtualMachines
from simulator.holding import Holding
from simulator.management.store import Store
from simulator.messages import Reply, Request
from simulator.principals import principal_of
from simulator.rows.row import RunFacts, guid
from simulator.scenario import OthersRule
from simulator.templates import Words

__all__ = ["Compute"]

_ACTIONS = {"power_off": "powerOff"}
_VERSION = "2024-07-01"


class Compute:
    """All machines, with what can be done to them. Safe to use from several threads."""

    def __init__(self, first: Holding, store: Store, clock: Clock) -> None:
        scenario = first.scenario
        self._store, self._clock, self._written = store, clock, 0
        self.states, self._agenda = States(), Agenda()
        self.views = Views(first.facts, scenario.power)
        self.power = Power(self.states, self.views, clock, self.settle)
        self._log = ActivityLog(scenario.activity_log)
        self._alerts = AlertRules(store)
        self._operations = LongRunning(scenario.power.retry_after)
        courses, disks = Courses(scenario.operations), Disks(self.states)
        self._commands = RunCommands(
            store,
            self.states,
            operations=self._operations,
            courses=courses,
            views=self.views,
            rules=scenario.run_commands,
        )
        self._desks: Sequence[CallDesk] = (
            VirtualMachines(
                self.states,
                self._operations,
                courses,
                views=self.views,
                rules=scenario.power,
            ),
            self._commands,
            disks,
            Snapshots(
                store,
                disks,
                operations=self._operations,
                courses=courses,
                agenda=self._agenda,
                rules=scenario.power,
            ),
            Tags(self.states, store),
            self._alerts,
            self._log,
        )
        self.hold(first)

    def hold(self, holding: Holding) -> None:
        """Know the machines of a run, their snapshots, and what others will do to them."""
        with self.states.lock:
            self.states.hold(holding.estate.machines)
            ids = {one.id.name.lower(): one.id for one in holding.estate.machines}
            for rule in holding.scenario.snapshots:
                state = self.states.at(ids[rule.machine.lower()].key, holding.facts.began)
                if state is not None:
                    held_from(rule, state, holding.facts, self._store)
            for other in holding.scenario.others:
                call = _call(other, str(ids[other.machine.lower()]), holding.facts)
                self._agenda.at(call.at, partial(self._by_others, call))

    def settle(self) -> None:
        """Let happen what is due by now."""
        with self.states.lock:
            self._agenda.settle(self._clock.now())

    def answer(self, request: Request) -> Reply | None:
        """The answer; None for what is not one of its desks', such as a machine that is read."""
        with self.states.lock:
            now = self._clock.now()
            self._agenda.settle(now)
            told = self._operations.answer(request, now)
            return told or self._do(Call(request=request, at=now, by=principal_of(request)))

    @property
    def scripts(self) -> tuple[Executed, ...]:
        """Every script that a guest has begun to execute, the oldest first."""
        with self.states.lock:
            self._agenda.settle(self._clock.now())
            return self._commands.executed(self._clock.now())

    @property
    def activity(self) -> tuple[Entry, ...]:
        """The whole activity log, the oldest entry first, however late others can read it."""
        with self.states.lock:
            self._agenda.settle(self._clock.now())
            return self._log.entries(self._clock.now())

    def muted(self, resource_id: str) -> bool:
        """An alert processing rule is in force that mutes alerts of this resource."""
        return self._alerts.muted(resource_id, self._clock.now())

    def _by_others(self, call: Call, moment: datetime) -> None:
        self._do(replace(call, at=moment))

    def _do(self, call: Call) -> Reply | None:
        answers = (desk.answer(call) for desk in self._desks)
        reply = next((reply for reply in answers if reply is not None), None)
        if reply is None or call.request.method == "GET":
            return reply
        self._written += 1
        id_ = guid(f"write {self._written}")
        self._log.record(call, reply, self._operations.behind(reply), id_)
        said = call.request.headers.get("x-ms-correlation-request-id") or id_
        ids = {"x-ms-request-id": id_, "x-ms-correlation-request-id": said}
        return replace(reply, headers={**reply.headers, **ids})


def _call(other: OthersRule, machine: str, facts: RunFacts) -> Call:
    words = Words(
        run=str(facts.run),
        configuration=str(facts.run.configuration),
        now=facts.began,
        start=facts.start,
        end=facts.end,
    )
    path = machine
    if other.does != "delete":
        path = f"{machine}/{_ACTIONS.get(other.does, other.does)}"
    request = Request(
        method="DELETE" if other.does == "delete" else "POST",
        path=path,
        api_version=_VERSION,
        authorised=True,
    )
    return Call(request=request, at=other.moment(words), by=other.caller)
