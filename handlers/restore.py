"""THE STORY of putting back: what was changed before a run, should its post event never come.

One is started before each change, which it is told of, and then sleeps. Soon after the start of
the run it looks whether the run was cancelled by anybody, which may bring no post event at all; and
once the window has ended, and some time of grace has passed, it puts everything back that nobody
else has. The first does that for all changes that the gate reports; a gate that never comes to
report any leaves to each story its own.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from cancel_client.answers import says_cancelled
from core import wire
from core.errors import ActivityFailed, shorten
from core.ids import RunId
from core.report import RestoreReport
from handlers.engines import Engine, Json, Story
from handlers.keys import key_of
from handlers.notifying import Notifying
from handlers.orders import Recalled, RecallRequest, RestoreOrder
from handlers.standing import standing
from handlers.undoing import undo_all
from handlers.waiting import within

__all__ = ["restore"]

_STEP = timedelta(seconds=60)
_AGAIN = timedelta(minutes=5)  # between tries to recall
_TRIES = 12
_OTHERS = {
    "gate": "the gate has put it back itself",
    "aftermath": "the post event came, and its story puts back",
}


def restore(engine: Engine, order_json: Json) -> Story[Json]:
    """Wait, look, and put back if it is still to be done; the report is a `RestoreReport`."""
    order = wire.load(RestoreOrder, order_json)
    _show(engine, order, "waiting")
    yield engine.any((engine.timer(order.look_at),))
    recalled = yield from _recalled(engine, order)
    because = "the run was cancelled"
    # What a post event's story is at may still fail.
    at_it = recalled.by == "aftermath"
    if at_it or not (_settled(recalled) or (yield from _was_cancelled(engine, order))):
        yield engine.any((engine.timer(order.give_back_at),))
        recalled = yield from _recalled(engine, order)
        because = f"no post event had come by {order.give_back_at:%H:%M} UTC"
        if recalled.post_event:
            because = "the story of its post event has not put it back"
    report = yield from _put_back(engine, order, recalled, because)
    _show(engine, order, "finished", report)
    if order.part == 1 or report.undone or report.problem:
        task = engine.activity("announce", wire.dump(report))
        yield from within(engine, task, engine.now + _STEP)
    if report.undone or report.problem:
        notifying = Notifying(engine, order.run, order.notices)
        notifying.tell("undone", report.headline)
        yield from notifying.finish()
    return wire.dump(report)


def _settled(recalled: Recalled) -> bool:
    """There is nothing to wait for."""
    return recalled.by is not None or not (recalled.memories or recalled.problem)


def _put_back(
    engine: Engine, order: RestoreOrder, recalled: Recalled, because: str
) -> Story[RestoreReport]:
    memories, problem = recalled.memories, recalled.problem
    if problem is not None:
        # Repeating an undo is harmless, and leaving one out is not.
        because, memories = f"{because}; {problem}", order.memories
    elif recalled.by is not None:
        because, memories = _OTHERS[recalled.by], ()
    elif not memories:
        because = "nothing was changed before the run"
    elif order.part > 1:
        because, memories = "the first story of putting back does it", ()
    undone = yield from undo_all(engine, memories, order.run)
    return RestoreReport(
        key=order.key,
        run=order.run.id,
        configuration=order.run.configuration_id,
        because=because,
        finished_at=engine.now,
        undone=undone,
        problem=None if memories else problem,
    )


def _recalled(engine: Engine, order: RestoreOrder) -> Story[Recalled]:
    """What the gate has changed; asked again for a while if nobody can say."""
    run = RunId.parse(order.run.id)
    request = RecallRequest(gate=order.gate, aftermath=key_of("aftermath", run))
    recalled = Recalled(problem="the engine does not say what the gate has changed")
    for _ in range(_TRIES):
        task = engine.activity("recall", wire.dump(request))
        if (yield from within(engine, task, engine.now + _STEP)):
            try:
                recalled = wire.load(Recalled, task.result())
            except (ActivityFailed, ValidationError) as error:
                recalled = Recalled(problem=shorten(str(error), 300))
        if recalled.problem is None or recalled.final:
            return recalled
        yield engine.any((engine.timer(engine.now + _AGAIN),))
    return recalled


def _was_cancelled(engine: Engine, order: RestoreOrder) -> Story[bool]:
    """Azure says so; whatever else it says, or does not, is for the end of the window."""
    end = yield from standing(engine, RunId.parse(order.run.id), order.run.subscriptions)
    return end is not None and says_cancelled(end.status)


def _show(
    engine: Engine, order: RestoreOrder, phase: str, report: RestoreReport | None = None
) -> None:
    engine.status(
        {
            "kind": "restore",
            "run": order.run.id,
            "phase": phase,
            "until": order.give_back_at.isoformat(),
            "ending": report.ending if report else None,
            "headline": shorten(report.headline, 400) if report else None,
        }
    )
