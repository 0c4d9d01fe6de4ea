"""A demo that cannot fail is worthless: each story is held against report and simulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.embedded import AnyReport
from cli.play import Played, Truth
from cli.project import SAMPLES
from cli.stories import STORIES, problems
from core.model import Status
from core.report import AftermathReport, GateReport, RestoreReport, Tally
from simulator import load_scenario
from tests.cli.reports import BECAUSE, at, check, gate, machine, outcome

WELL, SAYS_NO, HANGS, NO_EFFECT, OFF, LOST, NEVER = STORIES
PENDING = Truth(status="Pending", cancelled_at=None, cancel_calls=0)
CANCELLED = Truth(status="Cancelled", cancelled_at=at("02:24:02"), cancel_calls=1)


def told(report: GateReport, truth: Truth) -> Played:
    """A story that ended so."""
    return Played(report=report, truth=truth)


def test_a_story_that_ended_as_it_must_has_no_problems() -> None:
    assert problems(WELL, told(gate(), PENDING)) == ()
    assert problems(NO_EFFECT, told(gate("cancelled"), replace(CANCELLED, cancel_calls=4))) == ()
    billing = replace(BECAUSE, machines=(machine("billing-01"),))
    report = gate("cancelled")
    report = replace(report, decision=replace(report.decision, because=(billing,)))
    assert problems(SAYS_NO, told(report, CANCELLED)) == ()
    at_the_end = Truth(status="InProgress", cancelled_at=None, cancel_calls=40)
    assert problems(NEVER, told(gate("not confirmed"), at_the_end)) == ()


def test_a_hanging_check_is_cancelled_for_at_the_deadline_and_not_before() -> None:
    silent = check("vendor_agrees", tally=Tally(unknown=1), outcomes=(outcome(Status.UNKNOWN),))
    report = gate("cancelled", checks=(silent,))
    in_time = replace(report, decision=replace(report.decision, at=at("02:47:20")))
    assert problems(HANGS, told(in_time, CANCELLED)) == ()
    assert "decided before the deadline" in problems(HANGS, told(report, CANCELLED))[0]


def test_a_report_that_claims_what_is_not_true_fails_every_story() -> None:
    """The simulator knows whether the run is cancelled, whatever the report says."""
    for story in STORIES:
        assert any("says" in p for p in problems(story, told(gate("cancelled"), PENDING)))
        assert any("says" in p for p in problems(story, told(gate(), CANCELLED)))


@pytest.mark.parametrize(
    "truth",
    [replace(PENDING, cancel_calls=1), replace(PENDING, status="InProgress"), CANCELLED],
)
def test_a_run_that_was_touched_did_not_simply_go_ahead(truth: Truth) -> None:
    assert problems(WELL, told(gate(), truth))


def test_a_cancel_after_the_cut_off_came_too_late() -> None:
    late = replace(CANCELLED, cancelled_at=at("02:50:01"), cancel_calls=4)
    assert any("after the cut-off" in p for p in problems(NO_EFFECT, told(gate("cancelled"), late)))


def test_believing_the_first_answer_fails_the_story_of_the_call_without_effect() -> None:
    assert problems(NO_EFFECT, told(gate("cancelled"), CANCELLED))


POWERS = {"report-01": "deallocated", "report-02": "deallocated", "web-01": "running"}
STARTED = replace(check("start_machines", tally=Tally(passed=2)), kind="action")
ENDED = Truth(status="Succeeded", cancelled_at=None, cancel_calls=0, powers=POWERS)
AFTER = AftermathReport(
    key="aftermath-x",
    run=gate().run,
    configuration=gate().configuration,
    ended="installed",
    event_status="Succeeded",
    status="Succeeded",
    message="",
    results=(),
    finished_at=at("05:10"),
    undone=(STARTED,),
)
RESTORED = RestoreReport(
    key="restore-x",
    run=gate().run,
    configuration=gate().configuration,
    because="no post event had come by 05:00 UTC",
    finished_at=at("05:10"),
    undone=(STARTED,),
)


def around(truth: Truth = ENDED, later: AnyReport | None = AFTER) -> Played:
    """A story of starting and stopping that ended so."""
    return Played(report=replace(gate(), actions=(STARTED,)), truth=truth, later=later)


def test_what_was_off_is_off_again_whether_the_post_event_came_or_not() -> None:
    assert problems(OFF, around()) == ()
    assert problems(LOST, around(later=RESTORED)) == ()
    assert "stopped by the restore" in problems(OFF, around(later=RESTORED))[0]
    assert "stopped by the aftermath" in problems(LOST, around())[0]
    assert problems(OFF, around(later=None)) == ("nothing came after the gate",)


@pytest.mark.parametrize(
    "powers",
    [{**POWERS, "web-01": "deallocated"}, {**POWERS, "report-02": "running"}],
    ids=["one too many", "one too few"],
)
def test_exactly_those_that_were_off_are_stopped(powers: dict[str, str]) -> None:
    assert "stopped in the end" in problems(OFF, around(replace(ENDED, powers=powers)))[0]


def test_machines_that_were_not_started_or_not_stopped_fail_the_story() -> None:
    unmoved = replace(around(), report=gate())
    assert "0 machines were started" in problems(OFF, unmoved)[0]
    left = replace(AFTER, undone=())
    assert "0 machines were stopped again" in problems(OFF, around(later=left))[0]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_scenario_and_checks_of_each_story_are_there(story: object) -> None:
    assert isinstance(story, type(WELL))
    load_scenario((SAMPLES / "scenarios" / story.scenario).read_text(encoding="utf-8"))
    assert list(Path(SAMPLES / story.checks).glob("*.py"))
