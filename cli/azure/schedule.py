"""When a maintenance configuration's window opens: its next occurrences, in UTC.

Its start and its end are times on the wall in a zone with a Windows name, "adjusted to daylight
savings according to that time zone":
https://learn.microsoft.com/rest/api/maintenance/maintenance-configurations/get#maintenanceconfiguration
The names are mapped by CLDR's table, as `icalendar` keeps it. What happens to a window in an
hour that a clock change skips or repeats is published nowhere: it is read as RFC 5545 reads it,
and the occurrence says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from cli.azure.recurrence import BadSchedule, Recurrence
from core.errors import shorten

__all__ = ["BadSchedule", "Occurrence", "Window", "occurrences", "window_from", "zone_of"]

_DAY = timedelta(days=1)
_LENGTH = re.compile(r"(\d{1,3}):([0-5]\d)(:00)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window of a maintenance configuration. Its times are on the wall, without a zone."""

    start: datetime
    zone: ZoneInfo
    zone_name: str  # as Azure calls it
    recur_every: str | None = None  # None: once
    duration: timedelta | None = None  # None: not told, then the service has one of its own
    expires: datetime | None = None

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is published nowhere about this rule: the service may count otherwise."""
        if self.recur_every is None:
            return ("no recurEvery is told: taken to open once",)
        return Recurrence.parse(self.recur_every).doubts(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The window, once. `end` is None if the configuration tells no duration."""

    start: datetime  # UTC
    end: datetime | None  # UTC
    local: datetime  # the start in the configuration's zone
    doubt: str = ""  # why the service may open it at another time


def window_from(told: Mapping[str, object]) -> Window:
    """The `maintenanceWindow` of a maintenance configuration, as Azure Resource Manager shows it.

    Raises `BadSchedule`, with the field that is not understood.
    """
    start = _moment(told, "startDateTime")
    if start is None or not 1900 <= start.year <= 9000:
        raise BadSchedule("the maintenance window has no startDateTime that is one")
    zone_name = _text(told, "timeZone") or "UTC"
    recur_every = _text(told, "recurEvery")
    if recur_every is not None:
        Recurrence.parse(recur_every)
    return Window(
        start=start,
        zone=zone_of(zone_name),
        zone_name=zone_name,
        recur_every=recur_every,
        duration=_length(_text(told, "duration")),
        expires=_moment(told, "expirationDateTime"),
    )


def occurrences(window: Window, after: datetime, count: int) -> tuple[Occurrence, ...]:
    """The next `count` occurrences that start later than `after`; fewer if it expires before."""
    return tuple(islice(_occurrences(window, after), count))


def _occurrences(window: Window, after: datetime) -> Iterator[Occurrence]:
    # A day earlier on the wall, since clocks may go back.
    since = max(window.start, after.astimezone(window.zone).replace(tzinfo=None) - _DAY)
    for opening in _openings(window, since):
        if window.expires is not None and opening > window.expires:
            return
        occurrence = _occurrence(window, opening)
        if occurrence.start > after:
            yield occurrence


def _openings(window: Window, since: datetime) -> Iterator[datetime]:
    if window.recur_every is not None:
        return Recurrence.parse(window.recur_every).after(window.start, since)
    return iter([window.start] if window.start >= since else [])


def _occurrence(window: Window, opening: datetime) -> Occurrence:
    """Of a time that comes twice the first; one that is skipped as if the clock had not moved."""
    local = opening.replace(tzinfo=window.zone, fold=0)
    start = local.astimezone(UTC)
    seen = start.astimezone(window.zone)
    doubt = ""
    if seen.replace(tzinfo=None) != opening:
        doubt = f"{opening:%H:%M} is skipped by the clock change: taken to be {seen:%H:%M}"
    elif local.utcoffset() != local.replace(fold=1).utcoffset():
        doubt = f"{opening:%H:%M} comes twice by the clock change: taken to be the first"
    end = None if window.duration is None else start + window.duration
    return Occurrence(start=start, end=end, local=seen, doubt=doubt)


def _text(told: Mapping[str, object], key: str) -> str | None:
    value = told.get(key)
    if value is not None and not isinstance(value, str):
        raise BadSchedule(f"{key} of the maintenance window is not a text: {shorten(value)}")
    return value or None


def _moment(told: Mapping[str, object], key: str) -> datetime | None:
    """`2025-04-30 08:00`, with seconds or without; None if it is not told."""
    text = _text(told, key)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise BadSchedule(f"{key} is not of the form YYYY-MM-DD hh:mm: {shorten(text)}")
    return moment


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise BadSchedule(f"duration is not of the form HH:mm: {shorten(text)}")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def zone_of(name: str) -> ZoneInfo:
    """The zone that Windows calls so, in any letter case. Raises `BadSchedule`."""
    key = _zones().get(name.strip().lower())
    if key is None:
        raise BadSchedule(f"timeZone is none of Windows' time zones: {shorten(name)}")
    return ZoneInfo(key)


@cache
def _zones() -> dict[str, str]:
    """Names of IANA by lower-cased names of Windows."""
    from icalendar.timezone.windows_to_olson import (  # noqa: PLC0415 - heavy: a whole calendar
        WINDOWS_TO_OLSON,
    )

    return {windows.lower(): olson for windows, olson in WINDOWS_TO_OLSON.items()}
