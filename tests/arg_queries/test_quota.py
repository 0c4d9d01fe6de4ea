"""The quota of Resource Graph is waited for, not run into; and the nearest deadline comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arg_queries.quota import Allowance, Governor, Turn
from core.clock import ScaledClock
from core.errors import ArmProblem
from simulator import Azure, load_scenario, serve
from simulator.quota import Quota
from tests.arg_queries.parts import ask, graph
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS, HandClock

_SOON = timedelta(seconds=60)
_PUBLISHED = "[graph]\nquota = 15\n"


def _told(remaining: int, resets_after: int = 5) -> dict[str, str]:
    return {
        "x-ms-user-quota-remaining": str(remaining),
        "x-ms-user-quota-resets-after": f"00:00:{resets_after:02}",
    }


def _eventually(holds: Callable[[], bool]) -> None:
    """Wait for threads to come to where they are going."""
    waited = threading.Event()
    for _ in range(6000):
        if holds():
            return
        waited.wait(0.01)
    raise AssertionError("it never came to that")


def _spent(governor: Governor, turns: ExitStack, until: datetime) -> list[Turn]:
    """Everything that a window has, on its way and not answered."""
    return [turns.enter_context(governor.turn(until)) for _ in range(15)]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80), st.floats(0, 2))
def test_whoever_is_alone_with_the_quota_never_exceeds_it(
    pauses: list[float], latency: float
) -> None:
    """One query after the other, as fast as we allow it: Azure admits each of them."""
    clock, allowance, quota = HandClock(), Allowance(), Quota(15, 5.0)
    for pause in pauses:
        clock.sleep(pause)
        while not allowance.admits(clock.now()):
            assert allowance.resets_at is not None
            clock.move_to(allowance.resets_at)
        window = allowance.sent(clock.now())
        admitted, headers = quota.use(clock.now())
        assert admitted
        clock.sleep(latency)
        remaining = int(headers["x-ms-user-quota-remaining"])
        after = int(headers["x-ms-user-quota-resets-after"][-2:])
        allowance.answered(clock.now(), window, remaining, timedelta(seconds=after))
    assert allowance.in_flight == 0


@pytest.mark.parametrize("wanted", [[3, 1, 2], [1, 2, 3], [2, 2, 1]])
def test_the_nearest_deadline_comes_first(wanted: list[int]) -> None:
    """Whenever it came: a read-back of a cancel call overtakes a look, and that a check."""
    clock = HandClock()
    governor, now = Governor(clock), clock.now()
    order: list[int] = []

    def ask_by(minutes: int) -> None:
        with governor.turn(now + timedelta(minutes=minutes)) as turn:
            order.append(minutes)
            turn.lost()

    with ExitStack() as turns, ThreadPoolExecutor(5) as threads:
        spent = _spent(governor, turns, now + _SOON)
        for minutes in wanted:
            threads.submit(ask_by, minutes)
        _eventually(lambda: governor.waiting == len(wanted))
        for count, turn in enumerate(spent[: len(wanted)], start=1):
            turn.answered({})
            _eventually(lambda count=count: len(order) == count)  # type: ignore[misc]
    assert order == sorted(wanted)


def test_a_turn_that_would_come_too_late_is_a_problem_at_once() -> None:
    """No time is spent on it, and nobody else's turn."""
    clock = HandClock()
    governor, start = Governor(clock), clock.now()
    with governor.turn(start + _SOON) as turn:
        turn.answered(_told(0, 30))
    with (
        pytest.raises(ArmProblem, match="used up until after the deadline"),
        governor.turn(start + timedelta(seconds=20)),
    ):
        raise AssertionError
    assert (clock.now(), governor.waiting) == (start, 0)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 8.0), (1.0, 10.0)])
def test_a_refused_query_holds_back_all_others(chance: float, seconds: float) -> None:
    """For as long as Azure says and up to a quarter more, so that workers do not come as one."""
    clock = HandClock()
    governor, start = Governor(clock, lambda: chance), clock.now()
    with governor.turn(start + _SOON) as turn:
        turn.refused(8.0)
    with governor.turn(start + _SOON):
        assert (clock.now() - start).total_seconds() == seconds


