"""Reports as Markdown and as JUnit XML."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from cli.explain.junit import junit
from cli.explain.markdown import markdown
from core.model import Gap, Status
from core.report import Cancellation, Reason, Tally
from tests.cli.explain.told import AFTERMATH, CANCELLED, RESCUED
from tests.cli.reports import BECAUSE, BLOCKED, check, gate, outcome


def test_markdown_has_the_reasons_the_checks_and_the_calls() -> None:
    text = markdown(CANCELLED)
    for line in (
        "## weekly-prod, run 20261128030000",
        "- **pinned**: 1 of 6 machines: is pinned (web-6)",
        "  - would change it: unpin it",
        "| pinned | 5 | 1 | 0 | 0 | 1 |",
        "| pinned | web-6 | blocked | is pinned | tag=patch |",
        "| decided | 02:24:00 (T-36:00), 26 min 0 s before the cut-off |",
        "1 cancel call in all; confirmed by: read-back",
    ):
        assert line in text.splitlines()


def test_no_text_of_others_is_markup() -> None:
    evil = Reason(about="x", text="a | b\n# **c** <img src=x> [d](http://e)", remedy="`f`")
    decision = replace(CANCELLED.decision, because=(evil,))
    text = markdown(replace(CANCELLED, decision=decision, warnings=("| g |",)))
    (line,) = [one for one in text.splitlines() if one.startswith("- **x**")]
    assert line == r"- **x**: a \| b\\n\# \*\*c\*\* \<img src=x\> \[d\](http://e)"
    assert r"- \| g \|" in text
    assert r"would change it: \`f\`" in text


def suite(*reports: Any) -> ET.Element:
    """The first suite of the JUnit form."""
    root = ET.fromstring(junit(reports))  # noqa: S314 - our own
    assert len(root) == len(reports)
    return root[0]


def endings(found: ET.Element) -> dict[str, list[str]]:
    return {
        str(case.get("name")): [one.tag for one in case if one.tag != "system-out"]
        for case in found.iter("testcase")
    }


def test_junit_has_a_case_for_each_check() -> None:
    silent = check(
        "silent",
        tally=Tally(unknown=6),
        outcomes=(outcome(Status.UNKNOWN, reason="did not answer"),),
    )
    skipped = check("skipped", tally=Tally(skipped=6))
    advisory = check("advisory", required=False, tally=Tally(passed=5, blocked=1))
    reasons = (
        BECAUSE,
        Reason(about="silent", text="no answer: did not answer", remedy="the check answers"),
        Reason(about="machines", text="the list is not complete", remedy="ask again"),
    )
    found = suite(
        gate(
            "cancelled",
            checks=(BLOCKED, silent, skipped, advisory, check("fine")),
            decision=replace(CANCELLED.decision, because=reasons),
            gaps=(Gap(subject="machines", problem="the list is not complete", remedy="x"),),
        )
    )
    assert endings(found) == {
        "pinned": ["failure"],
        "silent": ["error"],
        "skipped": ["skipped"],
        "advisory": [],
        "fine": [],
        "machines": ["error"],
        "the run is cancelled": [],
    }
    counts = {name: found.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "7", "failures": "1", "errors": "2", "skipped": "1"}
    failure = found.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "1 of 6 machines: is pinned"
    assert "would change it: unpin it" in (failure.text or "")


def test_a_cancel_that_is_not_confirmed_is_an_error() -> None:
    nothing = Cancellation(confirmed=False, state="not confirmed", problem="refused")
    found = suite(gate("not confirmed", cancellation=nothing))
    assert endings(found)["the run is cancelled"] == ["error"]


def test_the_end_of_a_run_is_a_case() -> None:
    assert endings(suite(AFTERMATH))["the run installed its patches"] == ["failure"]
    well = replace(AFTERMATH, ended="installed", findings=(), checks=())
    assert endings(suite(well)) == {"the run installed its patches": []}
    cancelled = replace(AFTERMATH, ended="cancelled by us", findings=(), checks=())
    assert endings(suite(cancelled)) == {"the run installed its patches": ["skipped"]}
    assert endings(suite(RESCUED)) == {"gate": ["error"], "the run is cancelled": []}


def test_xml_takes_no_characters_that_it_does_not_have() -> None:
    odd = replace(BECAUSE, text="a\x00b\ud800c\x1b[31m<&\ufffe")
    found = suite(gate("cancelled", decision=replace(CANCELLED.decision, because=(odd,))))
    failure = found.find(".//failure")
    assert failure is not None
    assert re.search(r"a\\x00b\\ud800c\\x1b\[31m<&\\ufffe", str(failure.get("message")))
