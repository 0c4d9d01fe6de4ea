"""The story of a post event: a maintenance run has ended, how?

Resource Graph lags behind the event, so it is asked again, ever less often, until it has final
results or a limit passes. Then what was changed before the run is put back, the actions after a run
are done, and the checks that are asked after a run judge how it ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core import wire
from core.errors import shorten
from core.model import RunEnd
from core.report import AftermathReport, not_undone
from handlers.ending import how_it_ended
from handlers.engines import Engine, Json, Story
from handlers.judging_end import judge_end
from handlers.notifying import Notifying
from handlers.orders import AftermathOrder, RunHead
from handlers.standing import standing
from handlers.undoing import undo_all
from handlers.waiting import within

__all__ = ["aftermath"]

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_ASKING = timedelta(seconds=60)


def aftermath(engine: Engine, order_json: Json) -> Story[Json]:
    """Wait for the results of a run, and return the report (an `AftermathReport`)."""
    order = wire.load(AftermathOrder, order_json)
    limit = engine.now + timedelta(seconds=order.give_up_after)
    undoes = len(order.memories)  # whoever else would put it back goes by this
    engine.status(
        {"kind": "aftermath", "run": str(order.event.run), "phase": "waiting", "undoes": undoes}
    )
    end = yield from _results(engine, order, limit)
    undone = yield from undo_all(engine, order.memories, RunHead.of(order.event, end))
    judged = yield from judge_end(engine, order, end)
    report = AftermathReport(
        key=order.key,
        run=str(order.event.run),
        configuration=str(order.event.configuration),
        ended=how_it_ended(end, ours=order.ours),
        event_status=order.event.status,
        status=end.status,
        message=end.message,
        results=end.results,
        finished_at=engine.now,
        problem=end.problem if end.settled else end.problem or _unsettled(order),
        checks=judged.checks,
        findings=judged.findings,
        warnings=judged.warnings,
        undone=undone,
        actions=judged.actions,
    )
    engine.status(
        {
            "kind": "aftermath",
            "run": report.run,
            "phase": "finished",
            "undoes": undoes,
            "ending": report.ended,
            "headline": shorten(report.headline, 400),
        }
    )
    task = engine.activity("announce", wire.dump(report))
    yield from within(engine, task, engine.now + _ASKING)
    yield from _tell(engine, order, report, judged.notices)
    return wire.dump(report)


def _tell(
    engine: Engine, order: AftermathOrder, report: AftermathReport, notices: dict[str, Any] | None
) -> Story[None]:
    """People hear how the run ended, and that what was done for it is put back."""
    notifying = Notifying(engine, RunHead.of(order.event), notices)
    machines = sum(result.machines for result in report.results)
    notifying.tell("finished", report.headline, because=report.findings, machines=machines)
    if report.undone:
        notifying.tell("undone", f"what was done for the run is put back{not_undone(report)}")
    yield from notifying.finish()


def _results(engine: Engine, order: AftermathOrder, limit: datetime) -> Story[RunEnd]:
    end = RunEnd(settled=False, status="", message="", problem="Resource Graph was never reached")
    pause = _FIRST_PAUSE
    while True:
        # Without an answer, what it said before.
        end = (yield from standing(engine, order.event.run, order.event.subscriptions)) or end
        at = min(engine.now + pause, limit)
        if end.settled or engine.now >= limit:
            return end
        yield engine.any((engine.timer(at),))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _unsettled(order: AftermathOrder) -> str:
    return f"no final results after {order.give_up_after / 60:g} minutes"
