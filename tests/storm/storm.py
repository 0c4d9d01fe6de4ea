"""Every schedule in the company starts at three: real stories and real quotas, in virtual time.

The gates are those that run in Azure, each to its end. Their queries stand in the product's own
line, with its own arithmetic of the quota, before a Resource Graph that counts as Azure does; looks
that wait go together, as `arg_queries.together` has them go. What is made up is what Azure answers,
and how long that takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from arg_queries.quota import Line, Waiter
from core import wire
from core.model import Batch, Gap, Machine, Outcome, PreMaintenanceEvent, Status
from core.policy import Policy
from core.report import Cancellation, GateReport
from handlers.engines import Json
from handlers.events import parse_event
from handlers.gate import gate
from handlers.judging.answers import answer_of
from handlers.keys import key_of
from handlers.orders import CheckList, CheckSpec, GateOrder, Look
from simulator.messages import Request
from simulator.quota import ArmLimits, Quota
from simulator.scenario import ArmRules
from tests.processes.events import pre_event_of
from tests.storm.night import Night, Told

__all__ = ["Judged", "Storm"]

_EVENING = datetime(2026, 11, 28, 2, 25, tzinfo=UTC)
_ANSWER = timedelta(seconds=0.5)  # what Azure takes for anything
_HOST = timedelta(seconds=1)  # what Durable Functions takes to begin a step and to tell of its end
_TOGETHER, _NEAR = 25, timedelta(minutes=1)  # as in arg_queries.together
_CHECKS = (
    CheckSpec(name="opt_out_tag", title="", scope="machine", origin="x.py:1"),
    CheckSpec(name="machines_running", title="", scope="run", origin="x.py:1"),
)

Heard = Callable[[int], None]
"""Told how many answers came: none, or one."""


class _Worker:
    """One worker's line before the quota that all of them share."""

    def __init__(self, night: Night, quota: Quota) -> None:
        self._night, self._quota = night, quota
        self._line = Line()
        self._goes: dict[Waiter, tuple[Callable[[], None], Heard]] = {}
        self._looks: list[tuple[datetime, Heard]] = []
        self.queries = self.refused = 0

    def ask(self, until: datetime, heard: Heard) -> None:
        """One query, as soon as its turn has come."""
        self._stand(until, lambda: self._send(until, heard), heard)

    def look(self, until: datetime, heard: Heard) -> None:
        """A look for machines, together with those that wait when its turn has come."""
        look = (until, heard)
        self._looks.append(look)

        def turn() -> None:
            self._line.allowance.unused(self._line.allowance.window)
            if look in self._looks:
                near = [one for one in self._looks if abs(one[0] - until) <= _NEAR][:_TOGETHER]
                taken = near if look in near else [look, *near[:-1]]
                self._looks = [one for one in self._looks if one not in taken]
                first = min(one[0] for one in taken)
                self.ask(first, lambda came: _tell_all(taken, came))

        self._stand(until, turn, lambda came: self._gave_up(look))

    def _gave_up(self, look: tuple[datetime, Heard]) -> None:
        if look in self._looks:
            self._looks.remove(look)
            look[1](0)

    def _stand(self, until: datetime, go: Callable[[], None], heard: Heard) -> None:
        waiter = self._line.join(until)
        self._goes[waiter] = (go, heard)
        self._night.at(until, lambda: self._too_late(waiter))
        self._serve()

    def _too_late(self, waiter: Waiter) -> None:
        if waiter in self._goes:
            waiter.gone = True
            self._goes.pop(waiter)[1](0)

    def _serve(self) -> None:
        for waiter in self._line.serve(self._night.now):
            self._goes.pop(waiter)[0]()
        resets_at = self._line.allowance.resets_at
        if self._line.first is not None and resets_at is not None:
            self._night.at(resets_at, self._serve)

    def _send(self, until: datetime, heard: Heard) -> None:
        window = self._line.allowance.window
        self._night.at(self._night.now + _ANSWER / 2, lambda: self._arrived(window, until, heard))

    def _arrived(self, window: int, until: datetime, heard: Heard) -> None:
        admitted, headers = self._quota.use(self._night.now)
        self.queries += 1
        self.refused += not admitted
        remaining = int(headers["x-ms-user-quota-remaining"])
        after = timedelta(seconds=int(headers["x-ms-user-quota-resets-after"][-2:]))

        def answered() -> None:
            allowance, now = self._line.allowance, self._night.now
            if admitted:
                allowance.answered(now, window, remaining, after)
                heard(1)
            else:
                allowance.refused(now, after)
                self._night.at(now + after, lambda: self.ask(until, heard))
            self._serve()

        self._night.at(self._night.now + _ANSWER / 2, answered)


