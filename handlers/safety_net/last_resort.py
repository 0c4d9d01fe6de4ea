"""When the orchestration engine takes no story: the trigger itself keeps the run from starting.

Event Grid delivers a failed event again, but ever later, and it may skip a delivery: one that fails
twenty minutes before the start may be repeated after it. The host, though, lets a function go on
that Event Grid no longer waits for. So whoever has the event holds on to it: tries to start the
story until `check_by`, and then cancels the run until that is confirmed or the run has started.
Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from core.clock import seconds_between
from core.errors import CannotStart
from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.report import Cancellation
from handlers.engines import Starter
from handlers.own_thread import on_own_thread
from handlers.planning import timeline_of
from handlers.safety_net.rescue import Rescue
from handlers.services import Services

__all__ = ["start_or_cancel"]

_log = logging.getLogger("patchgate")

T = TypeVar("T")

_EVERY = timedelta(seconds=15)  # between attempts to start the story
_ROUND = timedelta(seconds=60)  # one round of the cancel call
_PAUSE = timedelta(seconds=5)  # after a round that sent nothing


async def start_or_cancel(
    start: Callable[[], Awaitable[T]],
    event: PreMaintenanceEvent,
    policy: Policy,
    *,
    starter: Starter,
    services: Services,
) -> T | Cancellation:
    """What `start` answers, or the confirmed cancellation of a run that nothing judges.

    Raises the last `CannotStart` when the run could be neither judged nor cancelled; at once if it
    has started, and in observe mode, where no run is ever touched; and in place of a cancel for a
    drill, whose run does not exist.
    """
    while True:
        try:
            return await start()
        except CannotStart as error:
            timeline = timeline_of(event, policy, services.clock.now())
            if timeline.started or policy.mode == "observe":
                raise
            if timeline.planned_at >= timeline.check_by:
                if event.run.is_drill:
                    _log.error("drill %s is not judged; a run would be cancelled", event.run)
                    raise
                return await _cancel(error, event, starter, services)
            _log.error("%s; trying again until %s", error, timeline.check_by.isoformat())
            await _wait(services, min(timeline.planned_at + _EVERY, timeline.check_by))


async def _cancel(
    reason: CannotStart, event: PreMaintenanceEvent, starter: Starter, services: Services
) -> Cancellation:
    """Cancel without a story, until that is confirmed or the run has started."""
    _log.critical("run %s is not judged: %s; it is cancelled instead", event.run, reason)
    rescue = Rescue(run=event.run, by="trigger", because=f"nothing judges it ({reason})")
    outcome = Cancellation(confirmed=False, state="not confirmed", problem="nothing was sent")
    while (now := services.clock.now()) < event.start:
        outcome = await rescue.round(min(now + _ROUND, event.start), services)
        if outcome.confirmed:
            break
        if not outcome.calls:
            await _wait(services, min(now + _PAUSE, event.start))
    await rescue.keep(outcome, starter, services)
    if not outcome.confirmed:
        raise reason
    return outcome


async def _wait(services: Services, until: datetime) -> None:
    clock = services.clock
    await on_own_thread(clock.sleep, seconds_between(clock.now(), until))
