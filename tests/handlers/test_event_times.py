"""The times of an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.events import parse_event
from tests.handlers.event_fields import (
    TIMES,
    event_grid,
    refusal_of,
    with_field,
)


@pytest.mark.parametrize("digits", range(10))
@pytest.mark.parametrize("zone", ["Z", "z", "+00:00", "-00:00"])
def test_times_have_none_to_nine_digits_of_a_second(digits: int, zone: str) -> None:
    """Azure writes seven; Python keeps six."""
    fraction = "." + "123456789"[:digits] if digits else ""
    event = parse_event(event_grid(StartDateTime=f"2026-11-28T03:00:00{fraction}{zone}"))
    assert event.start.microsecond == int("123456789"[:digits].ljust(6, "0")[:6])
    assert event.start.replace(microsecond=0) == datetime(2026, 11, 28, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2026-11-28T04:00:00+01:00", 3, 0),
        ("2026-11-28T08:30:00+05:30", 3, 0),
        ("2026-11-27T19:15:00.5-08:00", 3, 15),
        ("2026-11-28t03:00:00z", 3, 0),
    ],
)
def test_times_come_out_in_utc(text: str, hour: int, minute: int) -> None:
    """Whatever their offset."""
    start = parse_event(event_grid(StartDateTime=text)).start
    assert (start.day, start.hour, start.minute) == (28, hour, minute)
    assert start.utcoffset() == timedelta()


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "2026-02-30T03:00:00Z",
        "2026-11-28T25:00:00Z",
        "2026-11-28T03:00:60Z",
        "2026-11-28T03:00:00+99:99",
        "2026-11-28T03:00:00",
        "2026-11-28 03:00:00Z",
        "2026-11-28",
        "2026-11-28T03:00:00.1234567890Z",
        "2026-11-28T03:00:00Z\n",
        "\uff12\uff10\uff12\uff16-11-28T03:00:00Z",
        "2026-11-28T03:00:00.12345\uff167Z",
        "20261128T030000Z",
        "tomorrow",
        1795834800,
        None,
        ["2026-11-28T03:00:00Z"],
        {},
        True,
    ],
)
def test_what_is_no_time_is_named(name: str, value: Any) -> None:
    """Local times, impossible ones, the ends of the calendar, other types."""
    error = refusal_of(with_field(name, value))
    assert error.field in (name, "time")  # without eventTime, it is the time of a CloudEvent
    if value is not None and name != "eventTime":
        assert str(value)[:20].rstrip("\n") in error.value


@pytest.mark.parametrize("end", ["2026-11-28T03:00:00Z", "2026-11-27T05:00:00Z"])
def test_a_run_that_ends_before_it_starts_is_refused(end: str) -> None:
    """Or at the same moment."""
    error = refusal_of(event_grid(EndDateTime=end))
    assert (error.field, error.value) == ("EndDateTime", end)


def test_a_run_of_the_past_is_an_event_all_the_same() -> None:
    """Whether it is too late is the timeline's to say."""
    event = parse_event(
        event_grid(StartDateTime="2020-01-01T00:00:00Z", EndDateTime="2020-01-01T01:00:00Z")
    )
    assert event.start.year == 2020
