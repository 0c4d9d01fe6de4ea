"""Checks after the run judge how it ended, in virtual time."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest

from core import wire
from core.model import Gap, PatchResult, RunEnd, Status
from core.policy import Policy
from core.report import AftermathReport
from handlers.orders import CheckList, Look
from handlers.steps.announce import level_of
from tests.durable_host import Done, Instance, Raised
from tests.handlers.test_aftermath import end, played
from tests.stories import Reaction, looks, machines, says, spec

ENDED = end("Succeeded", "", ("Succeeded", 2))
ABC = machines("a", "b", "c")
LATE = Gap(subject="machines", problem="late", remedy="wait")


def judged(
    answer: Done | Raised | None,
    *,
    look: Reaction = lambda request, now: looks(ABC, total=3),
    **fields: Any,
) -> tuple[AftermathReport, Instance]:
    """How the aftermath ends if a check after the run answers so."""
    listed = CheckList(
        policy=fields.pop("policy", Policy()),
        checks=(spec("installed_everywhere", **{"scope": "run", **fields}),),
    )
    return played(
        lambda now: Done(answer=wire.dump(ENDED)),
        steps={
            "list_checks": lambda request, now: Done(answer=wire.dump(listed)),
            "find_machines": look,
            "ask_check": lambda request, now: answer,
        },
    )


def test_a_check_that_passes_finds_nothing() -> None:
    report, _ = judged(says("installed_everywhere"))
    assert [check.name for check in report.checks] == ["installed_everywhere"]
    assert report.findings == ()
    assert level_of(report) == logging.INFO


def test_a_check_that_objects_is_a_finding_and_an_error() -> None:
    """In the headline too: nobody is awake to look for it."""
    report, _ = judged(says("installed_everywhere", Status.BLOCKED, reason="two machines failed"))
    (finding,) = report.findings
    assert (finding.about, "two machines failed" in finding.text) == ("installed_everywhere", True)
    assert "two machines failed" in report.headline
    assert level_of(report) == logging.ERROR


@pytest.mark.parametrize("answer", [Raised(message="boom"), None, Done(answer={"tally": 7})])
def test_a_check_that_does_not_answer_is_a_finding(answer: Done | Raised | None) -> None:
    """No answer is never a yes, after the run either."""
    report, _ = judged(answer)
    assert [finding.about for finding in report.findings] == ["installed_everywhere"]
    assert report.checks[0].tally.unknown == 1


def test_an_advisory_check_finds_nothing() -> None:
    report, _ = judged(says("installed_everywhere", Status.BLOCKED), required=False)
    assert report.findings == ()
    assert report.checks[0].tally.blocked == 1


def test_a_check_is_told_how_the_run_ended() -> None:
    """The run with its machines, and Azure's words for its end."""
    _, instance = judged(says("installed_everywhere"))
    ((_, _, request),) = [step for step in instance.steps if step[1] == "ask_check"]
    assert wire.load(RunEnd, request["run"]["ended"]) == ENDED
    assert [batch["count"] for batch in request["machines"]] == [3]
    ((_, _, listing),) = [step for step in instance.steps if step[1] == "list_checks"]
    assert listing["when"] == "after"


def test_machines_that_cannot_be_seen_are_looked_for_again() -> None:
    """Rows of a run that has just ended may still be missing."""
    began: list[datetime] = []

    def look(request: Any, now: datetime) -> Done:
        began.append(now)
        gaps = (LATE,) if len(began) < 3 else ()
        return looks(ABC, total=3, gaps=gaps)

    report, _ = judged(says("installed_everywhere"), look=look)
    assert len(began) == 3
    assert report.findings == ()


@pytest.mark.parametrize(
    "answer", [looks(ABC, total=3, gaps=(LATE,)), Raised(message="down"), None]
)
def test_machines_that_are_never_seen_are_a_finding(answer: Done | Raised | None) -> None:
    report, instance = judged(says("installed_everywhere"), look=lambda request, now: answer)
    assert [finding.about for finding in report.findings] == ["machines"]
    assert instance.state == "Completed"


def test_without_a_check_no_machines_are_looked_for() -> None:
    _, instance = played(lambda now: Done(answer=wire.dump(ENDED)))
    assert "find_machines" not in {name for _, name, _ in instance.steps}


def test_a_list_that_fails_is_a_finding() -> None:
    report, _ = played(
        lambda now: Done(answer=wire.dump(ENDED)),
        steps={"list_checks": lambda request, now: Raised(message="boom")},
    )
    assert [finding.about for finding in report.findings] == ["checks"]


def test_a_policy_file_that_cannot_be_used_is_a_finding() -> None:
    """Even if no check is in force after the run: perhaps the file would have named one."""
    listed = CheckList(policy=Policy.broken("gate.toml:3: not TOML"), checks=())
    report, _ = played(
        lambda now: Done(answer=wire.dump(ENDED)),
        steps={"list_checks": lambda request, now: Done(answer=wire.dump(listed))},
    )
    assert [finding.about for finding in report.findings] == ["gate.toml"]


def test_undetailed_machines_are_unknown_to_checks_of_machines() -> None:
    gap = Gap(subject="subscription x", problem="hidden", remedy="grant Reader")
    look = Look(total=1, fingerprint="x", undetailed=1, gaps=(gap,))
    report, _ = judged(
        says("c"), look=lambda request, now: Done(answer=wire.dump(look)), scope="machine"
    )
    assert report.checks[0].tally.unknown == 1


def test_results_are_what_the_report_says_beside_it() -> None:
    report, _ = judged(says("installed_everywhere"))
    assert report.results == (PatchResult(status="Succeeded", machines=2),)
