"""After the run: what is to be done is done, and the checks judge how it ended.

The same questions as before a run, without a cut-off: nothing depends on the answer but the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from core import wire
from core.decide import decide
from core.errors import ActivityFailed, shorten
from core.model import Batch, Gap, RunEnd
from core.report import CheckReport, Reason
from handlers.acting_after import act_after
from handlers.engines import Engine, Story
from handlers.judging.answers import Answers
from handlers.judging.questions import Questions
from handlers.orders import AftermathOrder, CheckList, ListRequest, Look, LookRequest, RunHead
from handlers.planning import touches
from handlers.rules import policy_gaps, rules_for
from handlers.waiting import Waiting, within

__all__ = ["EndJudged", "judge_end"]

_LISTING = timedelta(minutes=2)
_LOOKING = timedelta(minutes=5)  # for all looks: rows of a run that has ended lag no more
_PAUSE = timedelta(seconds=30)
_ASKING = timedelta(minutes=25)  # a step may take thirty


@dataclass(frozen=True, slots=True, kw_only=True)
class EndJudged:
    """What the checks after the run said; `findings` is what speaks against how it ended.

    `notices`: see `CheckList`; None as well in observe mode, and after a drill.
    """

    checks: tuple[CheckReport, ...] = ()
    actions: tuple[CheckReport, ...] = ()
    findings: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    notices: dict[str, Any] | None = None


def judge_end(engine: Engine, order: AftermathOrder, end: RunEnd) -> Story[EndJudged]:
    """Do every action, then ask every check, that is in force after a run.

    Never raises for what a step does.
    """
    rules = yield from rules_for(engine, _listing(engine, order), engine.now + 2 * _LISTING)
    gaps = (*policy_gaps(rules.policy), *rules.gaps)
    notices = rules.notices if touches(rules.policy, order.event) else None
    if not rules.checks and not rules.actions:
        found = _findings(engine, rules, (), gaps)
        return EndJudged(findings=found, warnings=rules.warnings, notices=notices)
    look = yield from _seen(engine, order)
    actions = yield from act_after(engine, order, end, rules, look.newcomers)
    answers = Answers()
    answers.in_force(rules.checks)
    yield from _answers(engine, order, end, rules, answers, look.newcomers)
    checks = answers.reports(look.undetailed)
    return EndJudged(
        checks=checks,
        actions=actions,
        findings=_findings(engine, rules, (*actions, *checks), (*gaps, *look.gaps), look.total),
        warnings=(*rules.warnings, *answers.notes),
        notices=notices,
    )


def _listing(engine: Engine, order: AftermathOrder) -> ListRequest:
    return ListRequest(
        configuration=order.event.configuration,
        policy=order.policy,
        by_tags=order.by_tags,
        when="after",
        until=engine.now + _LISTING,
    )


def _seen(engine: Engine, order: AftermathOrder) -> Story[Look]:
    """The run's machines, looked for until nothing is missing or the time for it is over."""
    until = engine.now + _LOOKING
    while True:
        look = yield from _look(engine, order, until)
        if not look.gaps or engine.now + _PAUSE >= until:
            return look
        yield engine.any((engine.timer(engine.now + _PAUSE),))


def _look(engine: Engine, order: AftermathOrder, until: datetime) -> Story[Look]:
    request = LookRequest(run=order.event.run, subscriptions=order.event.subscriptions, until=until)
    task = engine.activity("find_machines", wire.dump(request))
    if not (yield from within(engine, task, until + _PAUSE)):
        return _unseen("Resource Graph did not answer in time")
    try:
        return wire.load(Look, task.result())
    except (ActivityFailed, ValidationError) as error:
        return _unseen(shorten(str(error), 300))


def _unseen(problem: str) -> Look:
    gap = Gap(subject="machines", problem=problem, remedy="see the log of the app")
    return Look(total=0, fingerprint="", gaps=(gap,))


def _answers(
    engine: Engine,
    order: AftermathOrder,
    end: RunEnd,
    rules: CheckList,
    answers: Answers,
    machines: tuple[Batch, ...],
) -> Story[None]:
    """Ask, and hear until all have answered or the time is over."""
    waiting, by = Waiting(engine), engine.now + _ASKING
    questions = Questions(
        engine,
        waiting,
        answers,
        run=RunHead.of(order.event, end),
        policy=rules.policy,
        by=by,
        news=lambda: waiting.drop(limit) if not questions.open else None,
    )
    limit = waiting.on(engine.timer(by), lambda _: questions.give_up("did not answer in time"))
    questions.ask(machines, machines)
    if not questions.open:
        waiting.drop(limit)
    yield from waiting.run()


def _findings(
    engine: Engine,
    rules: CheckList,
    checks: tuple[CheckReport, ...],
    gaps: tuple[Gap, ...],
    machines: int = 0,
) -> tuple[Reason, ...]:
    """What would cancel a run that has not begun is what there is to be found in one that ended."""
    return decide(checks, gaps, rules.policy, engine.now, machines=machines).because
