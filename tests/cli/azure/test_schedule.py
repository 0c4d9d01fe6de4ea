"""When a maintenance window opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from cli.azure.schedule import BadSchedule, Window, occurrences, window_from

BERLIN = "W. Europe Standard Time"


def window(recur_every: str | None, start: str = "2026-01-01 02:30", **told: str | None) -> Window:
    return window_from(
        {
            "startDateTime": start,
            "duration": "03:00",
            "timeZone": BERLIN,
            "recurEvery": recur_every,
            **told,
        }
    )


def opens(window: Window, after: str = "2026-01-01", count: int = 4) -> list[str]:
    since = datetime.fromisoformat(after).replace(tzinfo=UTC)
    return [f"{one.local:%Y-%m-%d %H:%M}" for one in occurrences(window, since, count)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("Day", ["01-01", "01-02", "01-03", "01-04"]),
        ("1Day", ["01-01", "01-02", "01-03", "01-04"]),
        ("3Days", ["01-01", "01-04", "01-07", "01-10"]),
        ("Week Saturday,Sunday", ["01-03", "01-04", "01-10", "01-11"]),
        ("3Weeks", ["01-01", "01-22", "02-12", "03-05"]),
        ("2Weeks Friday, Monday", ["01-02", "01-12", "01-16", "01-26"]),
        ("Month", ["01-01", "02-01", "03-01", "04-01"]),
        ("2Months", ["01-01", "03-01", "05-01", "07-01"]),
        ("Month day23,day24", ["01-23", "01-24", "02-23", "02-24"]),
        ("Month day-1", ["01-31", "02-28", "03-31", "04-30"]),
        ("Month Last Sunday", ["01-25", "02-22", "03-29", "04-26"]),
        ("Month Fourth Monday", ["01-26", "02-23", "03-23", "04-27"]),
        ("Month Last Sunday Offset-3", ["01-22", "02-19", "03-26", "04-23"]),
        ("Month Third Sunday Offset6", ["01-24", "02-21", "03-21", "04-25"]),
        ("1Month Second Tuesday Offset4", ["01-17", "02-14", "03-14", "04-18"]),
        ("mOnth  first monday offset -2", ["01-03", "01-31", "02-28", "04-04"]),
        ("6Hours", ["01-01", "01-01", "01-01", "01-01"]),
    ],
)
def test_a_published_rule_opens_on_these_days(rule: str, days: list[str]) -> None:
    assert [text[5:10] for text in opens(window(rule))] == days


def test_a_window_without_a_rule_opens_once() -> None:
    once = window(None)
    assert opens(once) == ["2026-01-01 02:30"]
    assert opens(once, after="2026-01-02") == []
    assert once.doubts


def test_a_run_keeps_its_time_on_the_wall_when_the_clocks_change() -> None:
    weekly = window("Week Wednesday", start="2026-03-18 21:00")
    found = occurrences(weekly, datetime(2026, 3, 1, tzinfo=UTC), 3)
    assert [f"{one.start:%m-%d %H:%M}" for one in found] == [
        "03-18 20:00",
        "03-25 20:00",
        "04-01 19:00",
    ]
    assert not any(one.doubt for one in found)


def test_a_time_that_is_skipped_is_read_as_if_the_clock_had_not_moved() -> None:
    (found,) = occurrences(window("Month Last Sunday"), datetime(2026, 3, 28, tzinfo=UTC), 1)
    assert (found.start, f"{found.local:%H:%M}") == (
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        "03:30",
    )
    assert found.end == datetime(2026, 3, 29, 4, 30, tzinfo=UTC)
    assert found.doubt == "02:30 is skipped by the clock change: taken to be 03:30"


def test_a_time_that_comes_twice_is_the_first() -> None:
    (found,) = occurrences(window("Month Last Sunday"), datetime(2026, 10, 24, tzinfo=UTC), 1)
    assert found.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.doubt == "02:30 comes twice by the clock change: taken to be the first"


def test_nothing_opens_after_the_schedule_expired() -> None:
    expiring = window("Day", expirationDateTime="2026-01-02 23:59:59")
    assert opens(expiring) == ["2026-01-01 02:30", "2026-01-02 02:30"]
    assert len(opens(window("Day", expirationDateTime="9999-12-31 23:59:59"))) == 4


def test_an_occurrence_that_starts_now_is_not_the_next_one() -> None:
    daily = window("Day", timeZone="UTC")
    assert opens(daily, after="2026-01-05T02:30", count=1) == ["2026-01-06 02:30"]
    assert opens(daily, after="2026-01-05T02:29", count=1) == ["2026-01-05 02:30"]


def test_a_rule_that_never_comes_true_ends() -> None:
    assert opens(window("12Months day30", start="2026-02-01 02:30")) == []


def test_a_duration_that_is_not_told_gives_no_end() -> None:
    (found,) = occurrences(window("Day", duration=None), datetime(2026, 1, 1, tzinfo=UTC), 1)
    assert found.end is None


@pytest.mark.parametrize(
    ("rule", "start", "doubted"),
    [
        ("Month day31", "2026-01-01 02:30", "a month without a day 31"),
        ("Month", "2026-01-30 02:30", "a month without a day 30"),
        ("2Weeks Sunday,Monday", "2026-01-04 02:30", "on which day a week begins"),
        ("2Weeks Friday", "2026-01-01 02:30", "the first day is none of the rule's"),
        ("6Hours", "2026-01-01 02:30", "hourly"),
    ],
)
def test_what_is_published_nowhere_is_said(rule: str, start: str, doubted: str) -> None:
    assert any(doubted in doubt for doubt in window(rule, start=start).doubts)


def test_a_plain_rule_leaves_no_doubt() -> None:
    assert window("Month Second Tuesday Offset4").doubts == ()


@pytest.mark.parametrize(
    "rule",
    [
        "",
        " ",
        "Year",
        "0Days",
        "Day Monday",
        "Week Mittwoch",
        "Week Monday,",
        "Month Fifth Monday",
        "Month day32",
        "Month day0",
        "Month Third Sunday Offset7",
        "Month Third Sunday Monday",
        "Month day1,Monday",
        "1000Days",
    ],
)
def test_a_rule_that_is_none_is_refused_in_words(rule: str) -> None:
    if rule:
        with pytest.raises(BadSchedule, match="none of the published forms"):
            window(rule)
    else:
        assert window(rule).recur_every is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("startDateTime", None),
        ("startDateTime", "soon"),
        ("startDateTime", "2026-01-01T02:30:00Z"),
        ("startDateTime", "0001-01-01 00:00"),
        ("expirationDateTime", "never"),
        ("duration", "3h"),
        ("timeZone", "Europe/Berlin"),
        ("timeZone", "../../etc/passwd"),
        ("recurEvery", 5),
    ],
)
def test_a_field_that_is_not_understood_is_named(field: str, value: object) -> None:
    told = {"startDateTime": "2026-01-01 02:30", "timeZone": "utc", field: value}
    with pytest.raises(BadSchedule, match=field):
        window_from(told)


def test_every_time_zone_of_windows_is_one_of_ours() -> None:
    assert len(WINDOWS_TO_OLSON) > 130
    assert set(WINDOWS_TO_OLSON.values()) <= available_timezones()
    for name in ("Pacific Standard Time", "UTC", "W. Europe Standard Time", "Korea Standard Time"):
        told = {"startDateTime": "2026-01-01 00:00", "timeZone": name.upper()}
        assert window_from(told).zone.key == WINDOWS_TO_OLSON[name]


# An oracle that counts days one by one, and knows nothing of RFC 5545.

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKS = ("First", "Second", "Third", "Fourth", "Last")
starts = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(2000))


def opened(rule: str, first: date, count: int) -> list[date]:
    one = window(rule, start=f"{first} 12:00", timeZone="UTC")
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return [found.start.date() for found in occurrences(one, since, count)]


@given(first=starts, interval=st.integers(1, 40))
def test_every_nth_day(first: date, interval: int) -> None:
    assert opened(f"{interval}Days", first, 5) == [
        first + timedelta(interval * n) for n in range(5)
    ]


@given(first=starts, interval=st.integers(1, 5), chosen=st.sets(st.sampled_from(DAYS), min_size=1))
def test_weekdays_of_every_nth_week(first: date, interval: int, chosen: set[str]) -> None:
    monday = first - timedelta(days=first.weekday())
    wanted = (
        day
        for day in days_from(first)
        if DAYS[day.weekday()] in chosen and (day - monday).days // 7 % interval == 0
    )
    assert opened(f"{interval}Weeks {','.join(sorted(chosen))}", first, 6) == list(
        islice(wanted, 6)
    )


@given(first=starts, days=st.sets(st.integers(1, 31), min_size=1, max_size=3))
def test_days_of_the_month(first: date, days: set[int]) -> None:
    wanted = (day for day in days_from(first) if day.day in days)
    assert opened(f"Month {','.join(f'day{day}' for day in days)}", first, 6) == list(
        islice(wanted, 6)
    )


@given(
    first=starts,
    week=st.sampled_from(WEEKS),
    name=st.sampled_from(DAYS),
    offset=st.integers(-6, 6),
)
def test_a_weekday_of_the_month_moved_by_days(
    first: date, week: str, name: str, offset: int
) -> None:
    def is_it(day: date) -> bool:
        base = day - timedelta(days=offset)
        last = (base + timedelta(days=7)).month != base.month
        nth = last if week == "Last" else (base.day - 1) // 7 == WEEKS.index(week)
        return nth and DAYS[base.weekday()] == name

    wanted = (day for day in days_from(first) if is_it(day))
    assert opened(f"Month {week} {name} Offset{offset}", first, 6) == list(islice(wanted, 6))


@given(
    zone=st.sampled_from(sorted(WINDOWS_TO_OLSON)),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30, 45]),
)
def test_in_any_zone_occurrences_lie_ahead_a_day_apart_and_keep_the_time_on_the_wall(
    zone: str, after: datetime, hour: int, minute: int
) -> None:
    daily = window("Day", start=f"2023-05-05 {hour:02}:{minute:02}", timeZone=zone)
    found = occurrences(daily, after, 4)
    assert len(found) == 4
    assert after < found[0].start <= after + timedelta(hours=49)
    for one, following in pairwise(found):
        assert abs(following.start - one.start - timedelta(days=1)) <= timedelta(hours=1)
    for one in found:
        assert one.local.astimezone(UTC) == one.start
        assert one.doubt or (one.local.hour, one.local.minute) == (hour, minute)
