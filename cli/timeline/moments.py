"""The moments of one run with what each of them means. Pure.

Source of the distances: the published table and steps of
https://learn.microsoft.com/azure/update-manager/pre-post-events-schedule-maintenance-configuration
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from core.timeline import FROZEN, Timeline, plan

__all__ = ["Moment", "moments", "planned"]

_UP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One of them: its name in JSON, when it is, and what it means to people."""

    name: str
    at: datetime
    means: str

    def local(self, zone: tzinfo | None) -> datetime:
        """The same moment in that zone, or in this machine's."""
        return self.at.astimezone(zone)


def planned(
    start: datetime, *, now: datetime, reserve: timedelta, cut_off: datetime | None = None
) -> Timeline:
    """The timeline of a run whose event comes at T-40, the earliest, or is judged from now on."""
    return plan(
        start=start,
        cancellation_cut_off=cut_off or start,
        now=max(now, start - FROZEN),
        reserve=reserve,
    )


def moments(timeline: Timeline, end: datetime | None = None) -> tuple[Moment, ...]:
    """In the order of time; those of the gate are for an event that comes when it was planned."""
    return tuple(sorted(_moments(timeline, end), key=lambda moment: moment.at))


def _moments(line: Timeline, end: datetime | None) -> Iterator[Moment]:
    means = "machines and schedule are frozen; the pre event is sent, and cancelling is honoured"
    yield Moment(name="frozen", at=line.frozen_at, means=means)
    if not line.late:
        means = "the gate has looked for machines, if its event came at once"
        yield Moment(name="find_by", at=line.find_by, means=means)
        yield Moment(
            name="check_by", at=line.check_by, means="whoever has not answered by now is UNKNOWN"
        )
        means = "the cancel call aims to be confirmed by now"
        yield Moment(name="cancel_by", at=line.cancel_by, means=means)
    means = "a machine that is not running by now may not be patched"
    yield Moment(name="machines_up", at=line.start - _UP, means=means)
    yield Moment(name="cut_off", at=line.cut_off, means="the last moment to cancel the run")
    yield Moment(name="start", at=line.start, means="patching starts, unless it was cancelled")
    if end is not None:
        yield Moment(name="end", at=end, means="the window closes")
