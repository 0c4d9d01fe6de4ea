"""What people are told of actions: what was done, what failed, and what was put back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cli.explain.junit import junit
from cli.explain.markdown import markdown
from cli.explain.restore import render_restore
from cli.render import render_aftermath, render_gate
from core import wire
from core.model import Status
from core.report import CheckReport, Memory, Reason, RestoreReport, Tally
from tests.cli.explain.told import AFTERMATH, CANCELLED
from tests.cli.published import hold
from tests.cli.reports import CONFIGURATION, RUN, at, check, gate, machine, outcome, shown
from tests.cli.runs.world import patchgate

SECRET = "what is remembered"  # noqa: S105 - of nobody
FAILED = replace(outcome(Status.BLOCKED, "web-6", reason="does not start"), check="start")
MEMORY = Memory(
    action="start",
    title="Every VM is on.",
    scope="machine",
    origin="x.py:1",
    machines=(),
    packed=SECRET,
)


def action(**fields: Any) -> CheckReport:
    """An action that was done to two machines, and found nothing to do to four."""
    usual = {"tally": Tally(passed=2, skipped=4), "kind": "action", "title": "Every VM is on."}
    return check("start", **{**usual, **fields})


BROKEN = action(tally=Tally(passed=1, skipped=4, blocked=1), outcomes=(FAILED,))
UNDONE = action(tally=Tally(passed=2), asked=3)
STUCK = action(
    tally=Tally(passed=1, unknown=1),
    outcomes=(replace(FAILED, status=Status.UNKNOWN, reason="Azure did not answer"),),
)


def restore(**fields: Any) -> RestoreReport:
    """What was put back, without a post event."""
    return RestoreReport(
        **{
            "key": "restore-1",
            "run": RUN,
            "configuration": CONFIGURATION,
            "because": "no post event had come by 06:00 UTC",
            "finished_at": at("06:01:00"),
            "undone": (UNDONE,),
            **fields,
        }
    )


def words(renderable: Any) -> str:
    """What is shown, on one line."""
    return " ".join(shown(renderable).split())


def test_actions_are_told_before_the_checks() -> None:
    """With how much is to be put back, and not what."""
    told = words(render_gate(gate(actions=(action(),), memories=(MEMORY,))))
    assert "Actions start ✓ 2 done - 4 nothing to do" in told
    assert "1 action has changed something, which is put back after the run" in told
    assert told.index("Actions") < told.index("Verdicts")
    assert SECRET not in told


def test_what_failed_is_told_with_its_machine_and_decides_as_a_failure() -> None:
    """In the words of actions: it is nothing that was asked."""
    who = (machine("web-6"),)
    about = Reason(about="start", text="does not start", remedy="it starts", machines=who)
    report = gate("cancelled", actions=(BROKEN,))
    report = replace(report, decision=replace(report.decision, because=(about,)))
    told = words(render_gate(report))
    assert "✗ 1 FAILED ✗ FAILED web-6: does not start" in told
    assert "✗ FAILED start: does not start" in told


def test_a_gate_without_actions_says_nothing_of_them() -> None:
    told = shown(render_gate(gate()))
    assert "Actions" not in told
    assert "Put back" not in told


def test_what_the_gate_has_put_back_is_told_last() -> None:
    report = replace(CANCELLED, actions=(action(),), memories=(MEMORY,), undone=(UNDONE,))
    told = words(render_gate(report))
    assert "Put back start ✓ 2 put back (tried 3 times)" in told
    assert told.index("Calls to cancel") < told.index("Put back")
    assert "is put back after the run" not in told


def test_an_aftermath_tells_what_was_put_back_and_done_before_it_was_judged() -> None:
    told = words(render_aftermath(replace(AFTERMATH, undone=(STUCK,), actions=(action(),))))
    assert "Put back start ✓ 1 put back ? 1 UNKNOWN" in told
    assert "? UNKNOWN web-6: Azure did not answer" in told
    order = [told.index(one) for one in ("Put back", "Actions after", "Checks after")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("fields", "banner"),
    [
        ({}, "✓ PUT BACK, without a post event"),
        ({"undone": (STUCK,)}, "✗ NOT PUT BACK: machines are not as they were"),
        ({"undone": (), "problem": "its gate is not there any more"}, "✗ NOT PUT BACK"),
        ({"undone": ()}, "- NOTHING TO PUT BACK"),
    ],
)
def test_a_restore_is_a_story_of_its_own(
    fields: dict[str, Any], banner: str, tmp_path: Path
) -> None:
    """`patchgate explain` finds its report as it finds any other."""
    report = restore(**fields)
    told = words(render_restore(report))
    assert told.startswith(banner)
    assert "because no post event had come by 06:00 UTC" in told
    assert (report.problem or "") in told
    path = tmp_path / "restore.json"
    path.write_text(json.dumps(wire.dump(report)), encoding="utf-8")
    assert banner in patchgate("explain", path).words
    as_json = patchgate("explain", path, "--json").json
    hold(as_json, "explain")
    assert as_json["reports"][0]["kind"] == "restore"


def test_markdown_has_tables_of_actions_and_of_what_was_put_back() -> None:
    report = gate("cancelled", actions=(BROKEN,), undone=(UNDONE,), memories=(MEMORY,))
    text = markdown(report)
    for line in (
        "### Actions",
        "| start | 1 | 1 | 0 | 4 | 1 |",
        "| start | web-6 | FAILED | does not start |  |",
        "### Put back",
        "| start | 2 | 0 | 0 | 0 | 3 |",
    ):
        assert line in text.splitlines()
    assert text.index("### Actions") < text.index("### Checks")
    assert SECRET not in text
    ahead = markdown(gate(actions=(action(),), memories=(MEMORY,)))
    assert "| put back after the run | what 1 action changed |" in ahead
    assert "| ended | not restored |" in markdown(restore(undone=(STUCK,)))


def endings(report: Any) -> dict[str, list[str]]:
    """What each test case came to."""
    root = ET.fromstring(junit((report,)))  # noqa: S314 - our own
    return {
        str(case.get("name")): [one.tag for one in case if one.tag != "system-out"]
        for case in root.iter("testcase")
    }


def test_junit_has_a_case_for_each_action_and_each_undo() -> None:
    about = Reason(about="start", text="no", remedy="yes", machines=(machine("web-6"),))
    report = gate("cancelled", actions=(BROKEN,), undone=(UNDONE,))
    report = replace(report, decision=replace(report.decision, because=(about,)))
    found = endings(report)
    assert (found["start"], found["put back: start"]) == (["failure"], [])
    assert list(found).index("start") < list(found).index("pinned")
    idle = action(tally=Tally(skipped=6))
    assert endings(gate(actions=(idle,)))["start"] == ["skipped"]
    assert endings(replace(AFTERMATH, undone=(STUCK,)))["put back: start"] == ["error"]
    lost = restore(undone=(), problem="nobody knows")
    assert list(endings(lost).values()) == [["error"]]
    assert all(not ending for ending in endings(restore()).values())
