"""The decision: no answer is never a yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decide import decide
from core.model import Gap, GapKind, Status
from core.policy import CheckPolicy, Doubt, Policy
from core.report import CheckReport, Decision, Tally
from tests.builders import NOON, outcome, report

GAP = Gap(subject="machines", problem="the list is empty", remedy="ask again")
Action = Literal["proceed", "cancel"]


def judged(
    *checks: CheckReport,
    gaps: tuple[Gap, ...] = (),
    policy: Policy | None = None,
    machines: int | None = 0,
) -> Decision:
    """What these come to."""
    return decide(checks, gaps, policy or Policy(), NOON, machines=machines)


def tolerant(tolerance: int | str) -> Policy:
    """So many machines may be blocked."""
    return Policy(checks={"c": CheckPolicy(tolerance=tolerance)})


def test_all_passed_and_nothing_missing_proceeds() -> None:
    """Then, and only then, by default."""
    decision = judged(report(passed=3), report("d", passed=2, skipped=1))
    assert decision == Decision(action="proceed", because=(), at=NOON)
    assert not decision.cancels


@pytest.mark.parametrize(
    ("what", "required", "on_unknown", "action"),
    [
        ("passed", True, "cancel", "proceed"),
        ("skipped", True, "cancel", "proceed"),
        ("blocked", True, "cancel", "cancel"),
        ("blocked", True, "proceed", "cancel"),
        ("blocked", False, "cancel", "proceed"),
        ("unknown", True, "cancel", "cancel"),
        ("unknown", True, "proceed", "proceed"),
        ("unknown", False, "cancel", "proceed"),
        ("unknown", False, "proceed", "proceed"),
    ],
)
def test_one_answer_of_one_check(
    what: str, on_unknown: Doubt, action: Action, *, required: bool
) -> None:
    """The table of the README: required or advisory, and what to do in doubt."""
    check = replace(report(required=required, on_unknown=on_unknown), tally=Tally(**{what: 1}))
    assert judged(check).action == action
    assert judged(report(passed=5), check).action == action


@pytest.mark.parametrize(("on_gap", "action"), [("cancel", "cancel"), ("proceed", "proceed")])
def test_a_gap_cancels_unless_the_site_says_otherwise(on_gap: Doubt, action: Action) -> None:
    """It is its own reason, with its own remedy."""
    decision = judged(report(passed=3), gaps=(GAP,), policy=Policy(on_gap=on_gap))
    assert decision.action == action
    if decision.cancels:
        (reason,) = decision.because
        assert (reason.about, reason.text) == (GAP.subject, GAP.problem)
        assert reason.remedy == GAP.remedy


@pytest.mark.parametrize(
    ("kind", "on_gap", "on_unknown", "action"),
    [
        ("gap", "proceed", "cancel", "proceed"),
        ("gap", "cancel", "proceed", "cancel"),
        ("unknown", "cancel", "proceed", "proceed"),
        ("unknown", "proceed", "cancel", "cancel"),
        ("unknown", "proceed", None, "cancel"),
        ("fault", "proceed", "proceed", "cancel"),
    ],
)
def test_each_kind_of_gap_has_its_own_word_and_a_fault_of_ours_has_none(
    kind: GapKind, on_gap: Doubt, on_unknown: Doubt | None, action: Action
) -> None:
    """The site's word about one kind is not for another."""
    policy = Policy(on_gap=on_gap, on_unknown=on_unknown)
    assert judged(gaps=(replace(GAP, kind=kind),), policy=policy).action == action


def test_proceeding_in_doubt_about_gaps_does_not_silence_checks() -> None:
    """on_gap and on_unknown are two questions."""
    policy = Policy(on_gap="proceed")
    assert judged(report(blocked=1), gaps=(GAP,), policy=policy).cancels
    assert judged(report(unknown=1), gaps=(GAP,), policy=policy).cancels


