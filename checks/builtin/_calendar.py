"""Read iCalendar (RFC 5545): what stands in a calendar in a span of time, or that nobody can tell.

The library forgives much: it drops what it cannot read, and takes a time of an unknown zone for a
local one. Here each of that is a `CannotTell`, which never repeats what stands in the file: it may
not be a calendar at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from checks import CannotTell

__all__ = ["Event", "events_between", "newest", "parse"]

_LOCAL = timedelta(days=2)  # more than any zone differs from UTC
_DATES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_ONCE = ("DTSTART", "DTEND", "DURATION", "STATUS", "RECURRENCE-ID")
# Some rules have no end of occurrences between then and now.
_RULES = {"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_FOR_EVER = date(9999, 12, 30)  # the day after it has no UTC in every zone
_A_DAY = 96  # times that an event may be repeated: all that there were are counted through


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One occurrence, from `start` to before `end`, in UTC. `status` is RFC 5545's, or empty."""

    summary: str
    start: datetime
    end: datetime
    status: str = ""

    def touches(self, start: datetime, end: datetime) -> bool:
        """It has a moment in common with that span, which does not include its own end."""
        return self.start < end and (start < self.end or start <= self.start)


def parse(data: bytes) -> Sequence[Any]:
    """The calendars in a file. Raises `CannotTell` unless every part of it can be read."""
    from icalendar import Calendar  # noqa: PLC0415

    try:
        text = data.decode("utf-8-sig")
        calendars = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # the library's own, and Python's: whatever a file may hold
        raise CannotTell(f"it is no iCalendar: {type(error).__name__}") from error
    lines = [line.rstrip().upper() for line in text.split("\n")]
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise CannotTell("it is no iCalendar: it has no whole VCALENDAR")
    # What is cut off is missing from what the library gives.
    for name in ("VCALENDAR", "VEVENT"):
        whole = sum(len(calendar.walk(name)) for calendar in calendars)
        if not lines.count(f"BEGIN:{name}") == lines.count(f"END:{name}") == whole:
            raise CannotTell(f"it is no iCalendar: a {name} has no end")
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            try:
                _whole(event)
            except CannotTell:
                raise
            except Exception as error:  # a length where a time should be, the end of the calendar
                raise CannotTell(f"an event cannot be read: {type(error).__name__}") from error
        _apart(calendar.walk("VEVENT"))
    return calendars


def events_between(
    calendars: Sequence[Any], start: datetime, end: datetime, zone: tzinfo
) -> Sequence[Event]:
    """What touches that span, cancelled or not, by its start.

    Whole days, and times that name no zone, are those of `zone`. Raises `CannotTell`.
    """
    import recurring_ical_events  # type: ignore[import-untyped]  # noqa: PLC0415

    found: list[Event] = []
    try:
        for calendar in calendars:
            query = recurring_ical_events.of(calendar)
            occurrences = query.between(start - _LOCAL, end + _LOCAL)
            found.extend(_event(occurrence, zone) for occurrence in occurrences)
    except Exception as error:  # of both libraries, of dateutil and of zoneinfo
        why = f"its events cannot be computed: {type(error).__name__}"
        raise CannotTell(why) from error
    return sorted((e for e in found if e.touches(start, end)), key=lambda e: (e.start, e.end))


def newest(calendars: Sequence[Any]) -> datetime | None:
    """When an event was last changed or written out, as far as the calendars say."""
    stamps = [
        stamp.dt
        for calendar in calendars
        for event in calendar.walk("VEVENT")
        for name in ("DTSTAMP", "LAST-MODIFIED")
        for stamp in _several(event.get(name))
    ]
    return max((s for s in stamps if isinstance(s, datetime) and s.tzinfo), default=None)


def _whole(event: Any) -> None:
    """Hold one event, before its occurrences are computed. Raises `CannotTell`."""
    if event.errors:
        raise CannotTell(f"an event has a {event.errors[0][0]} that cannot be read")
    if "DTSTART" not in event:
        raise CannotTell("an event has no DTSTART")
    if "EXRULE" in event:
        raise CannotTell("an event has an EXRULE, which the standard has given up")
    for name in _ONCE:
        if isinstance(event.get(name), list):
            raise CannotTell(f"an event has more than one {name}")
    for name, dated in _dated(event):
        named = "TZID" in dated.params
        if named and any(isinstance(m, datetime) and m.tzinfo is None for m in _moments(dated)):
            raise CannotTell(f"an event has a {name} in a time zone that nobody knows")
    _forward(event)
    _same_kind(event)
    for rule in _several(event.get("RRULE")):
        _computable(rule)
        _inclusive(rule, event["DTSTART"].dt)


