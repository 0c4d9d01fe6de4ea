"""A process of its own that finds and judges machines: prints what that took.

`ours` takes the steps that a gate takes, in its order: one look, then each check about each batch,
and a decision after every answer. Requests and answers cross as JSON text, as they do in Azure.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from benchmarks import straight_line
from benchmarks.memory import peak_megabytes
from benchmarks.sample import ROOT, clock, pre_event
from core import wire
from core.model import Batch
from core.report import Decision
from core.settings import POLICY_FILE, Settings
from handlers.activities import steps
from handlers.judging.docket import Docket
from handlers.orders import (
    CheckAnswer,
    CheckList,
    CheckRequest,
    CheckSpec,
    ListRequest,
    Look,
    LookRequest,
    RunHead,
)
from handlers.planning import GatePlan
from handlers.services import Services

T = TypeVar("T")

_SIGNS = {"WEBHOOK_SECRET": "known to nobody but the simulator"}


class _Gate:
    """What the gate of the sample event does until it can decide, one step after another."""

    def __init__(self, services: Services) -> None:
        self._steps = steps(services)
        event = pre_event()
        policy, _ = services.policy_for(event.configuration)
        self._plan = GatePlan.of("gate-bench", event, policy, services.clock.now())
        self._docket = Docket(self._plan)

    def judge(self, only: str | None = None) -> Decision:
        """Find all machines and judge them, by all checks or by one."""
        event, timeline = self._plan.event, self._plan.timeline
        wanted = ListRequest(
            configuration=event.configuration, policy=self._plan.policy, until=timeline.find_by
        )
        self._docket.in_force(self._take("list_checks", wanted, CheckList))
        request = LookRequest(
            run=event.run, subscriptions=event.subscriptions, until=timeline.find_by
        )
        look = self._take("find_machines", request, Look)
        self._docket.saw(look)
        for spec in self._docket.answers.checks:
            if only not in (None, spec.name):
                continue
            whole_run = (look.newcomers,)
            for part in whole_run if spec.scope == "run" else zip(look.newcomers, strict=True):
                answer = self._take("ask_check", self._question(spec, part), CheckAnswer)
                self._docket.answers.heard(spec, str(id(part)), answer)
                self._docket.decision(timeline.planned_at, all_seen=False)
        return self._docket.decision(timeline.check_by, all_seen=True)

    def complaint(self, decision: Decision) -> str | None:
        """Why this is no measurement of a run that goes ahead, judged by all checks."""
        if decision.cancels:
            return f"all machines are well, but the gate would cancel: {decision.summary}"
        idle = [report.name for report in self._docket.reports() if not report.tally.passed]
        return f"these checks passed nothing: {', '.join(idle)}" if idle else None

    def _take(self, step: str, request: object, kind: type[T]) -> T:
        given = json.loads(json.dumps(wire.dump(request)))
        return wire.load(kind, json.loads(json.dumps(self._steps[step](given))))

    def _question(self, spec: CheckSpec, machines: Sequence[Batch]) -> CheckRequest:
        return CheckRequest(
            check=spec.name,
            run=RunHead.of(self._plan.event),
            machines=tuple(machines),
            deadline=self._plan.timeline.check_by,
            asking=spec.asking,
            config=self._plan.policy.of(spec.name).config,
        )


def _gate(url: str, policy: str) -> _Gate:
    os.environ.update(_SIGNS)
    settings = {"PATCHGATE_SIMULATOR": url, "PATCHGATE_POLICY_FILE": policy}
    services = Services(settings=Settings.from_environment(settings), root=ROOT, clock=clock())
    services.warm()
    return _Gate(services)


def _floor(url: str) -> Callable[[], Any]:
    http, event = straight_line.session(), pre_event()
    return lambda: straight_line.judge(http, url, event)


def main(which: str, url: str, policy: str = POLICY_FILE, only: str | None = None) -> None:
    """Measure one of the two, imports apart."""
    gate = _gate(url, policy) if which == "ours" else None
    work = partial(gate.judge, only) if gate else _floor(url)
    began, burnt = time.perf_counter(), time.process_time()
    outcome = work()
    taken = {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - burnt,
        "peak": peak_megabytes(),
    }
    if gate and only is None and (complaint := gate.complaint(outcome)):
        raise SystemExit(complaint)
    print(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
