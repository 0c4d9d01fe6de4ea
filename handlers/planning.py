"""The timeline of an event under a policy: the one place where the two meet."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.timeline import Timeline, plan

__all__ = ["timeline_of"]


def timeline_of(event: PreMaintenanceEvent, policy: Policy, now: datetime) -> Timeline:
    """Plan the event's run from now on, with the reserve that the policy keeps."""
    return plan(
        start=event.start,
        cancellation_cut_off=event.cancellation_cut_off,
        now=now,
        reserve=timedelta(seconds=policy.reserve),
    )
