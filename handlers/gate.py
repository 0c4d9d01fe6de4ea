"""THE STORY of a pre event: a maintenance run is about to start, may it?

`gate` goes from one step to the next; `Hearing` is its middle part, where machines are looked for,
checks answer and the run is cancelled, all at once and each with time of its own. Nothing here does
I/O: steps do, behind the engine (see `activities`), and a story may be replayed at any moment.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core import wire
from core.notice import NoticeState
from core.report import Decision, Ending, GateReport, Reason, not_undone
from handlers.engines import Engine, Json, Story
from handlers.judging.docket import Docket
from handlers.judging.hearing import Hearing
from handlers.judging.looking import a_little_before
from handlers.notifying import Notifying
from handlers.orders import CheckList, GateOrder, ListRequest, RunHead
from handlers.planning import GatePlan
from handlers.rules import rules_for
from handlers.status import show
from handlers.undoing import undo_all
from handlers.waiting import within

__all__ = ["gate"]

_ANNOUNCE = timedelta(seconds=60)


def gate(engine: Engine, order_json: Json) -> Story[Json]:
    """Judge one run, cancel it if it must not start, and return the report (a `GateReport`)."""
    order = wire.load(GateOrder, order_json)
    plan = GatePlan.of(order.key, order.event, order.policy, engine.now)
    if plan.timeline.started:
        notifying = Notifying(engine, RunHead.of(order.event), None)
        report = _too_late(engine, plan, Docket(plan, order.warning))
    else:
        show(engine, plan, "checks")
        rules = yield from rules_for(engine, _question(order, plan), plan.timeline.find_by)
        plan = plan.under(rules.policy, engine.now)
        show(engine, plan, "checks")  # under these rules, which tags may have made others
        notices = rules.notices if plan.touches else None
        notifying = Notifying(engine, RunHead.of(order.event), notices)
        docket = Docket(plan, order.warning)
        report = yield from _judged(engine, plan, rules, docket, notifying)
    show(engine, plan, "finished", report)
    _tell(notifying, report)
    report = yield from _put_back(engine, plan, report)
    if report.undone:
        notifying.tell("undone", f"what was done for the run is put back{not_undone(report)}")
    yield from _announce(engine, report)
    yield from notifying.finish()
    return wire.dump(report)


def _question(order: GateOrder, plan: GatePlan) -> ListRequest:
    return ListRequest(
        configuration=order.event.configuration,
        policy=order.policy,
        by_tags=order.by_tags,
        until=a_little_before(plan.timeline.find_by, plan.timeline.planned_at),
    )


def _judged(
    engine: Engine, plan: GatePlan, rules: CheckList, docket: Docket, notifying: Notifying
) -> Story[GateReport]:
    """Find the machines, ask the checks, decide, and cancel: see `Hearing`."""
    hearing = Hearing(engine, plan, docket, notifying)
    try:
        docket.in_force(rules)
        yield from hearing.run()
    except Exception as error:  # noqa: BLE001 - a fault of ours is no answer, never a yes
        yield from hearing.fail(f"the gate failed: {type(error).__name__}: {error}")
    return docket.report(
        ending=hearing.ending,
        decision=hearing.decision,
        cancellation=hearing.cancellation,
        rehearsal=hearing.rehearsal,
        at=engine.now,
    )


def _too_late(engine: Engine, plan: GatePlan, docket: Docket) -> GateReport:
    reason = Reason(
        about="time",
        text="the event came after the run had started",
        remedy="see the delivery attempts of the event subscription, and its dead letters",
    )
    decision = Decision(action="cancel", because=(reason,), at=engine.now)
    ending: Ending = "drill" if plan.event.run.is_drill else "too late"
    return docket.report(ending=ending, decision=decision, cancellation=None, at=engine.now)


def _tell(notifying: Notifying, report: GateReport) -> None:
    """People hear what became of a cancel call; of a run that goes ahead, when it has ended."""
    states: dict[str, NoticeState] = {"cancelled": "cancelled", "not confirmed": "unconfirmed"}
    if (state := states.get(report.ending)) is not None:
        because, machines = report.decision.because, report.machine_count
        notifying.tell(state, report.headline, because=because, machines=machines)


def _put_back(engine: Engine, plan: GatePlan, report: GateReport) -> Story[GateReport]:
    """Undo what was done to the machines of a run that is cancelled for certain.

    Of any other run that is for later: it may be patched, and they have to stay as they are.
    """
    if report.ending != "cancelled" or not report.memories:
        return report
    undone = yield from undo_all(engine, report.memories, RunHead.of(plan.event))
    return replace(report, undone=undone)


def _announce(engine: Engine, report: GateReport) -> Story[None]:
    """Say it where people look. The report stands, whatever becomes of the announcement."""
    yield from within(
        engine, engine.activity("announce", wire.dump(report)), engine.now + _ANNOUNCE
    )
