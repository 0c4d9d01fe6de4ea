"""A whole report, at each ending: legible without colour, and never wider than the screen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cli.render import render_aftermath, render_gate
from core.model import Gap, PatchResult, Status
from core.report import (
    AftermathReport,
    Cancellation,
    Decision,
    Ending,
    GateReport,
    Reason,
    Rehearsal,
    Rehearsed,
    Tally,
)
from tests.cli.reports import (
    BECAUSE,
    CONFIGURATION,
    CONFIRMED,
    RUN,
    at,
    call,
    check,
    gate,
    lines,
    outcome,
    shown,
    timeline,
)

NOT_CONFIRMED = gate(
    "not confirmed",
    finished_at=at("03:00:05"),
    cancellation=Cancellation(
        confirmed=False,
        state="not confirmed",
        attempts=36,
        calls=(call("02:59:50", "GET", "the run is 'Pending'"),),
    ),
)
REPORTS: dict[Ending, GateReport] = {
    "proceeded": gate(),
    "cancelled": gate("cancelled"),
    "would cancel": gate("would cancel", mode="observe"),
    "too late": gate("too late", timeline=timeline("03:05:00"), checks=(), machine_count=0),
    "not confirmed": NOT_CONFIRMED,
    "drill": gate(
        "drill",
        rehearsal=Rehearsal(
            reached=False,
            seen=(
                Rehearsed(part="token", ok=True, saw="there is one"),
                Rehearsed(part="right", ok=False, saw="the app's identity lacks it"),
            ),
            problem="right: the app's identity lacks it",
            remedy="patchgate permissions",
        ),
    ),
}


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("proceeded", "GOES AHEAD: the run starts at 03:00:00 UTC"),
        ("cancelled", "CANCELLED, and confirmed"),
        ("would cancel", "WOULD CANCEL (observe mode): the run is untouched"),
        ("too late", "TOO LATE: the event came after the run's start"),
        ("not confirmed", "CANCEL NOT CONFIRMED: machines may be patched from 03:00:00 UTC"),
        ("drill", "DRILL: a run could NOT be cancelled. No run was touched"),
    ],
)
def test_the_first_words_say_how_it_ended(ending: Ending, words: str) -> None:
    assert words in "\n".join(shown(render_gate(REPORTS[ending])).splitlines()[:3])


@pytest.mark.parametrize("ending", REPORTS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_screen_or_ends_in_spaces(ending: Ending, width: int) -> None:
    text = shown(render_gate(REPORTS[ending]), width).splitlines()
    assert max(map(len, text)) <= width
    assert not [line for line in text if line.startswith("  ") and line != line.rstrip()]


@pytest.mark.parametrize("ending", REPORTS)
def test_colour_adds_nothing_to_the_words(ending: Ending) -> None:
    colourful = shown(render_gate(REPORTS[ending]), color=True)
    assert "\x1b[" in colourful
    assert re.sub(r"\x1b\[[0-9;]*m", "", colourful) == shown(render_gate(REPORTS[ending]))


def test_a_reason_names_check_machine_evidence_and_what_would_change_it() -> None:
    text = shown(render_gate(REPORTS["cancelled"]))
    assert "✗ BLOCKED  pinned: 1 of 6 machines: is pinned" in text
    assert "web-6 (saw tag=patch)" in text
    assert "would change it: unpin it" in text


def test_the_time_left_is_told_at_decision_and_confirmation() -> None:
    text = shown(render_gate(REPORTS["cancelled"]))
    assert "Until the cut-off: 26 min 0 s when decided, 25 min 50 s when confirmed" in text


def test_a_confirmation_after_the_cut_off_is_told_as_that() -> None:
    late = Cancellation(confirmed=True, state="cancelled", confirmed_at=at("02:52:10"))
    assert "2 min 10 s AFTER it" in shown(render_gate(gate("cancelled", cancellation=late)))


def test_the_loud_failure_says_what_was_tried_and_seen_last() -> None:
    text = shown(render_gate(NOT_CONFIRMED))
    assert "36 cancel calls; the last that was seen: a call: the run is 'Pending'" in text
    assert "┏━" in text


def test_many_machines_in_one_reason_are_counted() -> None:
    bad = tuple(outcome(Status.BLOCKED, f"web-{n}", reason="is pinned") for n in range(1, 51))
    reason = Reason(
        about="pinned",
        text="50 machines: is pinned",
        remedy="unpin them",
        machines=tuple(o.machine for o in bad[:20] if o.machine),
    )
    report = gate(
        "cancelled",
        machine_count=10_000,
        machines=lines(500),
        checks=(check(tally=Tally(passed=9950, blocked=50), outcomes=bad),),
        decision=Decision(action="cancel", because=(reason,), at=at("02:24:00")),
    )
    text = shown(render_gate(report))
    assert "web-1, web-2, web-3, web-4 and 46 more" in text
    assert len(text.splitlines()) < 60


def test_a_gap_is_a_reason_with_its_remedy() -> None:
    gap = Gap(subject="subscription 9a8b", problem="cannot be read", remedy="assign Reader")
    reason = Reason(about=gap.subject, text=gap.problem, remedy=gap.remedy)
    decision = Decision(action="cancel", because=(reason,), at=at("02:24:00"))
    text = shown(render_gate(gate("cancelled", gaps=(gap,), decision=decision, checks=(check(),))))
    assert "? UNKNOWN  subscription 9a8b: cannot be read" in text
    assert "would change it: assign Reader" in text
    assert "Also seen" not in text


def test_what_did_not_decide_is_told_apart() -> None:
    """Advisory verdicts, tolerated gaps and warnings do not look like reasons."""
    said = (
        outcome(Status.BLOCKED, "web-1", reason="old"),
        outcome(Status.BLOCKED, "web-2", reason="old"),
    )
    advisory = check("age", required=False, tally=Tally(passed=4, blocked=2), outcomes=said)
    gap = Gap(subject="page 2", problem="was lost", remedy="-")
    text = shown(render_gate(gate(checks=(advisory,), gaps=(gap,), warnings=("beware",))), 120)
    also = text[text.index("Also seen") :]
    assert "✗ BLOCKED  age: web-1, web-2 old (advisory: does not count)" in also
    assert "not seen: page 2: was lost (does not count: policy on_gap)" in also
    assert "! beware" in also


def test_the_calls_of_a_cancelled_run_are_listed() -> None:
    assert len(CONFIRMED.calls) == shown(render_gate(gate("cancelled"))).count("a call: ")


def test_reasons_beyond_a_handful_are_counted() -> None:
    decision = Decision(action="cancel", because=(BECAUSE,) * 20, at=at("02:24:00"))
    assert "… and 12 more reasons" in shown(render_gate(gate("cancelled", decision=decision)))


def test_an_aftermath_says_how_the_run_ended_and_what_that_rests_on() -> None:
    report = AftermathReport(
        key="aftermath-1",
        run=RUN,
        configuration=CONFIGURATION,
        ended="cancelled by somebody else",
        event_status="Succeeded",
        status="Cancelled",
        message="Maintenance cancelled using cancellation API",
        results=(PatchResult(status="Cancelled", machines=6),),
        finished_at=at("04:11:00"),
        problem="2 subscriptions cannot be read",
    )
    text = shown(render_aftermath(report))
    assert "RUN ENDED: cancelled by somebody else" in text
    assert "Cancelled: Maintenance cancelled using cancellation API" in text
    assert "6 machines: Cancelled" in text
    assert "2 subscriptions cannot be read" in text
    assert "weekly-prod · run 20261128030000" in text


def test_machines_with_other_evidence_have_lines_of_their_own() -> None:
    said = tuple(
        outcome(Status.BLOCKED, f"web-{n}", reason="is off", evidence={"power": power})
        for n, power in ((1, "stopped"), (2, "stopped"), (3, "deallocated"))
    )
    checks = (check(tally=Tally(passed=3, blocked=3), outcomes=said),)
    reason = replace(BECAUSE, text="3 of 6 machines", machines=(said[0].machine or "",))
    decision = Decision(action="cancel", because=(reason,), at=at("02:24:00"))
    text = shown(render_gate(gate("cancelled", checks=checks, decision=decision)))
    assert "web-1, web-2 is off (saw power=stopped)" in text
    assert "web-3 is off (saw power=deallocated)" in text
