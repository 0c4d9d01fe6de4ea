"""Actions after a run, one after the other: nothing depends on them but the report."""

from __future__ import annotations

from datetime import timedelta

from core.model import Batch, RunEnd
from core.report import CheckReport
from handlers.acted import acted
from handlers.engines import Engine, Story
from handlers.judging.answers import Answers
from handlers.orders import ActRequest, AftermathOrder, CheckList, CheckSpec, RunHead
from handlers.planning import touches

__all__ = ["act_after"]

_LONGEST = timedelta(minutes=25)  # of one action: a step may take thirty


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
    request = ActRequest(
        action=spec.name,
        stage="do",
        run=run,
        machines=machines,
        deadline=engine.now + _LONGEST,
        asking=spec.asking,
        config=rules.policy.of(spec.name, "actions").config,
    )
    yield from acted(engine, request, spec, answers, sum(batch.count for batch in machines))
