"""What a drill's report looks like in each form, and how far it got by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cli.drill.steps import of_report
from cli.explain.junit import junit
from cli.explain.markdown import markdown
from cli.render import render_gate
from core.model import Gap
from core.report import GateReport, Rehearsal, Rehearsed
from tests.cli.drill.test_event import made
from tests.cli.reports import at, gate, shown, timeline

SEEN = (
    Rehearsed(part="token", ok=True, saw="there is one"),
    Rehearsed(part="read-back", ok=True, saw="404"),
    Rehearsed(part="right", ok=True, saw="granted"),
)
REACHED = Rehearsal(reached=True, seen=SEEN)
LACKING = Rehearsal(
    reached=False,
    seen=(*SEEN[:2], Rehearsed(part="right", ok=False, saw="lacks | it")),
    problem="right: lacks | it",
    remedy="grant it",
)
NO_TOKEN = Rehearsal(
    reached=False,
    seen=(Rehearsed(part="token", ok=False, saw="nobody"),),
    problem="token: nobody",
    remedy="sign in",
)
LOST = Rehearsal(reached=False, problem="it never came back", remedy="again")
GOOD = gate("drill", rehearsal=REACHED)
EVENT = made(at("02:22:00"))


def steps(report: GateReport) -> dict[str, tuple[bool, str]]:
    """Each step: whether it was taken, and what mends it."""
    return {one.step: (one.ok, one.mend) for one in of_report(report, EVENT)}


def words(rehearsal: Rehearsal | None) -> str:
    """The report as it is shown, however its lines are broken."""
    return " ".join(shown(render_gate(replace(GOOD, rehearsal=rehearsal)), 120).split())


def test_a_drill_that_reached_everything_is_shown_with_each_part() -> None:
    assert words(REACHED).startswith("✓ DRILL: judged, and the cancel call was reached")
    for line in (
        "✓ a token for Azure there is one",
        "✓ the run's own path 404",
        "✓ the right to cancel granted",
        "only reads were sent",
    ):
        assert line in words(REACHED)
    assert "Calls to cancel" not in words(REACHED)


@pytest.mark.parametrize(
    ("rehearsal", "said"),
    [
        (LACKING, "✗ the right to cancel lacks | it → grant it"),
        (NO_TOKEN, "✗ a token for Azure nobody → sign in"),
        (LOST, "it never came back → again"),
        (None, "nothing was tried"),
    ],
    ids=["right", "token", "lost", "none"],
)
def test_what_is_in_the_way_is_shown_with_what_to_do(
    rehearsal: Rehearsal | None, said: str
) -> None:
    assert words(rehearsal).startswith("✗ DRILL: a run could NOT be cancelled")
    assert said in words(rehearsal)


def test_markdown_has_a_line_for_each_part() -> None:
    lines = markdown(replace(GOOD, rehearsal=LACKING)).splitlines()
    assert r"| the right to cancel | NOT ok | lacks \| it |" in lines
    assert "- grant it" in lines
    assert "### Calls to cancel" not in lines


def cases(report: GateReport) -> dict[str, list[str]]:
    """JUnit's cases, and what each ended with."""
    root: Any = ET.fromstring(junit((report,)))  # noqa: S314 - our own
    return {
        case.get("name"): [one.tag for one in case if one.tag != "system-out"]
        for case in root.iter("testcase")
    }


@pytest.mark.parametrize(
    ("rehearsal", "ending"),
    [(REACHED, []), (LACKING, ["failure"]), (LOST, ["failure"]), (None, ["error"])],
    ids=["reached", "right", "lost", "none"],
)
def test_junit_fails_for_the_way_alone(rehearsal: Rehearsal | None, ending: list[str]) -> None:
    """That a check says no, of a run that does not exist, is as it may be."""
    found = cases(replace(GOOD, rehearsal=rehearsal))
    assert found == {"the cancel call is reached": ending, "pinned": []}


def test_each_step_is_taken_by_a_drill_that_reached_everything() -> None:
    assert steps(GOOD) == dict.fromkeys(("judged", "token", "read-back", "right"), (True, ""))


def test_a_part_that_was_not_tried_is_no_step() -> None:
    found = steps(replace(GOOD, rehearsal=NO_TOKEN))
    assert found["token"] == (False, "sign in")
    assert found["read-back"] == found["right"] == (False, "sign in")
    assert not any(ok for ok, _ in list(steps(replace(GOOD, rehearsal=None)).values())[1:])


def test_a_gate_that_had_no_time_has_not_judged() -> None:
    late = replace(GOOD, timeline=timeline("02:50:00"))
    assert steps(late)["judged"] == (False, "patchgate drill --minutes N, with more minutes")


def test_a_gate_that_failed_has_not_judged() -> None:
    fault = Gap(subject="Patchgate", problem="it broke", remedy="report it", kind="fault")
    assert steps(replace(GOOD, gaps=(fault,)))["judged"] == (False, "report it")


def test_a_report_of_a_run_is_none_of_a_drill() -> None:
    (only,) = of_report(gate("cancelled"), EVENT)
    assert (only.step, only.ok) == ("judged", False)
    assert "older than drills" in only.says
