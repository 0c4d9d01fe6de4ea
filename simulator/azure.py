"""The world behind the HTTP server: runs, their machines, and everything that was asked of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from core.clock import Clock
from core.ids import RunId
from simulator.arm_reads import ArmReads
from simulator.compute.power import Power
from simulator.compute.world import Compute
from simulator.estate import build_estate
from simulator.graph import Graph
from simulator.holding import Holding, all_estates
from simulator.management.plane import Management
from simulator.messages import Reply, Request, Seen, arm_error, not_found
from simulator.quota import ArmLimits
from simulator.rows.row import RunFacts
from simulator.run import RunStatus, SimulatedRun
from simulator.run_requests import RunRequests
from simulator.scenario import Fault, Scenario
from simulator.sites import Sites
from simulator.visits import Visit, Visits

__all__ = ["Azure", "Visit"]


class Azure:
    """An Azure that holds one maintenance run, or several. Safe to use from several threads.

    `clock` tells the time of the story, which begins now. `subscriptions` are the event's. The
    scenario is that of the first run, and says how Azure behaves to all of them. Raises
    `BadScenario` if the scenario needs more subscriptions than there are.
    """

    graph: ClassVar[type[Graph]] = Graph  # what answers queries: a database, unless told otherwise

    def __init__(
        self,
        scenario: Scenario,
        run: RunId,
        start: datetime,
        end: datetime,
        subscriptions: tuple[str, ...],
        clock: Clock,
    ) -> None:
        self.scenario, self.clock = scenario, clock
        self._began = clock.now()
        self._holdings: dict[str, Holding] = {}
        self._sites = Sites(scenario.sites)
        self._visits = Visits(scenario.faults, self._sites, clock)
        self._limits = ArmLimits(scenario.arm)
        self.management = Management(clock)
        first = self._hold(scenario, run, (start, end), subscriptions)
        self.compute = Compute(first, self.management.store, clock)
        self._graph = self.graph(scenario.graph, first)
        self._graph.follow(self.compute.states, scenario.power.row_lag)
        self._reads = ArmReads(first.estate, self.compute, clock)

    def add(
        self,
        scenario: Scenario,
        run: RunId,
        window: tuple[datetime, datetime],
        subscriptions: tuple[str, ...],
    ) -> None:
        """Hold another run, with the machines and rows of this scenario, from now on."""
        holding = self._hold(scenario, run, window, subscriptions)
        self.compute.hold(holding)
        self._graph.add(holding)
        everything = all_estates(tuple(self._holdings.values()))
        self._reads = ArmReads(everything, self.compute, self.clock)

    def _hold(
        self,
        scenario: Scenario,
        run: RunId,
        window: tuple[datetime, datetime],
        subscriptions: tuple[str, ...],
    ) -> Holding:
        start, end = window
        estate = build_estate(scenario, subscriptions, run.configuration.subscription)
        well = all(m.group.result == "Succeeded" for m in estate.machines if m.in_run)
        held = Holding(
            scenario=scenario,
            estate=estate,
            facts=RunFacts(run=run, start=start, end=end, began=self._began),
            run=SimulatedRun(scenario.run, began=self._began, start=start, end=end, all_well=well),
        )
        self._holdings[run.key] = held
        self.management.hold(scenario, held.facts)
        return held

    def warm(self) -> None:
        """Be ready to answer quickly, before a fast clock runs."""
        self._graph.warm(self.clock.now())

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order of arrival."""
        return self._visits.seen

    @property
    def power(self) -> Power:
        """The true state of the machines now, whatever any answer said."""
        return self.compute.power

    @property
    def run_status(self) -> RunStatus:
        """The true state of the first run now, whatever any answer said."""
        return self._first.standing(self.clock.now()).status

    @property
    def cancelled_at(self) -> datetime | None:
        """When the first run was cancelled, by whomever; None if it is not."""
        return self._first.cancelled_at(self.clock.now())

    def cancellations(self) -> dict[str, datetime | None]:
        """When each run was cancelled, if it was, by its key."""
        now = self.clock.now()
        return {key: held.run.cancelled_at(now) for key, held in self._holdings.items()}

    @property
    def _first(self) -> SimulatedRun:
        return next(iter(self._holdings.values())).run

    def arrive(self, request: Request) -> Visit:
        """Remember a request, and choose what goes wrong with it."""
        return self._visits.arrive(request)

    def leave(self, visit: Visit, status: int | None, note: str) -> None:
        """Remember how a request was answered; None if it was not."""
        self._visits.leave(visit, status, note)

    def answer(self, visit: Visit) -> Reply:
        """Do what the request asks for, unless its fault forbids, and answer it."""
        fault = visit.fault
        if fault is None:
            return self._honest(visit.request, effect=True)
        if fault.refuses and not fault.takes_effect:
            return _replaced(Reply(status=200), fault)
        return _replaced(self._honest(visit.request, effect=fault.takes_effect), fault)

    def _honest(self, request: Request, *, effect: bool) -> Reply:
        if request.what == "site":
            return self._sites.answer(request)
        refused = _refusal(request)
        if refused is not None:
            return refused
        refused, remaining = self._limits.use(request, self.clock.now())
        reply = refused or self._azure(request, effect=effect)
        return replace(reply, headers={**reply.headers, **remaining})

    def _azure(self, request: Request, *, effect: bool) -> Reply:
        match request.what:
            case "graph":
                self.compute.settle()
                return self._graph.query(request.json, self.clock.now())
            case "cancel":
                return self._about(request).cancel(request, effect=effect)
            case "read":
                return self._about(request).read(request)
            case "arm":
                return self._reads.refusal(request) or self._managed(request)
            case _:
                return not_found(request)

    def _managed(self, request: Request) -> Reply:
        """A resource of the management plane, or a machine."""
        reply = self.compute.answer(request) or self.management.answer(request)
        if reply is not None or request.method != "GET":
            return reply or not_found(request)
        return self._reads.answer(request)

    def _about(self, request: Request) -> RunRequests:
        held = self._holdings.get(request.key) or next(iter(self._holdings.values()))
        return RunRequests(self.scenario.cancel, held.facts.run, held.run, self.clock)


def _refusal(request: Request) -> Reply | None:
    """What Azure Resource Manager says before it looks at what is asked for."""
    if not request.authorised:
        reply = arm_error(401, "AuthenticationFailed", "The Bearer token is missing.")
        return replace(reply, headers={"WWW-Authenticate": "Bearer"})
    if request.dangerous:
        reply = arm_error(500, "InternalServerError", "This would start host maintenance.")
        return replace(reply, note="dangerous: starts host maintenance")
    if request.what != "other" and request.api_version is None:
        return arm_error(400, "MissingApiVersionParameter", "api-version is required.")
    return None


def _replaced(reply: Reply, fault: Fault) -> Reply:
    """The answer with everything in it that the fault replaces."""
    if fault.redirect is not None:
        return Reply(status=307, headers={"Location": fault.redirect}, note="fault: redirect")
    if fault.status is not None:
        if fault.refuses:
            reply = arm_error(fault.status, "Simulated", "The scenario says so.")
        reply = replace(reply, status=fault.status, note="fault: status")
    if fault.retry_after is not None:
        reply = replace(reply, headers={**reply.headers, "Retry-After": str(fault.retry_after)})
    if fault.body is not None:
        reply = replace(reply, body=fault.body, note="fault: body")
    return reply
