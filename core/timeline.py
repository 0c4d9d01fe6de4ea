"""When a run can still be cancelled, and what may spend the time until then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["FROZEN", "LATEST_CANCEL", "SKEW", "Timeline", "plan"]

# T-40: the run's machines are frozen, its pre event may come, its cancel is honoured.
# T-10: "latest time to call the cancelation API", whatever the event's own cut-off says.
# Source: https://learn.microsoft.com/azure/update-manager/pre-post-events-schedule-maintenance-configuration
FROZEN = timedelta(minutes=40)
LATEST_CANCEL = timedelta(minutes=10)

# Our clock and Azure's differ a little: the cancel call aims this much before the cut-off.
SKEW = timedelta(seconds=30)

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The moments of one run, all in UTC.

    `find_by ≤ check_by ≤ cancel_by ≤ cut_off` always; none lies before `planned_at` unless it was
    already past the cut-off then, and all of them are the cut-off.
    """

    planned_at: datetime
    frozen_at: datetime
    find_by: datetime
    check_by: datetime
    cancel_by: datetime
    cut_off: datetime
    start: datetime

    @property
    def late(self) -> bool:
        """The cut-off had passed when this was planned: no step has any time."""
        return self.planned_at > self.cut_off

    @property
    def started(self) -> bool:
        """The run had begun when this was planned: nothing can stop it any more."""
        return self.planned_at >= self.start

    @property
    def early(self) -> bool:
        """Planned before the run was frozen: its machines may still change."""
        return self.planned_at < self.frozen_at


def plan(
    *, start: datetime, cancellation_cut_off: datetime, now: datetime, reserve: timedelta
) -> Timeline:
    """Divide the time that is left, working backwards from the cut-off.

    Pure and total: any aware datetimes and any reserve give a timeline (a negative reserve counts
    as none, and what lies beyond the calendar as its end). The `reserve` is the cancel call's own:
    checks must have answered before it begins. Finding the machines gets at most half of what
    remains before that.
    """
    start, now = _utc(start), _utc(now)
    cut_off = min(_utc(cancellation_cut_off), _before(start, LATEST_CANCEL))
    # `now` for everything that follows: once the cut-off is past, every moment falls on it.
    base = min(now, cut_off)
    cancel_by = max(base, _before(cut_off, SKEW))
    check_by = max(base, _before(cancel_by, max(reserve, timedelta())))
    return Timeline(
        planned_at=now,
        frozen_at=_before(start, FROZEN),
        find_by=base + (check_by - base) / 2,
        check_by=check_by,
        cancel_by=cancel_by,
        cut_off=cut_off,
        start=start,
    )


def _utc(moment: datetime) -> datetime:
    """The moment in UTC: what a local zone calls an hour earlier need not be one."""
    return min(max(moment, _FIRST), _LAST).astimezone(UTC)


def _before(moment: datetime, by: timedelta) -> datetime:
    """So much earlier, stopping at the calendar's beginning instead of raising."""
    return _FIRST if moment - _FIRST < by else moment - by
