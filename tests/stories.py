"""A site whose steps are scripted; its stories are played by the stand-in for Durable."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from azure.durable_functions.orchestrator import Orchestrator

from core import wire
from core.model import Batch, Gap, Machine, Outcome, PreMaintenanceEvent, Status
from core.policy import Policy
from core.report import Cancellation, GateReport
from handlers.app import STORIES
from handlers.engines.durable_functions import orchestrate
from handlers.events import parse_event
from handlers.judging.answers import answer_of
from handlers.keys import key_of
from handlers.orders import CheckList, CheckSpec, GateOrder, Look
from tests.durable_host import Done, DurableHost, Instance, Raised

EVENTS = Path(__file__).parents[1] / "samples" / "events"

Reaction = Callable[[Any, datetime], Done | Raised | None]


def sample(name: str = "pre.eventgrid") -> dict[str, Any]:
    """The envelope of a sample event."""
    text = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    envelope: dict[str, Any] = text[0] if isinstance(text, list) else text
    return envelope


def pre_event() -> PreMaintenanceEvent:
    """The sample pre event: start 03:00, cut-off 02:50 UTC."""
    event = parse_event(sample())
    assert isinstance(event, PreMaintenanceEvent)
    return event


def at(clock: str) -> datetime:
    """That time of the sample event's night, as `HH:MM` or `HH:MM:SS`."""
    parts = [int(part) for part in clock.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    return pre_event().start.replace(hour=hours, minute=minutes, second=seconds)


def spec(name: str, **fields: Any) -> CheckSpec:
    """A check in force."""
    return CheckSpec(
        **{"name": name, "title": name, "scope": "machine", "origin": "x.py:1", **fields}
    )


def machines(*names: str) -> Batch:
    """A packed batch."""
    return wire.pack([Machine(id=f"/machines/{name}", name=name) for name in names])


def says(
    check: str,
    status: Status = Status.PASSED,
    count: int = 1,
    seconds: float = 1.0,
    reason: str = "",
) -> Done:
    """A check's answer about so many machines."""
    outcome = Outcome(check=check, status=status, machine="/machines/a", reason=reason)
    return Done(answer=wire.dump(answer_of([outcome] * count)), seconds=seconds)


def looks(*newcomers: Batch, total: int, gaps: tuple[Gap, ...] = (), seconds: float = 1.0) -> Done:
    """What Resource Graph shows."""
    look = Look(total=total, fingerprint=f"{total} machines", newcomers=newcomers, gaps=gaps)
    return Done(answer=wire.dump(look), seconds=seconds)


CONFIRMED = Cancellation(confirmed=True, state="cancelled", confirmed_by="read-back", attempts=1)
UNCONFIRMED = Cancellation(confirmed=False, state="not confirmed", attempts=4, problem="no proof")


@dataclass(kw_only=True)
class Site:
    """Three machines, a check that passes, an Azure that confirms: change what a test is about."""

    checks: tuple[CheckSpec, ...] = (spec("fine"),)
    answers: dict[str, Reaction] = field(default_factory=dict)
    steps: dict[str, Reaction] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def work(self, name: str, request: Any, now: datetime) -> Done | Raised | None:
        """Take a step, as scripted."""
        if name in self.steps:
            return self.steps[name](request, now)
        if name == "ask_check":
            check = request["check"]
            reaction = self.answers.get(check)
            count = sum(batch["count"] for batch in request["machines"])
            return reaction(request, now) if reaction else says(check, count=count)
        usual: dict[str, Any] = {
            "list_checks": CheckList(policy=self.policy, checks=self.checks),
            "find_machines": Look(
                total=3,
                fingerprint="a b c",
                newcomers=() if request.get("known") else (machines("a", "b", "c"),),
            ),
            "cancel_run": CONFIRMED,
        }
        return Done(answer=wire.dump(usual[name]) if name in usual else None)

    def judge(self, arrival: str = "02:22") -> Judged:
        """Play the gate of the sample event, which arrives at that time."""
        event = pre_event()
        key = key_of("gate", event.run)
        host = DurableHost(play, self.work, at(arrival))
        order = GateOrder(key=key, event=event, policy=self.policy)
        instance = host.begin("gate", key, wire.dump(order))
        host.run()
        assert instance.state == "Completed", instance.error
        return Judged(instance=instance, report=wire.load(GateReport, instance.output))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A gate that has ended."""

    instance: Instance
    report: GateReport

    def times(self, step: str) -> list[datetime]:
        """When that step was begun, each time."""
        return [moment for moment, name, _ in self.instance.steps if name == step]

    def requests(self, step: str) -> list[Any]:
        """What that step was asked, each time."""
        return [request for _, name, request in self.instance.steps if name == step]


def play(name: str, body: str) -> str:
    """Replay an orchestrator through the SDK, as the worker would."""
    answer: str = _HANDLES[name](body)
    return answer


def _orchestrator(story: str) -> Any:
    def orchestrator(context: Any) -> Any:
        return (yield from orchestrate(context, STORIES[story]))

    return Orchestrator.create(orchestrator)


_HANDLES = {story: _orchestrator(story) for story in STORIES}


def seconds(number: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=number)
