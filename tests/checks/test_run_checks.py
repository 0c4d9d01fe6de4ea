"""A check of the whole run: one verdict, or one for each machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checks import CannotTell, Run, Verdict, blocked, passed
from core.model import Status
from tests.checks.answers import (
    Sulky,
    SulkyMapping,
    answering_run,
    only,
)
from tests.checks.site import asked


def test_a_verdict_about_the_run_is_one_outcome() -> None:
    """Of no machine."""
    outcome = only(asked(answering_run(blocked("change freeze")), "a", "b"))
    assert (outcome.status, outcome.machine) == (Status.BLOCKED, None)
    assert outcome.reason == "change freeze"


@pytest.mark.parametrize("is_async", [False, True])
def test_a_verdict_for_each_machine(*, is_async: bool) -> None:
    """By id, in any letter case, in the order of the run."""
    answer = {"/MACHINES/B": blocked("is off"), "/machines/a": passed()}

    async def async_check(run: Run) -> Mapping[str, Verdict]:
        return answer

    outcomes = asked(async_check if is_async else answering_run(answer), "a", "b")
    assert [(o.machine, o.status) for o in outcomes] == [
        ("/machines/a", Status.PASSED),
        ("/machines/b", Status.BLOCKED),
    ]


def test_a_machine_that_is_left_out_is_unknown() -> None:
    """Its owner may have meant it, and may have not."""
    first, second = asked(answering_run({"/machines/a": passed()}), "a", "b")
    assert first.status is Status.PASSED
    assert (second.status, second.machine) == (Status.UNKNOWN, "/machines/b")
    assert "leaves this machine out" in second.reason


def test_a_machine_that_is_not_of_the_run_is_unknown_too() -> None:
    """Something is mixed up: it may be the answer of a machine that was left out."""
    answers = {"/machines/a": passed(), "/machines/x": passed()}
    first, other = asked(answering_run(answers), "a")
    assert first.status is Status.PASSED
    assert (other.status, other.machine) == (Status.UNKNOWN, None)
    assert "/machines/x" in other.reason


def test_two_different_verdicts_for_one_machine_are_unknown() -> None:
    """The later one must not hide the earlier; two that agree are one."""
    answers = {"/machines/a": blocked("is off"), "/MACHINES/A": passed()}
    outcome = only(asked(answering_run(answers), "a"))
    assert outcome.status is Status.UNKNOWN
    assert "twice" in outcome.reason
    agreed = {"/machines/a": passed(), "/MACHINES/A": passed()}
    assert only(asked(answering_run(agreed), "a")).status is Status.PASSED


def test_an_empty_answer_leaves_everyone_out() -> None:
    """It is not a yes."""
    outcomes = asked(answering_run({}), "a", "b")
    assert [o.status for o in outcomes] == [Status.UNKNOWN] * 2


def test_nonsense_about_one_machine_is_that_machines_unknown() -> None:
    """The others' verdicts count."""
    first, second = asked(answering_run({"/machines/a": True, "/machines/b": passed()}), "a", "b")
    assert (first.status, second.status) == (Status.UNKNOWN, Status.PASSED)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_check_may_say_of_one_machine_that_it_cannot_tell(*, is_async: bool) -> None:
    """In its own words; the others' verdicts count."""
    answer: dict[str, Verdict | CannotTell] = {
        "/machines/a": CannotTell("no row of it"),
        "/MACHINES/B": passed(),
    }

    async def async_check(run: Run) -> Mapping[str, Verdict | CannotTell]:
        return answer

    first, second = asked(async_check if is_async else answering_run(answer), "a", "b")
    assert (first.status, first.reason) == (Status.UNKNOWN, "no row of it")
    assert second.status is Status.PASSED


def test_only_a_machine_can_be_answered_with_cannot_tell() -> None:
    """About the run it is raised, as about any other subject."""
    outcome = only(asked(answering_run(CannotTell("no row"))))
    assert (outcome.status, outcome.machine) == (Status.UNKNOWN, None)
    assert "CannotTell" in outcome.reason


def test_an_answer_that_cannot_be_read_is_unknown() -> None:
    """Nor a key that cannot be shown."""
    assert only(asked(answering_run(SulkyMapping()))).status is Status.UNKNOWN
    assert {o.status for o in asked(answering_run({Sulky(): passed()}))} == {Status.UNKNOWN}
