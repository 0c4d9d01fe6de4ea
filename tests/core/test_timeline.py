"""When a run can still be cancelled, and who may spend the time until then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.timeline import SKEW, Timeline, plan

START = datetime(2026, 11, 28, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


class SummerTime(tzinfo):
    """A place that has its clocks one hour on from April, so that an hour there may be two."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=2 if moment and moment.month >= 4 else 1)

    def tzname(self, moment: datetime | None) -> str:
        return "somewhere"

    def dst(self, moment: datetime | None) -> timedelta:
        return self.utcoffset(moment) - timedelta(hours=1)


zones = st.sampled_from([UTC, EAST, WEST, SummerTime()])
ends = [datetime.min.replace(tzinfo=zone) for zone in (UTC, EAST, WEST)]
ends += [datetime.max.replace(tzinfo=zone) for zone in (UTC, EAST, WEST)]
edges = st.sampled_from(ends)
near = st.integers(-7200, 7200).map(lambda seconds: START + timedelta(seconds=seconds))
moments = edges | near | st.datetimes(timezones=zones)
reserves = st.timedeltas() | st.sampled_from([timedelta.min, timedelta.max, timedelta()])


def planned(now: datetime, *, cut_off: datetime | None = None, reserve: float = 120) -> Timeline:
    """The timeline of a run that starts at three, with the published cut-off of T-1."""
    return plan(
        start=START,
        cancellation_cut_off=cut_off or START - MINUTE,
        now=now,
        reserve=timedelta(seconds=reserve),
    )


@settings(deadline=None, max_examples=400)
@example(start=datetime.min.replace(tzinfo=WEST), event=LAST, now=FIRST, reserve=timedelta())
@example(start=LAST, event=LAST, now=FIRST, reserve=timedelta.max)
@example(
    start=LAST,
    event=datetime.max.replace(tzinfo=WEST),
    now=datetime.max.replace(tzinfo=EAST),
    reserve=timedelta(),
)
@given(start=moments, event=moments, now=moments, reserve=reserves)
def test_every_moment_and_reserve_gives_a_timeline_in_order(
    start: datetime, event: datetime, now: datetime, reserve: timedelta
) -> None:
    """Whatever is put in: the steps are in order, and none before now unless all is late."""
    t = plan(start=start, cancellation_cut_off=event, now=now, reserve=reserve)
    assert t.find_by <= t.check_by <= t.cancel_by <= t.cut_off
    assert t.cut_off <= max(event, FIRST)
    assert t.cut_off <= max(start, FIRST)
    if t.late:
        assert t.find_by == t.check_by == t.cancel_by == t.cut_off < now
    else:
        assert now <= t.find_by
    assert t.cut_off in (min(event, LAST), FIRST) or t.start - t.cut_off == 10 * MINUTE
    assert t.frozen_at <= t.start
    for moment in (t.find_by, t.check_by, t.cancel_by, t.cut_off, t.start, t.frozen_at):
        assert moment.tzinfo is UTC


def test_hours_are_real_ones() -> None:
    """Ten minutes before the start are ten minutes, also where the clocks are put on between."""
    start = datetime(2026, 4, 1, 0, 5, tzinfo=SummerTime())
    t = plan(start=start, cancellation_cut_off=LAST, now=FIRST, reserve=timedelta())
    assert t.start - t.cut_off == 10 * MINUTE


@settings(deadline=None, max_examples=100)
@given(before=st.integers(0, 7200), reserve=st.integers(0, 1500))
def test_no_step_spends_the_reserve(before: int, reserve: int) -> None:
    """The cancel call keeps its reserve whole, unless less than that was left from the start."""
    t = planned(START - timedelta(seconds=before), reserve=reserve)
    left = max(timedelta(), t.cancel_by - min(t.planned_at, t.cut_off))
    assert t.cancel_by - t.check_by == min(left, timedelta(seconds=reserve))


def test_the_earlier_of_the_two_published_cut_offs_counts() -> None:
    """The event says T-1 and the documentation T-10: the earlier one is it, whichever that is."""
    assert planned(START - 40 * MINUTE).cut_off == START - 10 * MINUTE
    early = START - 15 * MINUTE
    assert planned(START - 40 * MINUTE, cut_off=early).cut_off == early


def test_the_published_times_of_a_normal_run() -> None:
    """At T-38 there are 28 minutes to the cut-off: the reserve, a skew, and half of the rest."""
    now = START - 38 * MINUTE
    t = planned(now)
    assert t.cancel_by == START - 10 * MINUTE - SKEW
    assert t.check_by == t.cancel_by - 2 * MINUTE
    assert t.find_by == now + (t.check_by - now) / 2
    assert t.frozen_at == START - 40 * MINUTE
    assert not t.early
    assert not t.late
    assert not t.started


def test_a_negative_reserve_is_none() -> None:
    """Then checks may take until the cancel call must be sent."""
    t = planned(START - 30 * MINUTE, reserve=-1)
    assert t.check_by == t.cancel_by


@pytest.mark.parametrize(
    ("minutes", "early", "late", "started"),
    [
        (41, True, False, False),
        (40, False, False, False),
        (10, False, False, False),
        (9, False, True, False),
        (0, False, True, True),
        (-5, False, True, True),
    ],
)
def test_where_we_are_on_it(minutes: int, *, early: bool, late: bool, started: bool) -> None:
    """Early until T-40, late from the cut-off, started from T."""
    t = planned(START - minutes * MINUTE)
    assert (t.early, t.late, t.started) == (early, late, started)
