"""What a report says in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from core.model import Gap, PatchResult
from core.report import (
    AftermathReport,
    Cancellation,
    CheckReport,
    Decision,
    Ending,
    GateReport,
    Reason,
    RescueReport,
    RestoreReport,
    Tally,
    not_undone,
)
from core.timeline import plan
from tests.builders import CONFIGURATION, NOON, RUN, report


def decided(reasons: int) -> Decision:
    """A decision with so many reasons."""
    because = tuple(Reason(about=f"c{i}", text="is off", remedy="r") for i in range(reasons))
    return Decision(action="cancel" if reasons else "proceed", because=because, at=NOON)


def gate(ending: Ending, reasons: int = 1) -> GateReport:
    """A gate that ended so."""
    return GateReport(
        key="gate-x",
        run=RUN,
        configuration=CONFIGURATION,
        mode="enforce",
        ending=ending,
        timeline=plan(
            start=NOON, cancellation_cut_off=NOON, now=NOON, reserve=timedelta(minutes=2)
        ),
        finished_at=NOON,
        decision=decided(reasons),
        machine_count=3,
    )


@pytest.mark.parametrize(
    ("ending", "headline"),
    [
        ("cancelled", "run cancelled and confirmed: c0: is off"),
        ("not confirmed", "CANCEL NOT CONFIRMED, machines may be patched: c0: is off"),
        (
            "would cancel",
            "observe mode, run not touched; it would have been cancelled: c0: is off",
        ),
        (
            "too late",
            "too late: the run had already started when its event came; nothing was sent",
        ),
        ("proceeded", "run goes ahead: 3 machines, nothing speaks against it"),
    ],
)
def test_each_ending_has_its_sentence(ending: Ending, headline: str) -> None:
    """With the reasons where there are some."""
    assert gate(ending).headline == headline


def test_a_run_that_goes_ahead_in_doubt_says_so() -> None:
    """The policy lets it, and nobody must think that all was well."""
    fine = gate("proceeded", 0)
    assert (fine.doubts, "nothing speaks against it" in fine.headline) == ((), True)
    gap = Gap(subject="gate.toml", problem="p", remedy="r", kind="unknown")
    checks = (
        report("silent", on_unknown="proceed", unknown=1),
        report("tolerated", blocked=1, passed=9),
        report("advisory", required=False, unknown=1),
    )
    doubtful = replace(fine, checks=checks, gaps=(gap, gap))
    assert doubtful.doubts == (
        "1 required check gave no answer",
        "1 required check said no",
        "2 things could not be seen",
    )
    assert doubtful.headline == (
        "run goes ahead: 3 machines, although 1 required check gave no answer,"
        " 1 required check said no, 2 things could not be seen: the policy lets it"
    )


@pytest.mark.parametrize(
    ("reasons", "summary"),
    [
        (0, ""),
        (1, "c0: is off"),
        (3, "c0: is off; c1: is off; c2: is off"),
        (4, "c0: is off; c1: is off; c2: is off; and 1 more"),
        (5, "c0: is off; c1: is off; c2: is off; and 2 more"),
    ],
)
def test_many_reasons_are_counted(reasons: int, summary: str) -> None:
    """Three are told, the rest is in the report."""
    assert decided(reasons).summary == summary
    assert decided(reasons).cancels == (reasons > 0)


def rescue(by: Literal["trigger", "watchdog"], *, confirmed: bool) -> RescueReport:
    """A run that was cancelled outside of its gate."""
    return RescueReport(
        key="gate-x",
        run=RUN,
        configuration=CONFIGURATION,
        by=by,
        because="its gate gave no result",
        cancellation=Cancellation(confirmed=confirmed, state="as it is"),
        finished_at=NOON,
    )


def test_a_rescue_says_who_cancelled_and_why() -> None:
    """And does not call itself confirmed without a read-back."""
    saved, lost = rescue("watchdog", confirmed=True), rescue("trigger", confirmed=False)
    assert (saved.ending, lost.ending) == ("cancelled", "not confirmed")
    assert saved.headline == (
        "run cancelled by the watchdog, and confirmed: its gate gave no result"
    )
    assert lost.headline == (
        "CANCEL NOT CONFIRMED, machines may be patched: its gate gave no result;"
        " the trigger tried until the start"
    )


def aftermath(**fields: Any) -> AftermathReport:
    """How a run ended of which nothing else is known."""
    plain: dict[str, Any] = {"ended": "failed", "status": "Failed", "message": "", "results": ()}
    return AftermathReport(
        key="aftermath-x",
        run=RUN,
        configuration=CONFIGURATION,
        event_status="Succeeded",
        finished_at=NOON,
        **(plain | fields),
    )


def test_an_aftermath_names_the_ending_and_the_machines() -> None:
    """With Azure's own words, what could not be read, and what checks object to."""
    assert aftermath().headline == "run ended: failed"
    results = (
        PatchResult(status="Failed", machines=2),
        PatchResult(status="Installed", machines=1),
    )
    report = aftermath(
        message="two reboots pending",
        results=results,
        problem="a page is missing",
        findings=decided(2).because,
    )
    assert report.headline == (
        "run ended: failed (two reboots pending); machines: 2 Failed, 1 Installed;"
        " a page is missing; c0: is off; c1: is off"
    )


