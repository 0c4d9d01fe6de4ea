"""The write limits are kept: as fast as Azure admits it, and never faster."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm.writes import AT_ONCE, PER_SECOND, Bucket, Writes
from core.errors import ArmProblem
from tests.simulator.world import HandClock

_A, _B = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
_LONG = timedelta(hours=1)
_REMAINING = "x-ms-ratelimit-remaining-subscription-writes"


def _write(
    writes: Writes, clock: HandClock, headers: Mapping[str, str] | None = None, within: float = 3600
) -> None:
    with writes.turn(_A, "POST", clock.now() + timedelta(seconds=within)) as turn:
        turn.answered(headers or {})


def _seconds_for(count: int, writes: Writes, clock: HandClock) -> float:
    began = clock.now()
    for _ in range(count):
        _write(writes, clock)
    return (clock.now() - began).total_seconds()


@given(st.lists(st.floats(0, 30), min_size=1, max_size=30), st.integers(1, 60))
def test_whoever_is_alone_with_the_limits_never_exceeds_them(
    pauses: list[float], burst: int
) -> None:
    """In no stretch of time more than 200 writes and 10 for each of its seconds."""
    clock = HandClock()
    writes, began = Writes(clock), clock.now()
    least = float("inf")
    number = 0
    for pause in pauses:
        clock.sleep(pause)
        for _ in range(burst):
            _write(writes, clock)
            filled = PER_SECOND * (clock.now() - began).total_seconds()
            least = min(least, number - filled)
            number += 1
            assert number - filled - least <= AT_ONCE + 0.01


def test_the_bucket_is_used_at_once_and_then_as_fast_as_it_fills() -> None:
    """200 without a wait, and a hundred more in ten seconds: nothing is given away."""
    clock = HandClock()
    writes = Writes(clock)
    assert _seconds_for(AT_ONCE, writes, clock) == 0
    assert _seconds_for(100, writes, clock) == pytest.approx(100 / PER_SECOND, rel=0.01)


def test_many_threads_are_no_faster_than_one_and_no_slower() -> None:
    """Twelve of them, with five hundred writes."""
    clock = HandClock()
    writes, began = Writes(clock), clock.now()
    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(_write, writes, clock) for _ in range(500)]:
            done.result()
    taken = (clock.now() - began).total_seconds()
    assert taken == pytest.approx((500 - AT_ONCE) / PER_SECOND, rel=0.05)


def test_each_subscription_and_deletes_have_a_bucket_of_their_own() -> None:
    """Whoever writes to one subscription takes nothing from another."""
    clock = HandClock()
    writes, began = Writes(clock), clock.now()
    for subscription, method in ((_A, "POST"), (_A.upper(), "DELETE"), (_B, "PUT")):
        for _ in range(AT_ONCE):
            with writes.turn(subscription, method, clock.now() + _LONG) as turn:
                turn.answered({})
    assert clock.now() == began


def test_a_turn_that_would_come_too_late_is_a_problem_at_once() -> None:
    """No time is spent on it."""
    clock = HandClock()
    writes = Writes(clock)
    _seconds_for(AT_ONCE, writes, clock)
    began = clock.now()
    with pytest.raises(ArmProblem, match="write limit is used up until after the deadline"):
        _write(writes, clock, within=0.05)
    assert clock.now() == began


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 8.0), (1.0, 10.0)])
def test_a_refused_write_holds_back_all_others(chance: float, seconds: float) -> None:
    """For as long as Azure says and up to a quarter more, so that workers do not come as one."""
    clock = HandClock()
    writes, began = Writes(clock, lambda: chance), clock.now()
    with writes.turn(_A, "POST", clock.now() + _LONG) as turn:
        turn.refused(8.0)
    _write(writes, clock)
    assert (clock.now() - began).total_seconds() == seconds


@pytest.mark.parametrize("retry_after", [None, 3600.0, 1e300])
def test_one_refusal_does_not_stop_everybody_for_long(retry_after: float | None) -> None:
    """Whatever it says: a minute at most."""
    clock = HandClock()
    writes, began = Writes(clock), clock.now()
    with writes.turn(_A, "POST", clock.now() + _LONG) as turn:
        turn.refused(retry_after)
    _write(writes, clock)
    assert 0 < (clock.now() - began).total_seconds() <= 60


def test_a_bucket_that_fills_while_it_is_held_loses_nothing() -> None:
    """Eight seconds of a pause are eighty writes."""
    clock = HandClock()
    writes = Writes(clock, lambda: 0.0)
    with writes.turn(_A, "POST", clock.now() + _LONG) as turn:
        turn.refused(8.0)
    clock.sleep(8)
    assert _seconds_for(80, writes, clock) == 0


def test_what_azure_says_to_remain_counts_more_than_our_own_count() -> None:
    """Somebody else writes as the same principal."""
    clock = HandClock()
    writes = Writes(clock)
    _write(writes, clock, {_REMAINING: "3"})
    assert _seconds_for(3, writes, clock) == 0
    assert _seconds_for(10, writes, clock) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("said", ["", "many", "-1", "²", "9" * 400, "199", "11999"])
def test_a_header_that_says_nothing_less_changes_nothing(said: str) -> None:
    """A full bucket stays one."""
    clock = HandClock()
    writes = Writes(clock)
    _write(writes, clock, {_REMAINING: said})
    assert _seconds_for(AT_ONCE - 1, writes, clock) == 0


def test_a_turn_that_is_not_needed_is_given_back() -> None:
    bucket, now = Bucket(), HandClock().now()
    for _ in range(AT_ONCE):
        assert bucket.admits(now)
        bucket.sent(now)
    assert not bucket.admits(now)
    bucket.unused(0)
    assert bucket.admits(now)


def test_an_exception_ends_a_turn() -> None:
    """The write may have been counted, so it is not given back."""
    clock = HandClock()
    writes = Writes(clock)
    for _ in range(AT_ONCE):
        with pytest.raises(OSError, match="gone"), writes.turn(_A, "PUT", clock.now() + _LONG):
            raise OSError("gone")
    assert _seconds_for(10, writes, clock) == pytest.approx(1.0, rel=0.01)
