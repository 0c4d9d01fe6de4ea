"""A check that has not passed is asked again, while there is patience and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.discovery import define
from core.model import Asking, Outcome, Status
from plugins.runner import Asked, Way, ask
from tests.builders import NOON, run
from tests.checks.answers import only
from tests.checks.site import FOREVER, context
from tests.fakes import FakeClock

Answers = Callable[[int], Any]


def told(
    function: Callable[..., Any],
    rule: Asking,
    *names: str,
    seconds: float = 600,
    clock: FakeClock | None = None,
) -> Asked:
    """What comes of asking in virtual time, with so many seconds until the deadline."""
    given = replace(context(run(*(names or ("a",)))), deadline=NOON + timedelta(seconds=seconds))
    return ask(define(check(function)), given, clock or FakeClock(NOON), way=Way(rule=rule))


class Changing:
    """A check whose answer depends on how often that machine was asked about."""

    def __init__(self, answer: Answers, clock: FakeClock | None = None, takes: float = 0) -> None:
        self.clock, self._answer, self._takes = clock or FakeClock(NOON), answer, takes
        self.at: dict[str, list[float]] = {}

    def ask(self, rule: Asking, *names: str, seconds: float = 600) -> tuple[Outcome, ...]:
        """What comes of it."""

        def some_check(machine: Machine) -> Verdict:
            times = self.at.setdefault(machine.name, [])
            times.append((self.clock.now() - NOON).total_seconds())
            self.clock.sleep(self._takes)
            answer = self._answer(len(times))
            if isinstance(answer, Exception):
                raise answer
            return answer  # type: ignore[no-any-return]

        return told(some_check, rule, *names, seconds=seconds, clock=self.clock).outcomes


def passes_at(turn: int, before: Any = None) -> Answers:
    """Passed from that turn on."""
    return lambda times: passed() if times >= turn else before or blocked(f"off, {times}")


def test_without_patience_a_check_is_asked_once() -> None:
    """Whatever it says."""
    changing = Changing(passes_at(2))
    outcome = only(changing.ask(Asking()))
    assert (outcome.status, outcome.asked) == (Status.BLOCKED, 1)
    assert changing.at["a"] == [0]


@pytest.mark.parametrize("before", [blocked("off"), CannotTell("no row"), ValueError("x"), None])
def test_a_check_is_asked_again_until_it_passes(before: Any) -> None:
    """Blocked or unknown, it is the last answer that counts; and it says how often it was asked."""
    changing = Changing(passes_at(3, before))
    outcome = only(changing.ask(Asking(patience=60, every=15)))
    assert (outcome.status, outcome.reason, outcome.asked) == (Status.PASSED, "", 3)
    assert changing.at["a"] == [0, 15, 30]


def test_it_is_asked_a_last_time_when_its_patience_ends() -> None:
    """Counted from when it was asked first."""
    changing = Changing(passes_at(100))
    outcome = only(changing.ask(Asking(patience=40, every=15)))
    assert (outcome.status, outcome.reason, outcome.asked) == (Status.BLOCKED, "off, 4", 4)
    assert changing.at["a"] == [0, 15, 30, 40]


def test_patience_ends_when_the_deadline_is_near() -> None:
    """With as much room as an answer took, twice: else the last answer would be silence."""
    changing = Changing(passes_at(100), takes=4)
    outcome = only(changing.ask(Asking(patience=3600, every=15), seconds=60))
    assert outcome.status is Status.BLOCKED
    assert changing.at["a"] == [0, 15, 30, 45, 52]
    assert changing.clock.now() <= NOON + timedelta(seconds=60)


def test_only_machines_that_have_not_passed_are_asked_again() -> None:
    """A machine that is skipped has its answer, too."""
    asked: list[str] = []

    def some_check(machine: Machine) -> Verdict:
        asked.append(machine.name)
        if machine.name == "c":
            return skipped("no disks")
        return passed() if machine.name == "a" or len(asked) > 3 else blocked("off")

    outcomes = told(some_check, Asking(patience=60), "a", "b", "c").outcomes
    assert asked == ["a", "b", "c", "b"]
    assert [(o.status, o.asked) for o in outcomes] == [
        (Status.PASSED, 1),
        (Status.PASSED, 2),
        (Status.SKIPPED, 1),
    ]


def test_a_check_of_the_run_is_asked_again_as_a_whole() -> None:
    """Its latest answer is in force for every machine."""
    turns: list[int] = []

    def some_check(run: Run) -> Mapping[str, Verdict | CannotTell]:
        turns.append(len(turns))
        if len(turns) == 1:
            return {"/machines/a": passed(), "/machines/b": CannotTell("no row yet")}
        return {"/machines/a": blocked("off by now"), "/machines/b": passed()}

    outcomes = told(some_check, Asking(patience=20, every=15), "a", "b").outcomes
    assert [(o.machine, o.status, o.reason, o.asked) for o in outcomes] == [
        ("/machines/a", Status.BLOCKED, "off by now", 3),
        ("/machines/b", Status.PASSED, "", 3),
    ]


def test_each_time_it_is_told_the_time_and_a_deadline() -> None:
    """Its timeout counts from when it is asked, and ends with the deadline of the question."""
    seen: list[tuple[float, float]] = []

    def some_check(machine: Machine, ctx: Context) -> Verdict:
        seen.append(((ctx.now - NOON).total_seconds(), (ctx.deadline - NOON).total_seconds()))
        return blocked("off")

    told(some_check, Asking(timeout=20, patience=45, every=15), seconds=55)
    assert seen == [(0, 20), (15, 35), (30, 50), (45, 55)]


def test_what_it_may_ask_is_bound_to_that_deadline() -> None:
    """By whoever made it."""
    deadlines: list[datetime] = []

    def bind(told: Context[Any]) -> Context[Any]:
        deadlines.append(told.deadline)
        return replace(told, config="bound")

    def some_check(machine: Machine, ctx: Context[str]) -> Verdict:
        return passed(ctx.config)

    way = Way(rule=Asking(timeout=20), bind=bind)
    outcomes = ask(define(check(some_check)), context(run("a")), FakeClock(NOON), way=way).outcomes
    assert only(outcomes).reason == "bound"
    assert deadlines == [NOON + timedelta(seconds=20)]


def test_silence_does_not_take_an_answer_back() -> None:
    """A check that hangs the second time has said that the machine is off; and was asked twice."""
    turns: list[int] = []

    def some_check(machine: Machine) -> Verdict:
        turns.append(1)
        if len(turns) > 1:
            FOREVER.wait()
        return blocked("off")

    class Hurrying(FakeClock):
        def real_seconds(self, until: datetime) -> float:
            if turns[1:]:
                self.sleep(0.05)
            return min(0.01, super().real_seconds(until))

    rule = Asking(timeout=1, patience=10, every=10)
    outcome = only(told(some_check, rule, clock=Hurrying(NOON)).outcomes)
    assert (outcome.status, outcome.reason) == (Status.BLOCKED, "off")
    assert outcome.asked == 2


@settings(deadline=None, max_examples=60)
@given(
    patience=st.floats(0, 3600),
    every=st.floats(0.1, 3600),
    timeout=st.none() | st.floats(0.1, 3600),
    takes=st.floats(0, 100),
    seconds=st.floats(0, 4000),
    turn=st.integers(1, 50),
)
def test_patience_ends_in_time_and_never_makes_a_yes(
    *, patience: float, every: float, timeout: float | None, takes: float, seconds: float, turn: int
) -> None:
    """Whatever the numbers: it sleeps within patience and deadline, and passes only if it did."""
    changing = Changing(passes_at(turn), takes=takes)
    rule = Asking(patience=patience, every=max(every, patience / 50), timeout=timeout)
    outcome = only(changing.ask(rule, seconds=seconds))
    times = changing.at.get("a", [])
    assert all(time <= min(patience, seconds) + 1e-3 for time in times)
    assert outcome.asked == max(1, len(times))
    assert (outcome.status is Status.PASSED) == (len(times) >= turn)
