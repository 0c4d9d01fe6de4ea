"""Actions after a run, one after the other: nothing depends on them but the report."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.model import Batch, RunEnd
from core.report import CheckReport
from handlers.engines import Engine, Story
from handlers.judging.answers import Answers
from handlers.orders import ActAnswer, ActRequest, AftermathOrder, CheckList, CheckSpec, RunHead
from handlers.planning import touches
from handlers.waiting import within

__all__ = ["act_after"]

_LONGEST = timedelta(minutes=25)  # of one action: a step may take thirty
_GRACE = timedelta(seconds=15)


def act_after(
    engine: Engine,
    order: AftermathOrder,
    end: RunEnd,
    rules: CheckList,
    machines: tuple[Batch, ...],
) -> Story[tuple[CheckReport, ...]]:
    """How each action went, in the order of the policy file. Never raises for what a step does.

    In observe mode and after a drill none is done.
    """
    answers = Answers()
    answers.in_force(rules.actions)
    for spec in rules.actions if touches(rules.policy, order.event) else ():
        if spec.problem is None:
            yield from _do(engine, spec, RunHead.of(order.event, end), rules, machines, answers)
    return answers.reports()


def _do(
    engine: Engine,
    spec: CheckSpec,
    run: RunHead,
    rules: CheckList,
    machines: tuple[Batch, ...],
    answers: Answers,
) -> Story[None]:
    by = engine.now + _LONGEST
    request = ActRequest(
        action=spec.name,
        stage="do",
        run=run,
        machines=machines,
        deadline=by,
        asking=spec.asking,
        config=rules.policy.of(spec.name, "actions").config,
    )
    step = engine.activity("act", wire.dump(request))
    count = sum(batch.count for batch in machines) if spec.scope == "machine" else 1
    if not (yield from within(engine, step, by + _GRACE)):
        answers.silent(spec, "do", count, "its step never came back")
        return
    try:
        answers.heard(spec, "do", wire.load(ActAnswer, step.result()).answer)
    except (ActivityFailed, ValidationError) as error:
        answers.silent(spec, "do", count, shorten(str(error), 300))
