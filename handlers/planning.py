"""The plan of a gate: the event, the rules for it, and the times that follow from both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.model import MaintenanceEvent, PreMaintenanceEvent
from core.policy import Policy
from core.timeline import Timeline, plan

__all__ = ["GatePlan", "timeline_of", "touches"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePlan:
    """What a gate goes by. `key` is that of its story."""

    key: str
    event: PreMaintenanceEvent
    policy: Policy
    timeline: Timeline

    @property
    def touches(self) -> bool:
        """Machines may be acted upon: never in observe mode, nor in a drill."""
        return touches(self.policy, self.event)

    @property
    def act_by(self) -> datetime:
        """Until when actions may take their time: the last third is for the checks."""
        times = self.timeline
        return times.check_by - max(timedelta(), times.check_by - times.planned_at) / 3

    @classmethod
    def of(cls, key: str, event: PreMaintenanceEvent, policy: Policy, now: datetime) -> GatePlan:
        """Plan from now on."""
        timeline = timeline_of(event, policy, now)
        return cls(key=key, event=event, policy=policy, timeline=timeline)

    def under(self, policy: Policy, now: datetime) -> GatePlan:
        """The same, planned at the same moment, under other rules.

        If those leave no time to find machines, though they do to ask checks, both share the rest.
        """
        timeline = timeline_of(self.event, policy, self.timeline.planned_at)
        if timeline.find_by <= now < timeline.check_by:
            timeline = replace(timeline, find_by=now + (timeline.check_by - now) / 2)
        return replace(self, policy=policy, timeline=timeline)


def touches(policy: Policy, event: MaintenanceEvent) -> bool:
    """Whether anything may be done for that run, before it or after."""
    return policy.mode == "enforce" and not event.run.is_drill


def timeline_of(event: PreMaintenanceEvent, policy: Policy, now: datetime) -> Timeline:
    """The times of the event's run from now on, with the reserve that the policy keeps."""
    return plan(
        start=event.start,
        cancellation_cut_off=event.cancellation_cut_off,
        now=now,
        reserve=timedelta(seconds=policy.reserve),
    )
