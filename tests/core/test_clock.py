"""Clocks that tell the story's time."""

from __future__ import annotations

from datetime import timedelta

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
