"""How often a maintenance window comes back: `recurEvery`, read into a rule of RFC 5545.

Published are the daily, weekly and monthly forms:
https://learn.microsoft.com/rest/api/maintenance/maintenance-configurations/get#maintenanceconfiguration
That schedules may be hourly as well says
https://learn.microsoft.com/azure/update-manager/scheduled-patching; the form is taken to be alike.
That `day-1` is the last day of a month is known from the field only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, TypeAlias

from dateutil.rrule import DAILY, HOURLY, MONTHLY, WEEKLY, rrule, weekday
from dateutil.rrule import weekdays as day_of

from core.errors import PatchgateError, shorten

__all__ = ["BadSchedule", "Recurrence"]

Frequency: TypeAlias = Literal[1, 2, 3, 4]  # of dateutil.rrule, from months to hours

_LOOSE = re.ASCII | re.IGNORECASE
_FORM = re.compile(r"\s*(\d{0,3})\s*(hour|day|week|month)s?(?:\s+(\S.*?))?\s*", _LOOSE)
_FREQUENCIES: dict[str, Frequency] = {
    "hour": HOURLY,
    "day": DAILY,
    "week": WEEKLY,
    "month": MONTHLY,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_MONTH_DAY = re.compile(r"day\s*(-1|[1-9]|[12]\d|3[01])", _LOOSE)
_MONTH_WEEK = re.compile(r"(\w+)\s+(\w+)(?:\s+offset\s*([+-]?[0-6]))?", _LOOSE)
_FURTHEST = 100  # years: no rule that ever comes back stays away for longer


class BadSchedule(PatchgateError):
    """A window of a maintenance configuration that is not of a form that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One rule, in days of the calendar and the clock on the wall."""

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    offset: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> Recurrence:
        """`Day`, `3Weeks`, `Month Third Sunday Offset6`, … in any letter case.

        Raises `BadSchedule`, with what is not understood.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            _unknown(text)
        interval = int(form[1] or 1)
        unit, which = form[2].lower(), form[3]
        if interval == 0 or (which and unit in {"hour", "day"}):
            _unknown(text)
        told: dict[str, Any] = {}
        if which and unit == "week":
            told = {"weekdays": tuple(_weekday(name, text) for name in which.split(","))}
        elif which:
            told = _in_month(which, text)
        return cls(frequency=_FREQUENCIES[unit], interval=interval, **told)

    def after(self, first: datetime, moment: datetime) -> Iterator[datetime]:
        """When the window opens from `moment` on, if it opens for the first time at `first`.

        All three are times on the wall, without a zone. A month without such a day is left out.
        """
        rule = rrule(
            self.frequency,
            dtstart=first - self.offset,
            interval=self.interval,
            wkst=day_of[0],
            byweekday=self.weekdays or None,
            bymonthday=self.month_days or None,
            until=moment.replace(year=min(moment.year + _FURTHEST, 9998), day=1),
        )
        for opening in rule.xafter(moment - self.offset, inc=True):
            yield opening + self.offset

    def doubts(self, first: datetime) -> tuple[str, ...]:
        """What is published nowhere, and may make the service count otherwise."""
        return tuple(self._doubts(first))

    def _doubts(self, first: datetime) -> Iterator[str]:
        if self.frequency == HOURLY:
            yield "how hourly windows are written and counted is not published"
        if self.interval > 1 and len(self.weekdays) > 1 and day_of[6] in self.weekdays:
            yield "on which day a week begins is not published: taken to be Monday"
        latest = max(self.month_days, default=first.day)
        if self.frequency == MONTHLY and not self.weekdays and latest > 28:
            yield f"what happens in a month without a day {latest} is not published: left out"
        if -1 in self.month_days:
            yield "that day-1 is a month's last day is not published"
        if self.interval > 1 and next(self.after(first, first), None) != first:
            yield "the first day is none of the rule's: counted from it all the same"


def _in_month(which: str, text: str) -> dict[str, Any]:
    """Days of a month, or one weekday in one week of it, moved by some days."""
    days = [_MONTH_DAY.fullmatch(part.strip()) for part in which.split(",")]
    if all(days):
        return {"month_days": tuple(int(day[1]) for day in days if day)}
    week = _MONTH_WEEK.fullmatch(which)
    if week is None or week[1].lower() not in _WEEKS:
        _unknown(text)
    nth = _weekday(week[2], text)(_WEEKS[week[1].lower()])
    return {"weekdays": (nth,), "offset": timedelta(days=int(week[3] or 0))}


def _weekday(name: str, text: str) -> weekday:
    if name.strip().lower() not in _WEEKDAYS:
        _unknown(text)
    return day_of[_WEEKDAYS.index(name.strip().lower())]


def _unknown(text: str) -> NoReturn:
    raise BadSchedule(
        f"recurEvery {shorten(text)!r} is none of the published forms, "
        "such as Day, 2Weeks Saturday,Sunday, Month day15 or Month Second Tuesday Offset4"
    )
