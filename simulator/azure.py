"""The world behind the HTTP server: one run, its machines, and everything that was asked of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.clock import Clock
from core.ids import RunId
from simulator.arm_reads import ArmReads
from simulator.estate import build_estate
from simulator.graph import Graph
from simulator.messages import Reply, Request, Seen, arm_error, not_found
from simulator.rows.row import RunFacts
from simulator.run import RunStatus, SimulatedRun
from simulator.run_requests import RunRequests
from simulator.scenario import Fault, Scenario
from simulator.sites import Sites
from simulator.visits import Visit, Visits

__all__ = ["Azure", "Visit"]


class Azure:
    """An Azure that holds one maintenance run. Safe to use from several threads.

    `clock` tells the time of the story, which begins now. `subscriptions` are the event's. Raises
    `BadScenario` if the scenario needs more of them than there are.
    """

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
        estate = build_estate(scenario, subscriptions, run.configuration.subscription)
        began = clock.now()
        well = all(m.group.result == "Succeeded" for m in estate.machines if m.in_run)
        self._run = SimulatedRun(scenario.run, began=began, start=start, end=end, all_well=well)
        facts = RunFacts(run=run, start=start, end=end, began=began)
        self._graph = Graph(scenario, estate, facts, self._run)
        self._about_run = RunRequests(scenario.cancel, run, self._run, clock)
        self._reads = ArmReads(estate, facts)
        self._sites = Sites(scenario.sites)
        self._visits = Visits(scenario.faults, self._sites, clock)

    def warm(self) -> None:
        """Be ready to answer quickly, before a fast clock runs."""
        self._graph.warm(self.clock.now())

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order of arrival."""
        return self._visits.seen

    @property
    def run_status(self) -> RunStatus:
        """The true state of the run now, whatever any answer said."""
        return self._run.standing(self.clock.now()).status

    @property
    def cancelled_at(self) -> datetime | None:
        """When the run was cancelled, by whomever; None if it is not."""
        return self._run.cancelled_at(self.clock.now())

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
        return _refusal(request) or self._azure(request, effect=effect)

    def _azure(self, request: Request, *, effect: bool) -> Reply:
        match request.what:
            case "graph":
                return self._graph.query(request.json, self.clock.now())
            case "cancel":
                return self._about_run.cancel(request, effect=effect)
            case "read":
                return self._about_run.read(request)
            case "arm":
                return self._reads.answer(request)
            case _:
                return not_found(request)


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
