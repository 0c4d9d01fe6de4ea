"""Asking again while there is time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm.patience import Transient, ask_until
from core.errors import ArmProblem, OutOfTime
from tests.simulator.world import HandClock


class Attempts:
    """Something to ask: it fails with these waits asked for, then answers. Remembers the times."""

    def __init__(self, clock: HandClock, *waits: float | None, for_ever: bool = False) -> None:
        self._clock, self._waits, self._for_ever = clock, list(waits), for_ever
        self.at: list[datetime] = []

    def __call__(self) -> str:
        self.at.append(self._clock.now())
        if self._waits:
            wait = self._waits[0] if self._for_ever else self._waits.pop(0)
            raise Transient("Azure", f"attempt {len(self.at)} failed", wait)
        return "the answer"


def test_the_first_answer_is_the_answer() -> None:
    """Asked once, at once."""
    clock = HandClock()
    attempts = Attempts(clock)
    until = clock.now() + timedelta(seconds=60)
    assert ask_until(attempts, clock=clock, until=until) == "the answer"
    assert len(attempts.at) == 1


def test_retry_after_is_respected() -> None:
    """The next attempt comes when Azure said, not before and not later."""
    clock = HandClock()
    attempts = Attempts(clock, 7, 30)
    start = clock.now()
    assert ask_until(attempts, clock=clock, until=start + timedelta(seconds=60)) == "the answer"
    assert [(at - start).total_seconds() for at in attempts.at] == [0, 7, 37]


@pytest.mark.parametrize("wait", [60, 3600, 1e9, float("inf")])
def test_a_wait_past_the_deadline_is_not_begun(wait: float) -> None:
    """There is no point in it: what was last seen is told at once."""
    clock = HandClock()
    attempts = Attempts(clock, wait)
    start = clock.now()
    with pytest.raises(OutOfTime, match="Azure: attempt 1 failed") as caught:
        ask_until(attempts, clock=clock, until=start + timedelta(seconds=60))
    assert clock.now() == start
    assert isinstance(caught.value.__cause__, Transient)


def test_a_first_attempt_is_always_made() -> None:
    """However late it is."""
    clock = HandClock()
    late = clock.now() - timedelta(hours=1)
    assert ask_until(Attempts(clock), clock=clock, until=late) == "the answer"
    failing = Attempts(clock, None)
    with pytest.raises(OutOfTime):
        ask_until(failing, clock=clock, until=late)
    assert len(failing.at) == 1


@pytest.mark.parametrize("error", [ArmProblem("Azure", "no"), ValueError("no"), OSError("no")])
def test_other_failures_pass_through(error: Exception) -> None:
    """Only what may work when asked again is asked again."""

    def refuse() -> None:
        raise error

    clock = HandClock()
    with pytest.raises(type(error)) as caught:
        ask_until(refuse, clock=clock, until=clock.now() + timedelta(seconds=60))
    assert caught.value is error


@pytest.mark.parametrize("wait", [None, 0.0])
def test_waits_grow_by_themselves(wait: float | None) -> None:
    """Without a Retry-After, or with one of none, Azure is not stormed."""
    clock = HandClock()
    attempts = Attempts(clock, wait, for_ever=True)
    with pytest.raises(OutOfTime):
        ask_until(attempts, clock=clock, until=clock.now() + timedelta(seconds=600))
    assert 3 < len(attempts.at) < 100


@given(
    waits=st.lists(st.none() | st.floats(0, 100), max_size=20),
    seconds=st.floats(-10, 100),
)
def test_nothing_is_asked_after_the_deadline_but_the_first(
    waits: list[float | None], seconds: float
) -> None:
    """And the deadline is never slept past."""
    clock = HandClock()
    attempts = Attempts(clock, *waits)
    start = clock.now()
    until = start + timedelta(seconds=seconds)
    try:
        assert ask_until(attempts, clock=clock, until=until) == "the answer"
    except OutOfTime:
        assert len(attempts.at) <= len(waits)
    assert all(at < until for at in attempts.at[1:])
    assert clock.now() <= max(start, until)