@pytest.mark.parametrize("retry_after", [None, 3600.0, 1e300])
def test_one_refusal_does_not_stop_everybody_for_long(retry_after: float | None) -> None:
    """Whatever it says: who was refused may wait as it is told, the others a minute at most."""
    clock = HandClock()
    governor, start = Governor(clock), clock.now()
    with governor.turn(start + _SOON) as turn:
        turn.refused(retry_after)
    with governor.turn(start + 2 * _SOON):
        assert 0 < (clock.now() - start).total_seconds() <= 60


def test_a_query_that_is_never_answered_takes_nobodys_turn_for_ever() -> None:
    """An exception ends the turn, and a window ends by itself."""
    clock = HandClock()
    governor, until = Governor(clock), clock.now() + 100 * _SOON
    for _ in range(100):
        with pytest.raises(OSError, match="gone"), governor.turn(until):
            raise OSError("gone")
    assert governor.waiting == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ms-user-quota-remaining": "many"},
        {"x-ms-user-quota-remaining": "9" * 400, "x-ms-user-quota-resets-after": "9" * 400},
        {"x-ms-user-quota-remaining": "-1", "x-ms-user-quota-resets-after": "-1:00:00"},
        {"x-ms-user-quota-remaining": "²", "x-ms-user-quota-resets-after": "²:²:²"},
    ],
)
def test_headers_that_say_nothing_stop_nobody(headers: dict[str, str]) -> None:
    """A hundred queries, one after the other, without a wait of more than a window."""
    clock = HandClock()
    governor, start = Governor(clock), clock.now()
    for _ in range(100):
        with governor.turn(start + 100 * _SOON) as turn:
            turn.answered(headers)
    assert (clock.now() - start).total_seconds() <= 5 * 100 / 15


@contextmanager
def _busy(speed: float = 50) -> Iterator[tuple[Azure, str, ScaledClock]]:
    """A simulator with the published quota, on a fast clock."""
    clock = ScaledClock(start=START - timedelta(minutes=40), speed=speed)
    azure = Azure(load_scenario(_PUBLISHED), RUN, START, END, SUBSCRIPTIONS, clock)
    azure.warm()
    with serve(azure) as url:
        yield azure, url, clock


def test_a_hundred_at_once_are_all_answered_and_none_is_refused() -> None:
    """Over HTTP: they wait here, so that Azure never says 429."""
    with _busy() as (azure, url, clock), ThreadPoolExecutor(100) as threads:
        client = graph(url, clock)
        until = clock.now() + timedelta(minutes=30)
        asked = [
            threads.submit(client.ask, "resources | project id", SUBSCRIPTIONS, until)
            for _ in range(100)
        ]
        assert {one.result().problem for one in asked} == {None}
        assert [seen.status for seen in azure.seen] == [200] * 100
        first, last = azure.seen[0].at, azure.seen[-1].at
        assert last - first >= timedelta(seconds=5 * (100 // 15))


def test_workers_that_do_not_know_of_each_other_share_a_quota() -> None:
    """Then some queries are refused, and each is answered in the end."""
    with _busy() as (azure, url, clock), ThreadPoolExecutor(90) as threads:
        clients = [graph(url, clock) for _ in range(3)]
        until = clock.now() + timedelta(minutes=60)
        asked = [
            threads.submit(clients[n % 3].ask, "resources | project id", SUBSCRIPTIONS, until)
            for n in range(90)
        ]
        assert {one.result().problem for one in asked} == {None}
        assert sum(seen.status == 200 for seen in azure.seen) == 90


def test_no_quota_is_waited_for_that_is_not_there() -> None:
    """A simulator without one admits as fast as it answers."""
    clock = HandClock()
    azure = Azure(load_scenario(""), RUN, START, END, SUBSCRIPTIONS, clock)
    start = clock.now()
    with serve(azure) as url:
        for _ in range(40):
            assert ask(url, clock=clock).problem is None
    assert clock.now() == start
