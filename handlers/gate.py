"""THE STORY of a pre event: a maintenance run is about to start, may it?

`gate` calls each step once, in order; `Hearing` is its middle part, where machines are looked for,
checks answer and the run is cancelled, all at once and each with time of its own. Nothing here does
I/O: steps do, behind the engine (see `activities`), and a story may be replayed at any moment.
"""

from __future__ import annotations

from datetime import timedelta

from core import wire
from core.errors import ActivityFailed
from core.report import Decision, GateReport, Reason
from core.timeline import Timeline
from handlers.docket import Docket
from handlers.engines import Engine, Json, Story
from handlers.hearing import Hearing
from handlers.orders import CheckList, GateOrder
from handlers.planning import timeline_of
from handlers.status import show
from handlers.waiting import within

__all__ = ["gate"]

_ANNOUNCE = timedelta(seconds=60)


def gate(engine: Engine, order_json: Json) -> Story[Json]:
    """Judge one run, cancel it if it must not start, and return the report (a `GateReport`)."""
    order = wire.load(GateOrder, order_json)
    timeline = timeline_of(order.event, order.policy, engine.now)
    docket = Docket(order, timeline)
    if timeline.started:
        report = _too_late(engine, docket)
    else:
        show(engine, order, timeline, "checks")
        hearing = Hearing(engine, order, docket, timeline)
        try:
            yield from _list_checks(engine, order, docket, timeline)
            yield from hearing.run()
        except Exception as error:  # noqa: BLE001 - a fault of ours is no answer, never a yes
            yield from hearing.rescue(f"the gate failed: {type(error).__name__}: {error}")
        report = docket.report(
            ending=hearing.ending,
            decision=hearing.decision,
            cancellation=hearing.cancellation,
            at=engine.now,
        )
    show(engine, order, timeline, "finished", report)
    yield from _announce(engine, report)
    return wire.dump(report)


def _list_checks(
    engine: Engine, order: GateOrder, docket: Docket, timeline: Timeline
) -> Story[None]:
    """Which checks are in force: loading them runs users' code: a step, with a deadline."""
    task = engine.activity("list_checks", wire.dump(order.policy))
    if not (yield from within(engine, task, timeline.find_by)):
        remedy = "see what the files in my_checks do on import"
        docket.gap("checks", "they could not be loaded in time", remedy, kind="unknown")
        return
    try:
        docket.in_force(wire.load(CheckList, task.result()))
    except ActivityFailed as error:
        docket.gap("checks", str(error), "see the log of the app", kind="unknown")


def _too_late(engine: Engine, docket: Docket) -> GateReport:
    reason = Reason(
        about="time",
        text="the event came after the run had started",
        remedy="see the delivery attempts of the event subscription, and its dead letters",
    )
    decision = Decision(action="cancel", because=(reason,), at=engine.now)
    return docket.report(ending="too late", decision=decision, cancellation=None, at=engine.now)


def _announce(engine: Engine, report: GateReport) -> Story[None]:
    """Say it where people look. The report stands, whatever becomes of the announcement."""
    yield from within(
        engine, engine.activity("announce", wire.dump(report)), engine.now + _ANNOUNCE
    )
