"""When the orchestration engine takes no story: the trigger itself keeps the run from starting.

Event Grid delivers a failed event again, but ever later, and says so in advance: a delivery that
fails twenty minutes before the start is repeated after it. So the last delivery that comes before
`check_by` has to act, and the published schedule tells which one that is.
Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import accumulate

from core import wire
from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.report import Cancellation
from core.timeline import Timeline, plan
from handlers.orders import CancelRequest
from handlers.services import Services

__all__ = ["cancel_by_ourselves", "must_act_now"]

_log = logging.getLogger("patchgate")

_WAITS = (10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200)  # seconds after each failure
_EARLIEST = tuple(accumulate(_WAITS, initial=0))  # when each delivery can be there, at the earliest
_ANSWER = 30  # seconds that Event Grid may wait for our answer, before it counts as a failure
# Event Grid takes our answer for 30 seconds: two rounds of the cancel call fit, and the next
# delivery goes on if they did not do.
_BUDGET = timedelta(seconds=25)
_BECAUSE = "its gate could not be started, and no later delivery would come in time"


def must_act_now(event: PreMaintenanceEvent, policy: Policy, now: datetime) -> bool:
    """No later delivery of this event can be relied upon to come before `check_by`."""
    timeline = _timeline(event, policy, now)
    if timeline.started or policy.mode == "observe":
        return False
    return _next_delivery(event, now) >= timeline.check_by


def _next_delivery(event: PreMaintenanceEvent, now: datetime) -> datetime:
    """The latest moment at which Event Grid may deliver this event again.

    How many deliveries there were is not told, so this takes as many as may have been by now: the
    later one of them is, the longer is the wait after it.
    """
    elapsed = (now - event.event_time).total_seconds()
    delivery = sum(1 for earliest in _EARLIEST[1:] if earliest <= elapsed)
    wait = _WAITS[min(delivery, len(_WAITS) - 1)]
    return now + timedelta(seconds=_ANSWER + wait)


async def cancel_by_ourselves(
    event: PreMaintenanceEvent, policy: Policy, services: Services
) -> Cancellation:
    """Cancel without a story. What came of it is in the log: CRITICAL, whichever way it went."""
    from handlers.activities import on_own_thread, steps  # noqa: PLC0415 - heavy, and rare

    now = services.clock.now()
    until = min(now + _BUDGET, _timeline(event, policy, now).start)
    request = wire.dump(CancelRequest(run=event.run, until=until, because=_BECAUSE))
    answer = await on_own_thread(steps(services)["cancel_run"], request)
    outcome = wire.load(Cancellation, answer)
    _log.critical(
        "run %s was not judged, because its gate could not be started; cancel call: %s%s",
        event.run,
        outcome.state,
        f" ({outcome.problem})" if outcome.problem else "",
    )
    return outcome


def _timeline(event: PreMaintenanceEvent, policy: Policy, now: datetime) -> Timeline:
    return plan(
        start=event.start,
        cancellation_cut_off=event.cancellation_cut_off,
        now=now,
        reserve=timedelta(seconds=policy.reserve),
    )