def test_an_aftermath_tells_three_findings() -> None:
    """The rest is in the report."""
    findings = decided(4).because
    assert aftermath(findings=findings).headline == (
        "run ended: failed; c0: is off; c1: is off; c2: is off"
    )


def undo(name: str = "start", **tally: int) -> CheckReport:
    """How one undo went."""
    return replace(report(name), tally=Tally(**tally), kind="action")


def test_what_was_put_back_and_what_was_not_is_in_the_headline() -> None:
    """In capitals, by whom, and how many."""
    undone = (undo(passed=2, skipped=1), undo("mute", passed=1, blocked=1, unknown=2))
    told = "; put back 3 changes; NOT put back by mute: 3"
    assert aftermath(undone=undone).headline == f"run ended: failed{told}"
    assert aftermath(undone=(undo(skipped=1),)).headline == "run ended: failed"
    cancelled = replace(gate("cancelled"), undone=undone)
    assert cancelled.headline.endswith("; NOT put back by mute: 3")
    assert not_undone(replace(cancelled, undone=undone[:1])) == ""


def restored(**fields: Any) -> RestoreReport:
    """What was put back without a post event."""
    return RestoreReport(
        key="restore-x",
        run=RUN,
        configuration=CONFIGURATION,
        because="no post event came",
        finished_at=NOON,
        **fields,
    )


def test_putting_back_says_what_came_of_it() -> None:
    """And that there was nothing to be put back, or that nobody knows."""
    good, nothing = restored(undone=(undo(passed=2),)), restored()
    bad, lost = restored(undone=(undo(passed=1, unknown=1),)), restored(problem="it is gone")
    assert [one.ending for one in (good, nothing, bad, lost)] == [
        "restored",
        "nothing to restore",
        "not restored",
        "not restored",
    ]
    assert [one.headline for one in (good, nothing, bad, lost)] == [
        "put back 2 changes: no post event came",
        "nothing to put back: no post event came",
        "put back 1 change: no post event came; NOT put back by start: 1",
        "what was changed before the run is NOT put back: it is gone",
    ]


def test_a_run_goes_ahead_although_an_action_went_wrong_only_by_the_policys_word() -> None:
    """Which the headline says."""
    wrong = replace(gate("proceeded", reasons=0), actions=(undo(blocked=1), undo("b", passed=1)))
    assert wrong.doubts == ("1 required action went wrong",)
    advisory = replace(wrong, actions=(replace(undo(unknown=1), required=False),))
    assert advisory.doubts == ()


def test_a_tally_counts_every_answer() -> None:
    """Whatever it was."""
    assert Tally(passed=1, blocked=2, skipped=3, unknown=4).total == 10