@pytest.mark.parametrize(
    ("tolerance", "blocked", "passed", "action"),
    [
        (2, 2, 0, "proceed"),
        (2, 3, 997, "cancel"),
        ("10%", 1, 9, "proceed"),
        ("10%", 1, 8, "cancel"),
        ("10%", 2, 18, "proceed"),
        ("0%", 1, 999, "cancel"),
        ("100%", 5, 0, "proceed"),
    ],
)
def test_a_tolerated_number_of_blocked_machines_proceeds(
    tolerance: int | str, blocked: int, passed: int, action: Action
) -> None:
    """And one more cancels."""
    check = report(blocked=blocked, passed=passed)
    assert judged(check, policy=tolerant(tolerance)).action == action


def test_a_share_is_of_the_whole_run() -> None:
    """Not of the machines that have been asked so far; and not judged before they are counted."""
    check = report(blocked=2, passed=3)
    assert judged(check, policy=tolerant("10%"), machines=19).cancels
    assert not judged(check, policy=tolerant("10%"), machines=20).cancels
    assert not judged(check, policy=tolerant("10%"), machines=None).cancels
    assert judged(check, policy=tolerant(1), machines=None).cancels


def test_a_share_of_a_run_check_is_of_its_own_answers() -> None:
    """It may have answered about the run as a whole: one answer, which half of does not exist."""
    check = report(scope="run", blocked=1)
    assert judged(check, policy=tolerant("50%"), machines=20).cancels


def test_what_is_tolerated_is_machines_also_for_a_run_check() -> None:
    """A no about the run as a whole is no machine, however many machines may be blocked."""
    named = report(scope="run", blocked=1, outcomes=(outcome(Status.BLOCKED, "a"),))
    whole = report(scope="run", blocked=1, outcomes=(outcome(Status.BLOCKED, None),))
    assert not judged(named, policy=tolerant(3)).cancels
    assert judged(whole, policy=tolerant(3)).cancels


def test_tolerance_is_of_blocked_machines_and_not_of_silence() -> None:
    """An unknown machine is not a blocked one that the site has said it can bear."""
    assert judged(report(unknown=1, passed=99), policy=tolerant("100%")).cancels


def test_a_check_can_be_blocked_and_silent_at_once() -> None:
    """Both are reasons."""
    assert len(judged(report(blocked=1, unknown=1)).because) == 2


def test_all_reasons_are_there_gaps_first() -> None:
    """Not only the first; and a check that is only advice keeps none of them back."""
    advice = report("a", required=False, blocked=1)
    decision = judged(advice, report(blocked=1), report("d", unknown=1), gaps=(GAP,))
    assert [reason.about for reason in decision.because] == ["machines", "c", "d"]


tallies = st.builds(
    Tally,
    passed=st.integers(0, 5),
    blocked=st.integers(0, 5),
    skipped=st.integers(0, 5),
    unknown=st.integers(0, 5),
)
doubts = st.sampled_from(["cancel", "proceed"])


@settings(deadline=None, max_examples=300)
@given(
    before=tallies,
    more=tallies,
    required=st.booleans(),
    on_unknown=doubts,
    on_gap=doubts,
    tolerance=st.integers(0, 6),
    gaps=st.integers(0, 2),
    more_gaps=st.integers(0, 2),
)
def test_more_answers_and_gaps_never_turn_cancel_into_proceed(
    before: Tally,
    more: Tally,
    on_unknown: Doubt,
    on_gap: Doubt,
    tolerance: int,
    gaps: int,
    more_gaps: int,
    *,
    required: bool,
) -> None:
    """So cancelling may begin with the first reason, while others are still being asked."""
    policy = Policy(on_gap=on_gap, checks={"c": CheckPolicy(tolerance=tolerance)})

    def at(tally: Tally, missing: int, *others: CheckReport) -> Decision:
        check = report(
            required=required,
            on_unknown=on_unknown,
            passed=tally.passed,
            blocked=tally.blocked,
            skipped=tally.skipped,
            unknown=tally.unknown,
        )
        return judged(check, *others, gaps=(GAP,) * missing, policy=policy, machines=None)

    after = Tally(
        passed=before.passed + more.passed,
        blocked=before.blocked + more.blocked,
        skipped=before.skipped + more.skipped,
        unknown=before.unknown + more.unknown,
    )
    if at(before, gaps).cancels:
        assert at(after, gaps + more_gaps).cancels
        assert at(before, gaps, report("other", passed=1)).cancels
    assert at(after, gaps).cancels == bool(at(after, gaps).because)
