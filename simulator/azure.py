"""The world behind the HTTP server: one run, its machines, and everything that was asked of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from core.clock import Clock
from core.ids import RunId
from simulator.estate import build_estate
from simulator.graph import Graph
from simulator.messages import Reply, Request, Seen, What, arm_error
from simulator.rows.row import RunFacts
from simulator.run import RunStatus, SimulatedRun
from simulator.scenario import Fault, Scenario

__all__ = ["Azure", "Visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that has arrived: where it is remembered, and what shall go wrong with it."""

    request: Request
    index: int
    fault: Fault | None

    @property
    def delay(self) -> float:
        """Seconds of the story's time until anything else happens."""
        return self.fault.delay if self.fault else 0.0

    @property
    def drop(self) -> Literal["before", "after"] | None:
        """When the connection is closed instead of answering."""
        return self.fault.drop if self.fault else None


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
        self._id = run
        estate = build_estate(scenario, subscriptions, run.configuration.subscription)
        began = clock.now()
        well = all(m.group.result == "Succeeded" for m in estate.machines if m.in_run)
        self._run = SimulatedRun(scenario.run, began=began, start=start, end=end, all_well=well)
        facts = RunFacts(run=run, start=start, end=end, began=began)
        self._graph = Graph(scenario, estate, facts, self._run)
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._arrived: dict[str, int] = {}

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return tuple(self._seen)

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
        seen = Seen(
            at=self.clock.now(),
            method=request.method,
            path=request.path,
            what=request.what,
            body=request.json,
        )
        with self._lock:
            self._seen.append(seen)
            for kind in (request.what, "any"):
                self._arrived[kind] = self._arrived.get(kind, 0) + 1
            fault = self._fault(request.what)
            return Visit(request=request, index=len(self._seen) - 1, fault=fault)

    def _fault(self, what: What) -> Fault | None:
        for fault in self.scenario.faults:
            if fault.on in (what, "any") and fault.hits(self._arrived[fault.on]):
                return fault
        return None

    def leave(self, visit: Visit, status: int | None, note: str) -> None:
        """Remember how a request was answered; None if it was not."""
        with self._lock:
            self._seen[visit.index] = replace(self._seen[visit.index], status=status, note=note)

    def answer(self, visit: Visit) -> Reply:
        """Do what the request asks for, unless its fault forbids, and answer it."""
        fault = visit.fault
        if fault is None:
            return self._honest(visit.request, effect=True)
        if fault.refuses and not fault.takes_effect:
            return _replaced(Reply(status=200), fault)
        return _replaced(self._honest(visit.request, effect=fault.takes_effect), fault)

    def _honest(self, request: Request, *, effect: bool) -> Reply:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        match request.what:
            case "graph":
                return self._graph.query(request.json, self.clock.now())
            case "cancel":
                return self._cancel(request, effect=effect)
            case "read":
                return self._read(request)
            case "other":
                return _not_found(request)

    def _cancel(self, request: Request, *, effect: bool) -> Reply:
        if request.key != str(self._id).lower():
            return _not_found(request)
        if not _asks_to_cancel(request.json):
            message = "The request content was invalid: properties.status must be 'Cancel'."
            return arm_error(400, "InvalidRequestContent", message)
        rules = self.scenario.cancel
        if not effect:
            reply = Reply(status=rules.status, body=self._resource("Cancelled"))
            return replace(reply, note="answered as if it had worked")
        repeated = self.cancelled_at is not None
        if not self._run.cancel(self.clock.now()):
            message = "The maintenance run has already started and cannot be cancelled."
            code = "Conflict" if rules.too_late_status == 409 else "BadRequest"
            return arm_error(rules.too_late_status, code, message)
        status = 200 if repeated else rules.status
        return Reply(status=status, body=self._resource("Cancelled"))

    def _read(self, request: Request) -> Reply:
        if request.key != str(self._id).lower() or not self.scenario.cancel.read:
            return _not_found(request)
        return Reply(status=200, body=self._resource(self.run_status))

    def _resource(self, status: str) -> dict[str, Any]:
        configuration = str(self._id.configuration)
        return {
            "id": str(self._id).lower(),
            "name": self._id.name,
            "type": "Microsoft.Maintenance/applyUpdates",
            "properties": {"status": status, "resourceId": configuration.lower()},
        }


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


def _asks_to_cancel(body: Any) -> bool:
    properties = body.get("properties") if isinstance(body, dict) else None
    return isinstance(properties, dict) and properties.get("status") == "Cancel"


def _not_found(request: Request) -> Reply:
    return arm_error(404, "ResourceNotFound", f"The resource '{request.path}' was not found.")


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
