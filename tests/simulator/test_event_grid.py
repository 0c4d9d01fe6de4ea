"""Delivery: at least once, thirty seconds, and the published schedule."""

from __future__ import annotations

import threading
from datetime import timedelta

from simulator import EventGrid
from simulator.event_grid import wait_after
from tests.simulator.world import HandClock

_EVENT = {"id": "1"}


class _Receiver:
    """Fails so many times, then takes every event."""

    def __init__(self, failures: int, clock: HandClock | None = None, seconds: float = 0) -> None:
        self.taken: list[object] = []
        self._left, self._clock, self._seconds = failures, clock, seconds

    def __call__(self, event: object) -> None:
        if self._left > 0:
            self._left -= 1
            if self._clock is None:
                raise RuntimeError("no storage")
            self._clock.sleep(self._seconds)
            threading.Event().wait(0.2)  # still at it when Event Grid looks at the clock again
            return
        self.taken.append(event)


def test_the_schedule_is_the_published_one() -> None:
    """10 s, 30 s, 1, 5, 10, 30 min, 1, 3, 6 h, and then every 12 hours."""
    minutes = [wait_after(n) / timedelta(minutes=1) for n in range(1, 12)]
    assert minutes == [1 / 6, 0.5, 1, 5, 10, 30, 60, 180, 360, 720, 720]


def test_a_delivery_that_works_is_not_repeated() -> None:
    """One attempt, without a problem."""
    receiver = _Receiver(0)
    grid = EventGrid(receiver, HandClock())
    assert grid.send(_EVENT)
    assert receiver.taken == [_EVENT]
    assert [attempt.problem for attempt in grid.attempts] == [None]
    assert grid.dead_letters == ()


def test_a_delivery_that_raises_is_repeated_after_the_scheduled_wait() -> None:
    """Waits are counted from the failure, by the story's clock."""
    clock = HandClock()
    began = clock.now()
    receiver = _Receiver(3)
    grid = EventGrid(receiver, clock)
    assert grid.send(_EVENT)
    assert [(a.at - began).total_seconds() for a in grid.attempts] == [0, 10, 40, 100]
    assert [a.problem for a in grid.attempts] == ["RuntimeError: no storage"] * 3 + [None]


def test_an_answer_after_thirty_seconds_is_a_failure() -> None:
    """The receiver works on, and gets the event again meanwhile."""
    clock = HandClock()
    grid = EventGrid(_Receiver(1, clock, seconds=31), clock)
    assert grid.send(_EVENT)
    assert [a.problem for a in grid.attempts] == ["no answer within 30 seconds", None]


def test_an_answer_just_in_time_is_a_success() -> None:
    """Up to thirty seconds Event Grid waits."""
    clock = HandClock()
    grid = EventGrid(lambda _: clock.sleep(29), clock)
    assert grid.send(_EVENT)
    assert len(grid.attempts) == 1


def test_after_the_last_attempt_the_event_is_a_dead_letter() -> None:
    """`max_attempts` ends it, and says so in Event Grid's words."""
    grid = EventGrid(_Receiver(99), HandClock(), max_attempts=4)
    assert not grid.send(_EVENT)
    (letter,) = grid.dead_letters
    assert (letter.event, letter.attempts) == (_EVENT, 4)
    assert letter.reason == "MaxDeliveryAttemptsExceeded"


def test_an_event_expires() -> None:
    """After 24 hours there are no further attempts, whatever their number."""
    clock = HandClock()
    grid = EventGrid(_Receiver(99), clock)
    assert not grid.send(_EVENT)
    (letter,) = grid.dead_letters
    assert letter.reason == "TimeToLiveExceeded"
    assert letter.attempts == len(grid.attempts) == 11


def test_copies_are_delivered_besides() -> None:
    """At least once may be twice: every copy arrives, each with attempts of its own."""
    receiver = _Receiver(0)
    grid = EventGrid(receiver, HandClock(), copies=3)
    assert grid.send(_EVENT)
    assert receiver.taken == [_EVENT] * 3
    assert sorted(attempt.copy for attempt in grid.attempts) == [1, 2, 3]
