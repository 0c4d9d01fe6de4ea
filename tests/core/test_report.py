"""What a report says in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model import Gap, PatchResult
from core.report import (
    AftermathReport,
    Decision,
    Ending,
    GateReport,
    Reason,
    Tally,
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
    ("ending", "words"),
    [
        ("cancelled", ["run cancelled and confirmed", "c0: is off"]),
        ("not confirmed", ["CANCEL NOT CONFIRMED", "machines may be patched", "c0: is off"]),
        ("would cancel", ["observe mode", "not touched", "c0: is off"]),
        ("too late", ["too late", "nothing was sent"]),
        ("proceeded", ["run goes ahead", "3 machines"]),
    ],
)
def test_each_ending_has_its_sentence(ending: Ending, words: list[str]) -> None:
    """With the reasons where there are some."""
    assert all(word in gate(ending).headline for word in words)


def test_a_run_that_goes_ahead_in_doubt_says_so() -> None:
    """The policy lets it, and nobody must think that all was well."""
    fine = gate("proceeded", 0)
    assert (fine.doubts, "nothing speaks against it" in fine.headline) == ((), True)
    gap = Gap(subject="gate.toml", problem="p", remedy="r", kind="unknown")
    checks = (
        report("silent", on_unknown="proceed", unknown=2),
        report("tolerated", blocked=1, passed=9),
        report("advisory", required=False, unknown=1),
    )
    doubtful = replace(fine, checks=checks, gaps=(gap, gap))
    assert doubtful.doubts == (
        "1 required check gave no answer",
        "1 required check said no",
        "2 things could not be seen",
    )
    assert "nothing speaks" not in doubtful.headline
    assert all(doubt in doubtful.headline for doubt in doubtful.doubts)


def test_many_reasons_are_counted() -> None:
    """Three are told, the rest is in the report."""
    assert gate("cancelled", 5).headline.endswith("c2: is off; and 2 more")
    assert "more" not in gate("cancelled", 3).headline


def test_an_aftermath_names_the_ending_and_the_machines() -> None:
    """With Azure's own words, and what could not be read."""
    report = AftermathReport(
        key="aftermath-x",
        run=RUN,
        configuration=CONFIGURATION,
        ended="failed",
        event_status="Succeeded",
        status="Failed",
        message="two reboots pending",
        results=(PatchResult(status="Failed", machines=2),),
        finished_at=NOON,
        problem="a page is missing",
    )
    assert report.headline == (
        "run ended: failed (two reboots pending); machines: 2 Failed; a page is missing"
    )


def test_a_tally_counts_every_answer() -> None:
    """Whatever it was."""
    assert Tally(passed=1, blocked=2, skipped=3, unknown=4).total == 10