def _forward(event: Any) -> None:
    """See that it ends after its beginning: the library would turn it round, or lose a day."""
    if "DTEND" in event and "DURATION" in event:
        raise CannotTell("an event has a DTEND and a DURATION")
    start = event["DTSTART"].dt
    if "DURATION" in event:
        length = event["DURATION"].dt
    elif "DTEND" in event:
        length = _length(start, event["DTEND"].dt)
    else:
        return
    least = timedelta(0) if isinstance(start, datetime) else timedelta.resolution
    if length < least:
        raise CannotTell("an event does not end after its beginning")


def _length(start: date | datetime, end: date | datetime) -> timedelta:
    """By the clock on the wall, if they share one: in the hour that it skips, UTC runs back."""
    zones = [each.tzinfo if isinstance(each, datetime) else None for each in (start, end)]
    if zones[0] == zones[1]:
        start, end = (
            each.replace(tzinfo=None) if isinstance(each, datetime) else each
            for each in (start, end)
        )
    return _moment(end, UTC) - _moment(start, UTC)


def _same_kind(event: Any) -> None:
    """See that a time is not repeated on a day, of which the library would make its midnight."""
    timed = isinstance(event["DTSTART"].dt, datetime)
    for dated in _several(event.get("RDATE")):
        if any(isinstance(moment, datetime) is not timed for moment in _moments(dated)):
            raise CannotTell("an event has a DTSTART and a RDATE of different kinds")


def _computable(rule: Any) -> None:
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    interval = (rule.get("INTERVAL") or [1])[0]
    times = 24 if frequency == "HOURLY" else max(1, len(_several(rule.get("BYHOUR"))))
    for name in ("BYMINUTE", "BYSECOND"):
        times *= max(1, len(_several(rule.get(name))))
    legal = frequency in _RULES and isinstance(interval, int) and interval >= 1
    if not legal or times > _A_DAY:
        raise CannotTell("an event is repeated by a rule that cannot be computed")


def _inclusive(rule: Any, start: date | datetime) -> None:
    """A rule until a day includes that day: the library would end it with the day's beginning."""
    for until in _several(rule.get("UNTIL")):
        if isinstance(start, datetime) and not isinstance(until, datetime):
            day, end = min(until, _FOR_EVER), time.max.replace(microsecond=0)
            last = datetime.combine(day, end, start.tzinfo)
            rule["UNTIL"] = [last if start.tzinfo is None else last.astimezone(UTC)]


def _apart(events: Sequence[Any]) -> None:
    """See that no event goes by another one's UID: of two, the library would keep only one."""
    known: dict[tuple[str, str], bytes] = {}
    for number, event in enumerate(events):
        if "UID" not in event:
            event.add("UID", f"patchgate-{number}")
        occurrence = event["RECURRENCE-ID"].to_ical().decode() if "RECURRENCE-ID" in event else ""
        written = event.to_ical()
        if known.setdefault((str(event["UID"]), occurrence), written) != written:
            raise CannotTell("two events have the same UID")


def _dated(event: Any) -> Iterator[tuple[str, Any]]:
    for name in _DATES:
        for dated in _several(event.get(name)):
            yield name, dated


def _moments(dated: Any) -> list[Any]:
    """Its times; of a period, when it begins."""
    moments = [each.dt for each in dated.dts] if hasattr(dated, "dts") else [dated.dt]
    return [moment[0] if isinstance(moment, tuple) else moment for moment in moments]


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _event(occurrence: Any, zone: tzinfo) -> Event:
    start, end = (_moment(each, zone) for each in (occurrence.start, occurrence.end))
    return Event(
        summary=str(occurrence.get("SUMMARY") or "without a name"),
        start=min(start, end),  # which may change places in the hour that clocks skip
        end=max(start, end),
        status=str(occurrence.get("STATUS") or "").strip().upper(),
    )


def _moment(value: date | datetime, zone: tzinfo) -> datetime:
    """In UTC, where times compare as they follow each other, also when clocks go back."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
