"""Every machine was assessed for updates lately, with success, and waits for no restart."""

from __future__ import annotations

from typing import Any

import pytest

from checks.builtin.patch_assessment import PatchAssessment, patch_assessment
from tests.checks.asking import ask_in
from tests.checks.builtin.played import by_name, pages_for, played, refused, words
from tests.checks.builtin.saying import SayingGraph, of_run, statuses, told, vm

NAME = "patch_assessment"
VM = vm("a")


def said(*rows: dict[str, Any], **config: Any) -> str:
    """What the check says of one machine with these rows, at noon on 28 November."""
    graph = SayingGraph({NAME: [{"machine": VM.id.upper(), **row} for row in rows]})
    run = of_run(VM)
    return statuses(patch_assessment(run, told(run, PatchAssessment(**config), graph)))["a"]


def row(**changes: str) -> dict[str, Any]:
    """An assessment of this morning that went well."""
    return {
        "id": "x",
        "status": "Succeeded",
        "assessed": "2026-11-28T06:00:00.1234567Z",
        "rebootPending": "false",
        "problem": "",
    } | changes


def test_machines_that_were_assessed_lately_pass() -> None:
    assert words(played(NAME, "passed")) == dict.fromkeys(
        ("web-01", "web-02", "branch-01"), "passed"
    )


def test_failed_old_and_waiting_for_a_restart_block() -> None:
    found = by_name(played(NAME, "blocked"))
    assert {name: outcome.status.value for name, outcome in found.items()} == {
        "web-01": "passed",
        "web-02": "blocked",
        "web-03": "blocked",
        "sql-01": "blocked",
    }
    assert found["web-02"].reason.startswith("its last assessment failed")
    assert found["web-03"].reason == "its last assessment is 5.0 days old, more than 3"
    assert found["sql-01"].reason == "must restart before it is patched"


def test_a_restart_may_be_pending_where_the_site_says_so() -> None:
    found = by_name(played(NAME, "blocked", reboot_pending="pass"))
    assert found["sql-01"].status.value == "passed"
    assert found["sql-01"].evidence["reboot_pending"] is True


def test_no_assessment_and_one_under_way_are_unknown() -> None:
    found = by_name(played(NAME, "unknown"))
    assert [found[name].status.value for name in ("web-01", "web-02", "web-03")] == [
        "passed",
        "unknown",
        "unknown",
    ]
    assert "patchassessmentresources has no assessment of it" in found["web-02"].reason
    assert "InProgress" in found["web-03"].reason


def test_a_query_that_is_refused_makes_all_unknown() -> None:
    assert refused(NAME, 2).status.value == "unknown"


def test_resource_graph_that_fails_to_the_end_makes_all_unknown() -> None:
    fault = (
        '[[faults]]\non = "graph"\ncalls = ['
        + ", ".join(map(str, range(2, 400)))
        + "]\nstatus = 503\n"
    )
    (outcome,) = ask_in(fault, NAME)
    assert (outcome.status.value, outcome.machine) == ("unknown", None)


def test_1500_machines_are_two_pages() -> None:
    assert pages_for(NAME, 1500) == ({"passed": 1500}, 2)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"status": "SUCCEEDED", "rebootPending": "False"}, "passed"),
        ({"status": "CompletedWithWarnings"}, "passed"),
        ({"status": "failed"}, "blocked"),
        ({"assessed": "2026-11-25T12:00:00Z"}, "passed"),
        ({"assessed": "2026-11-25T11:59:00Z"}, "blocked"),
        ({"rebootPending": "True"}, "blocked"),
        ({"status": ""}, "its last assessment is without a status: no result"),
        ({"status": "Sleeping"}, "its last assessment is Sleeping: no result"),
        ({"assessed": ""}, "its last assessment has no time that can be read"),
        (
            {"assessed": "2026-11-29T00:00:00Z"},
            "its last assessment is of the future: 2026-11-29 00:00 UTC",
        ),
        (
            {"rebootPending": ""},
            "its last assessment does not say whether a restart is pending",
        ),
    ],
    ids=str,
)
def test_an_assessment_is_read_as_azure_writes_it(changes: dict[str, str], word: str) -> None:
    assert said(row(**changes)) == word


def test_what_does_not_matter_may_be_missing() -> None:
    """Whether a restart is pending is of no interest where it would pass."""
    assert said(row(rebootPending=""), reboot_pending="pass") == "passed"


def test_the_newest_of_several_assessments_counts() -> None:
    old = row(status="Failed", assessed="2026-11-27T00:00:00Z")
    assert said(old, row()) == "passed"
    assert said(row(), row(status="Failed", assessed="2026-11-28T11:00:00Z")) == "blocked"


@pytest.mark.parametrize("days", [0, -1, 8, float("nan")])
def test_an_age_that_no_assessment_can_have_is_no_policy(days: float) -> None:
    with pytest.raises(ValueError, match="max_age_days"):
        PatchAssessment(max_age_days=days)


@pytest.mark.parametrize("assessed", ["", "lately", "2026-11-28T06:00:00.1234567Z"])
def test_assessments_whose_times_do_not_say_which_is_the_last_are_unknown(assessed: str) -> None:
    """Whichever comes first; if they agree, it does not matter."""
    failed = row(status="Failed", assessed=assessed)
    told_ = "patchassessmentresources does not say which assessment is its last"
    assert said(failed, row()) == said(row(), failed) == told_
    assert said(row(), row(assessed=assessed)) == "passed"
