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

from core import wire
from core.clock import seconds_between
from core.errors import CannotStart, shorten
from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.report import Cancellation
from handlers.orders import CancelRequest
from handlers.planning import timeline_of
from handlers.services import Services

__all__ = ["start_or_cancel"]

_log = logging.getLogger("patchgate")

T = TypeVar("T")

_EVERY = timedelta(seconds=15)  # between attempts to start the story
_ROUND = timedelta(seconds=60)  # one round of the cancel call
_PAUSE = timedelta(seconds=5)  # after a round that could not even be made


async def start_or_cancel(
    start: Callable[[], Awaitable[T]],
    event: PreMaintenanceEvent,
    policy: Policy,
    services: Services,
) -> T | Cancellation:
    """What `start` answers, or the confirmed cancellation of a run that nothing judges.

    Raises the last `CannotStart` when the run could be neither judged nor cancelled; at once if it
    has started, and in observe mode, where no run is ever touched.
    """
    while True:
        try:
            return await start()
        except CannotStart as error:
            timeline = timeline_of(event, policy, services.clock.now())
            if timeline.started or policy.mode == "observe":
                raise
            if timeline.planned_at >= timeline.check_by:
                return await _cancel(error, event, services)
            _log.error("%s; trying again until %s", error, timeline.check_by.isoformat())
            await _wait(services, min(timeline.planned_at + _EVERY, timeline.check_by))


async def _cancel(
    reason: CannotStart, event: PreMaintenanceEvent, services: Services
) -> Cancellation:
    """Cancel without a story, until that is confirmed or the run has started."""
    _log.critical("run %s is not judged: %s; it is cancelled instead", event.run, reason)
    while (now := services.clock.now()) < event.start:
        until = min(now + _ROUND, event.start)
        request = CancelRequest(run=event.run, until=until, because=f"nothing judges it ({reason})")
        try:
            outcome = await _round(request, services)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round may do
            _log.critical("a cancel round failed: %s", shorten(str(error), 300))
            await _wait(services, min(now + _PAUSE, event.start))
            continue
        if outcome.confirmed:
            return outcome
    _log.critical("CANCEL NOT CONFIRMED, machines may be patched: run %s", event.run)
    raise reason


async def _round(request: CancelRequest, services: Services) -> Cancellation:
    from handlers.activities import on_own_thread, steps  # noqa: PLC0415 - heavy, and rare

    answer = await on_own_thread(steps(services)["cancel_run"], wire.dump(request))
    return wire.load(Cancellation, answer)


async def _wait(services: Services, until: datetime) -> None:
    from handlers.activities import on_own_thread  # noqa: PLC0415

    clock = services.clock
    await on_own_thread(clock.sleep, seconds_between(clock.now(), until))