def _tell_all(looks: list[tuple[datetime, Heard]], came: int) -> None:
    for _, heard in looks:
        heard(came)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One run, its report, and when Azure really cancelled it, if it did."""

    blocked: bool
    event: PreMaintenanceEvent
    report: GateReport
    cancelled_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Storm:
    """Events within one second, so many minutes before the start; every fourth run is blocked."""

    events: int
    minutes: float
    workers: int = 1
    judged: list[Judged] = field(default_factory=list)
    queries: int = 0
    refused: int = 0

    def rage(self) -> None:
        """Let all of it happen."""
        night = Night(_EVENING)
        quota = Quota(15, 5.0)
        limits = ArmLimits(ArmRules(writes=200, reads=250))
        workers = [_Worker(night, quota) for _ in range(self.workers)]
        for number in range(self.events):
            envelope = pre_event_of(f"schedule-{number}", _EVENING, minutes=self.minutes)
            event = parse_event(envelope)
            assert isinstance(event, PreMaintenanceEvent)
            mixed = [workers[(number + n) % self.workers] for n in range(self.workers)]
            run = _Run(self, night, mixed, limits, event, blocked=number % 4 == 0)
            arrival = _EVENING + timedelta(seconds=number / self.events)
            night.at(arrival, run.begin)
        night.pass_by()
        self.queries = sum(worker.queries for worker in workers)
        self.refused = sum(worker.refused for worker in workers)


class _Run:
    """One run, and what the steps of its gate are told."""

    def __init__(
        self,
        storm: Storm,
        night: Night,
        workers: list[_Worker],
        limits: ArmLimits,
        event: PreMaintenanceEvent,
        *,
        blocked: bool,
    ) -> None:
        self._storm, self._night, self._workers, self._limits = storm, night, workers, limits
        self._event, self._blocked = event, blocked
        self._cancelled_at: datetime | None = None
        self._steps = 0

    def begin(self) -> None:
        """Its event is accepted."""
        order = GateOrder(key=key_of("gate", self._event.run), event=self._event, policy=Policy())
        self._night.tell(gate, wire.dump(order), self._step, self._over)

    def _over(self, report: Json) -> None:
        judged = Judged(
            blocked=self._blocked,
            event=self._event,
            report=wire.load(GateReport, report),
            cancelled_at=self._cancelled_at,
        )
        self._storm.judged.append(judged)

    def _step(self, name: str, request: Json, told: Told) -> None:
        self._steps += 1
        worker = self._workers[self._steps % len(self._workers)]

        def tell(answer: Any) -> None:
            self._night.at(self._night.now + _HOST, lambda: told(wire.dump(answer)))

        match name:
            case "list_checks":
                tell(CheckList(policy=Policy(), checks=_CHECKS))
            case "find_machines":
                until = datetime.fromisoformat(request["until"])
                known = bool(request.get("known"))
                worker.look(until, lambda came: tell(_look(known=known, came=bool(came))))
            case "ask_check" if request["check"] == "opt_out_tag":
                tell(_says("opt_out_tag", Status.BLOCKED if self._blocked else Status.PASSED))
            case "ask_check":
                until = datetime.fromisoformat(request["deadline"])
                worker.ask(until, lambda came: tell(_ran(came=bool(came))))
            case "cancel_run":
                until = datetime.fromisoformat(request["until"])
                self._put(until, tell)
            case _:
                tell(None)

    def _put(self, until: datetime, tell: Callable[[Cancellation], None]) -> None:
        """The cancel call and its read-back, as far as Azure Resource Manager takes them now."""
        now = self._night.now
        if now >= until:
            tell(Cancellation(confirmed=False, state="not confirmed", problem="no time left"))
            return
        for method in ("PUT", "GET"):
            request = Request(method=method, path=str(self._event.run))
            refusal, _ = self._limits.use(request, now)
            if refusal is not None:
                later = now + timedelta(seconds=1 + int(refusal.headers["Retry-After"]))
                self._night.at(later, lambda: self._put(until, tell))
                return
            self._cancelled_at = self._cancelled_at or now
        tell(Cancellation(confirmed=True, state="cancelled", confirmed_by="read-back", attempts=1))


def _look(*, known: bool, came: bool) -> Look:
    if not came:
        gap = Gap(subject="machines", problem="the query quota is used up", remedy="")
        return Look(total=0, fingerprint="", gaps=(gap,))
    machines: list[Machine] = [Machine(id=f"/machines/{name}", name=name) for name in "ab"]
    newcomers: tuple[Batch, ...] = () if known else (wire.pack(machines),)
    return Look(total=2, fingerprint="a b", newcomers=newcomers)


def _ran(*, came: bool) -> Any:
    return _says("machines_running", Status.PASSED if came else Status.UNKNOWN)


def _says(check: str, status: Status) -> Any:
    machine = "/machines/a" if check == "opt_out_tag" else None
    return answer_of([Outcome(check=check, status=status, machine=machine, reason="")])
