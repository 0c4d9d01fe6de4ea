"""A story asks how its run stands in Resource Graph."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed
from core.ids import RunId
from core.model import RunEnd
from handlers.engines import Engine, Story
from handlers.orders import EndRequest
from handlers.waiting import within

__all__ = ["standing"]

_ASKING = timedelta(seconds=60)


def standing(engine: Engine, run: RunId, subscriptions: tuple[str, ...]) -> Story[RunEnd | None]:
    """What it says now; None if it does not answer."""
    until = engine.now + _ASKING
    request = EndRequest(run=run, subscriptions=subscriptions, until=until)
    task = engine.activity("read_ending", wire.dump(request))
    if not (yield from within(engine, task, until + _ASKING)):
        return None
    try:
        return wire.load(RunEnd, task.result())
    except (ActivityFailed, ValidationError):
        return None
