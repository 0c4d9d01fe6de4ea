"""What a reason says: who objects, of how many machines, in which words, and what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.decide import decide
from core.model import Outcome, Status
from core.policy import CheckPolicy, Policy
from core.report import CheckReport, Reason
from tests.builders import NOON, outcome, report


def reason_of(check: CheckReport, *, tolerance: int | str = 0) -> Reason:
    """The only reason that this gives, where so many blocked machines are tolerated."""
    policy = Policy(checks={check.name: CheckPolicy(tolerance=tolerance)})
    (reason,) = decide([check], (), policy, NOON, machines=0).because
    return reason


def off(*names: str, reason: str = "is off") -> tuple[Outcome, ...]:
    """These machines are blocked, each with that reason."""
    return tuple(outcome(Status.BLOCKED, name, reason) for name in names)


def silent(*names: str) -> tuple[Outcome, ...]:
    """Nobody knows anything of these machines."""
    return tuple(outcome(Status.UNKNOWN, name, "hung") for name in names)


def test_it_names_check_count_machines_and_remedy() -> None:
    """Who said it, of how many, what they saw, and what would change it."""
    assert reason_of(report(blocked=2, passed=3, outcomes=off("a", "b"))) == Reason(
        about="c",
        text="2 of 5 machines: is off",
        remedy="every machine passes, or those blocked leave this schedule",
        machines=("/machines/a", "/machines/b"),
    )


def test_what_is_tolerated_is_told() -> None:
    """Whoever wonders why three were too many sees how many were not, and what would do."""
    check = report(blocked=3, passed=7, outcomes=off("a", "b", "c"))
    reason = reason_of(check, tolerance="20%")
    assert reason.text == "3 of 10 machines, 2 tolerated: is off"
    assert reason.remedy == "at most 2 machines are blocked"


def test_silence_is_counted_and_has_its_own_remedy() -> None:
    """And names the machines; those that objected are in the other reason."""
    check = report(unknown=2, passed=3, outcomes=silent("a", "b"))
    assert reason_of(check) == Reason(
        about="c",
        text="no answer for 2 of 5 machines: hung",
        remedy='the check answers, or on_unknown = "proceed" is set for it',
        machines=("/machines/a", "/machines/b"),
    )


def test_about_a_run_it_counts_no_machines() -> None:
    """It was one question."""
    blocked = (outcome(Status.BLOCKED, None, "change freeze"),)
    unknown = (outcome(Status.UNKNOWN, None, "hung"),)
    assert reason_of(report(scope="run", blocked=1, outcomes=blocked)) == Reason(
        about="c", text="change freeze", remedy="the check passes"
    )
    assert reason_of(report(scope="run", unknown=1, outcomes=unknown)).text == "no answer: hung"


def test_an_action_is_called_what_it_is() -> None:
    """It is done, it does not pass; and its tolerance is its own, not that of a check's name."""
    blocked = (outcome(Status.BLOCKED, None, "no capacity"),)
    action = replace(report(scope="run", blocked=1, outcomes=blocked), kind="action")
    assert reason_of(action).remedy == "the action is done"
    silent_ = replace(report(unknown=1, outcomes=silent("a")), kind="action")
    assert reason_of(silent_).remedy.startswith("the action answers, or on_unknown")
    policy = Policy(checks={"c": CheckPolicy(tolerance=5)})
    some = replace(report(blocked=1, outcomes=off("a")), kind="action")
    assert decide([some], (), policy, NOON, machines=9).cancels


def test_a_run_check_that_names_machines_is_told_like_any_other() -> None:
    """It was asked once, and answered machine by machine."""
    reason = reason_of(report(scope="run", blocked=1, passed=4, outcomes=off("a")))
    assert reason.text == "1 of 5 machines: is off"
    assert reason.remedy == "every machine passes, or those blocked leave this schedule"


def test_machines_are_counted_also_when_no_answer_is_listed() -> None:
    """A report lists only so many outcomes: the count does not depend on them."""
    assert reason_of(report(blocked=2, passed=3)).text == "2 of 5 machines: "


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["z", "a", "z"], "z; a"),
        (["b", "a", "c"], "b; a; c"),
        (["d", "c", "b", "a"], "d; c; b; …"),
        (["d", "c", "b", "a", "a"], "a; d; c; …"),
    ],
)
def test_the_most_frequent_words_come_first_and_three_are_told(words: list[str], told: str) -> None:
    """Those that are as frequent in the order in which they came; dots say that there are more."""
    outcomes = tuple(o for word in words for o in off("m", reason=word))
    text = reason_of(report(blocked=len(words), outcomes=outcomes)).text
    assert text == f"{len(words)} of {len(words)} machines: {told}"


def test_it_stays_readable_with_thousands_of_machines() -> None:
    """Twenty are named; the rest is in the outcomes."""
    outcomes = off(*map(str, range(2000)))
    reason = reason_of(report(blocked=2000, outcomes=outcomes))
    assert reason.text == "2000 of 2000 machines: is off"
    assert reason.machines == tuple(f"/machines/{i}" for i in range(20))
