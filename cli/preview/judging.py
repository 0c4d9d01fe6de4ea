"""A run that does not exist yet, judged now by the app's own steps. Nothing is cancelled.

The steps are those of a gate, in its order: which checks are in force, what each of them says, and
the decision. There is no engine, for there is no story: each check is asked once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cli.azure.assignments import Assigned
from core import wire
from core.decide import decide
from core.errors import BadPlugin, shorten
from core.ids import RunId
from core.model import Batch, Machine
from core.report import GateReport, MachineLine
from core.timeline import plan
from handlers.judging.answers import Answers
from handlers.orders import CheckAnswer, CheckList, CheckRequest, CheckSpec, ListRequest, RunHead
from handlers.rules import policy_gaps
from handlers.services import Services
from handlers.steps.asking import ask_check
from handlers.steps.listing import list_checks

__all__ = ["Ahead", "acted_first", "judge", "rules_for"]

_BATCH = 500  # machines in one packed batch
_LINES = 500  # machines that a report names


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The run as it will be, as far as that is known. `run` is an id that no run has yet."""

    run: RunId
    start: datetime
    end: datetime
    assigned: Assigned
    by: datetime  # until when checks may answer


def judge(services: Services, ahead: Ahead, rules: CheckList | None = None) -> GateReport:
    """What a gate would report if it were judged now, in observe mode, by the `rules` in force.

    No action is done; one that cannot be speaks against the run here too. Raises whatever a step of
    ours raises, which is a fault of ours: a check's own is an outcome.
    """
    now = services.clock.now()
    rules = rules or rules_for(services, ahead)
    answers = Answers()
    answers.in_force(rules.checks)
    _ask(services, ahead, rules, answers)
    acting = Answers()
    acting.in_force(rules.actions)
    reports, actions = answers.reports(), acting.reports()
    gaps = (*policy_gaps(rules.policy), *rules.gaps, *ahead.assigned.gaps)
    machines = ahead.assigned.machines
    told = (*actions, *reports)
    decision = decide(told, gaps, rules.policy, services.clock.now(), machines=len(machines))
    reserve = timedelta(seconds=rules.policy.reserve)
    return GateReport(
        key="preview",
        run=str(ahead.run),
        configuration=str(ahead.run.configuration),
        mode="observe",
        ending="would cancel" if decision.cancels else "proceeded",
        timeline=plan(
            start=ahead.start, cancellation_cut_off=ahead.start, now=now, reserve=reserve
        ),
        finished_at=services.clock.now(),
        decision=decision,
        machine_count=len(machines),
        machines=tuple(
            MachineLine(id=one.id, name=one.name, kind=one.kind) for one in machines[:_LINES]
        ),
        checks=reports,
        actions=actions,
        gaps=gaps,
        warnings=(*_unchecked(rules.checks), *answers.notes),
    )


def acted_first(rules: CheckList) -> tuple[CheckSpec, ...]:
    """The actions that would be done before the checks are asked, in that order."""
    if rules.policy.mode != "enforce":
        return ()
    return tuple(spec for spec in rules.actions if spec.problem is None)


def rules_for(services: Services, ahead: Ahead) -> CheckList:
    """The checks and actions in force for that run, and its policy."""
    policy, by_tags = services.policy_for(ahead.run.configuration)
    request = ListRequest(
        configuration=ahead.run.configuration, policy=policy, by_tags=by_tags, until=ahead.by
    )
    return list_checks(services, request)


def _ask(services: Services, ahead: Ahead, rules: CheckList, answers: Answers) -> None:
    """Ask every check that can be asked, side by side, and hear all of them."""
    askable = [spec for spec in rules.checks if spec.problem is None]
    machines = ahead.assigned.machines
    batches = tuple(wire.pack(machines[i : i + _BATCH]) for i in range(0, len(machines), _BATCH))
    head = _head(ahead, machines)
    asked = [
        (spec, _begun(services, _question(spec, ahead, head, batches, rules)))
        for spec in askable
        if batches or spec.scope == "run"
    ]
    for spec, answer in asked:
        try:
            answers.heard(spec, spec.scope, answer.result())
        except BadPlugin as error:
            answers.silent(spec, spec.scope, max(1, len(machines)), shorten(str(error), 300))


def _begun(services: Services, question: CheckRequest) -> Future[CheckAnswer]:
    """On a thread that nobody has to wait for: Ctrl-C ends the command at once."""
    answer: Future[CheckAnswer] = Future()

    def work() -> None:
        try:
            answer.set_result(ask_check(services, question))
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True, name=f"preview {question.check}").start()
    return answer


def _head(ahead: Ahead, machines: Sequence[Machine]) -> RunHead:
    configuration = ahead.run.configuration
    subscriptions = (*(machine.subscription for machine in machines), configuration.subscription)
    return RunHead(
        id=str(ahead.run),
        configuration_id=str(configuration),
        name=ahead.run.name,
        start=ahead.start,
        end=ahead.end,
        subscriptions=tuple(dict.fromkeys(one.lower() for one in subscriptions)),
    )


def _question(
    spec: CheckSpec, ahead: Ahead, head: RunHead, machines: tuple[Batch, ...], rules: CheckList
) -> CheckRequest:
    """Once: a check with patience would wait for what is not due yet."""
    return CheckRequest(
        check=spec.name,
        run=head,
        machines=machines,
        deadline=ahead.by,
        asking=replace(spec.asking, patience=0.0),
        config=rules.policy.of(spec.name).config,
    )


def _unchecked(checks: Sequence[CheckSpec]) -> tuple[str, ...]:
    if any(spec.required for spec in checks):
        return ()
    return ("no required check is in force: nothing can speak against the run",)
