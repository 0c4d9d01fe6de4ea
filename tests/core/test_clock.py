"""Clocks that tell the story's time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from core.clock import Clock, ScaledClock, SystemClock, seconds_between
from tests.builders import NOON


def test_there_is_no_negative_time_left() -> None:
    """A moment that is past is zero seconds away, by any clock."""
    assert seconds_between(NOON, NOON - timedelta(hours=1)) == 0.0
    clocks: list[Clock] = [SystemClock(), ScaledClock(start=NOON, speed=60)]
    for clock in clocks:
        assert clock.real_seconds(clock.now() - timedelta(seconds=1)) == 0.0
        clock.sleep(-5)
        assert clock.now().utcoffset() == timedelta()


def test_a_scaled_clock_makes_a_story_short() -> None:
    """An hour of the story is at most a second when it runs 3600 times as fast."""
    clock = ScaledClock(start=NOON, speed=3600)
    assert clock.now() >= NOON
    assert clock.real_seconds(NOON + timedelta(hours=1)) <= 1.0


def test_the_machines_own_clock_tells_its_time_and_sleeps() -> None:
    """In UTC, and for at least as long as it was told."""
    clock = SystemClock()
    earlier = datetime.now(UTC)
    told = clock.now()
    assert earlier <= told <= datetime.now(UTC)
    assert 3500 < clock.real_seconds(clock.now() + timedelta(hours=1)) <= 3600
    begun = time.monotonic()
    clock.sleep(0.01)
    assert time.monotonic() - begun >= 0.01


def test_a_scaled_clock_goes_on_as_fast_as_it_says() -> None:
    """From its start on, whatever the machine's clock says."""
    first = time.monotonic()
    clock = ScaledClock(start=NOON, speed=60)
    second = time.monotonic()
    clock.sleep(1)
    third = time.monotonic()
    told = seconds_between(NOON, clock.now())
    least, most = third - second, time.monotonic() - first
    assert 60 * least >= 1
    assert 60 * least - 0.001 <= told <= 60 * most + 0.001
