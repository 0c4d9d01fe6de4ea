"""Who is asked about what, and how often, while machines of the run still appear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from core.model import Status
from core.policy import Policy
from handlers.engines import Json, Task
from handlers.judging.answers import Answers
from handlers.judging.questions import Questions
from handlers.orders import CheckSpec, RunHead
from handlers.waiting import Waiting
from tests.durable_host import Done
from tests.stories import Judged, Site, at, looks, machines, pre_event, says, spec


def growing(request: Any, now: datetime) -> Done:
    """A look that shows one machine more than the one before, each time."""
    known = len(request["known"])
    return looks(machines(f"m{known}"), total=known + 1)


def judged(*checks: CheckSpec, **fields: Any) -> Judged:
    """A gate to which machines come with every look."""
    return Site(checks=checks, steps={"find_machines": growing}, **fields).judge()


def counts(known: Judged, check: str) -> list[int]:
    """About how many machines that check was asked, each time."""
    return [
        sum(batch["count"] for batch in request["machines"])
        for request in known.requests("ask_check")
        if request["check"] == check
    ]


def test_a_check_of_the_run_is_asked_at_first_and_when_no_more_machines_come() -> None:
    """What it says in between counts for nothing, and every question makes each replay longer."""
    known = judged(*(spec(f"c{n}", scope="run") for n in range(16)))
    assert {tuple(counts(known, f"c{n}")) for n in range(16)} == {(1, 6)}
    assert len(known.instance.actions) <= 60
    assert known.report.ending == "proceeded"


def test_many_checks_of_machines_are_not_asked_about_each_newcomer_by_itself() -> None:
    """Those that come when all questions but the last are put wait for the others."""
    known = judged(*(spec(f"c{n}") for n in range(16)))
    assert {tuple(counts(known, f"c{n}")) for n in range(16)} == {(1, 1, 1, 3)}
    assert all(check.tally.passed == 6 for check in known.report.checks)


@pytest.mark.parametrize("scope", ["run", "machine"])
def test_a_no_about_the_last_newcomer_cancels(scope: Any) -> None:
    """However long it had to wait to be asked about."""

    def last(request: Any, now: datetime) -> Done:
        status = Status.BLOCKED if now > at("02:33") else Status.PASSED
        return says(request["check"], status, reason="pinned")

    checks = [spec(f"c{n}", scope=scope) for n in range(16)]
    known = judged(*checks, answers={check.name: last for check in checks})
    assert known.report.ending == "cancelled"


def test_two_looks_that_agree_are_enough_to_ask_the_run_anew() -> None:
    """It need not wait for the last one."""

    def twice(request: Any, now: datetime) -> Done:
        late = now > at("02:22:20")
        fresh = len(request["known"]) < 1 + late
        return looks(*([machines("m")] if fresh else []), total=1 + late)

    known = Site(checks=(spec("c", scope="run"),), steps={"find_machines": twice}).judge()
    assert counts(known, "c") == [1, 2]
    assert known.times("ask_check")[1] < at("02:24")


class _Pending:
    """A task that has not ended."""

    done = False

    def result(self) -> Json:
        raise AssertionError

    def cancel(self) -> None:
        """Nothing to do."""


class _Engine:
    """An engine whose steps never end."""

    now = at("02:23")

    def activity(self, name: str, request: Json) -> Task:
        return _Pending()

    def timer(self, at: datetime) -> Task:
        return _Pending()

    def any(self, tasks: Sequence[Task]) -> Task:
        return _Pending()

    def status(self, status: Json) -> None:
        """Nobody looks."""


def test_whoever_still_had_to_be_asked_is_unknown_when_the_gate_gives_up() -> None:
    """Machines that were held back are counted, each."""
    answers = Answers()
    many = tuple(spec(f"c{n}") for n in range(48))
    answers.in_force((spec("run", scope="run"), *many))
    engine = _Engine()
    questions = Questions(
        engine,
        Waiting(engine),
        answers,
        run=RunHead.of(pre_event()),
        policy=Policy(),
        by=at("02:47"),
        news=lambda: None,
    )
    first, later = machines("a"), machines("b", "c")
    questions.ask((first,), (first,), all_here=False)
    questions.ask((later,), (first, later), all_here=False)
    questions.give_up("was not heard")
    assert not questions.open
    run, *others = answers.reports()
    assert run.tally.unknown == 1
    assert {check.tally.unknown for check in others} == {3}
