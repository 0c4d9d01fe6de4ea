"""No other maintenance run touches one of the machines within the window."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checks.builtin.overlapping_runs import OverlappingRuns, overlapping_runs
from tests.builders import NOON, RUN
from tests.checks.asking import ask_in
from tests.checks.builtin.played import by_name, pages_for, played, refused, words
from tests.checks.builtin.saying import SayingGraph, of_run, sample, statuses, told, vm

NAME = "overlapping_runs"
VM = vm("a")
OTHER = RUN.replace("weekly-prod", "nightly")


def row(run: str = OTHER, **columns: str) -> dict[str, Any]:
    """The machine in another run, in the middle of this one."""
    return {
        "id": "x",
        "machine": VM.id.upper(),
        "run": run,
        "status": "Pending",
        "starts": "2026-11-28T13:00:00.0000000Z",
        "ends": "2026-11-28T14:00:00.0000000Z",
    } | columns


def said(*rows: dict[str, Any]) -> str:
    """What the check says of one machine with these rows."""
    run = of_run(VM)
    context = told(run, OverlappingRuns(), SayingGraph({NAME: rows}))
    return statuses(overlapping_runs(run, context))["a"]


def moved(hours: int, status: str = "Pending") -> str:
    """The shipped scenario that blocks, with the other run so many hours later."""
    text = sample(NAME, "blocked").replace("{start+1h}", f"{{start+{hours + 2}h}}")
    text = text.replace("{start-1h}", f"{{start+{hours}h}}")
    return text.replace('"InProgress"', f'"{status}"')


def test_a_run_that_ends_before_and_a_cancelled_one_do_not_matter() -> None:
    assert words(played(NAME, "passed")) == {"web-01": "passed", "web-02": "passed"}


def test_another_run_within_the_window_blocks_its_machine_only() -> None:
    found = by_name(played(NAME, "blocked"))
    assert found["web-01"].status.value == "passed"
    assert found["web-02"].status.value == "blocked"
    assert found["web-02"].reason == (
        "is in Nightly/20261128020000 too, 2026-11-28 02:00 to 04:00 UTC"
    )
    assert found["web-02"].evidence["status"] == "InProgress"


def test_a_run_without_times_is_unknown() -> None:
    found = by_name(played(NAME, "unknown"))
    assert found["web-01"].status.value == "passed"
    assert found["web-02"].status.value == "unknown"
    assert "from when to when nightly/20261128020000 lasts" in found["web-02"].reason


@pytest.mark.parametrize(("hours", "word"), [(1, "blocked"), (2, "passed"), (3, "passed")])
def test_the_window_ends_with_this_run(hours: int, word: str) -> None:
    """The run of the sample event lasts two hours."""
    assert words(ask_in(moved(hours), NAME))["web-02"] == word


def test_a_margin_makes_the_window_wider() -> None:
    """One that begins as this one ends touches it then."""
    assert words(ask_in(moved(2), NAME, {"margin_minutes": 30}))["web-02"] == "blocked"
    assert words(ask_in(moved(3), NAME, {"margin_minutes": 30}))["web-02"] == "passed"


@pytest.mark.parametrize("status", ["Cancelled", "canceled", "Cancel", "SUCCEEDED", "Failed"])
def test_a_run_that_is_over_does_not_matter(status: str) -> None:
    """It may end early, and its window is then longer than it was."""
    assert words(ask_in(moved(0, status), NAME))["web-02"] == "passed"


def test_a_query_that_is_refused_makes_all_unknown() -> None:
    assert refused(NAME, 2).status.value == "unknown"


def test_1500_machines_are_two_pages() -> None:
    assert pages_for(NAME, 1500) == ({"passed": 1500}, 2)


def test_without_the_row_of_this_run_nothing_is_known() -> None:
    """It would prove that the machine's rows can be read; even another run's row does not."""
    missing = "maintenanceresources has no row of it, not even for this run"
    assert said() == missing
    assert said(row()) == missing
    assert said(row(RUN.upper())) == "passed"


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "blocked"),
        ({"status": "Sleeping"}, "blocked"),
        ({"status": ""}, "blocked"),
        ({"status": "NoUpdatesPending"}, "passed"),
        ({"starts": "", "status": "Cancelled"}, "passed"),
        ({"starts": ""}, "maintenanceresources does not say from when to when nightly/"),
        ({"ends": "soon"}, "maintenanceresources does not say from when to when nightly/"),
    ],
    ids=str,
)
def test_a_word_that_is_not_known_may_mean_that_the_run_goes_on(
    columns: dict[str, str], word: str
) -> None:
    assert said(row(RUN), row(**columns)).startswith(word)


def test_several_runs_are_counted_and_the_first_is_named() -> None:
    run = of_run(VM)
    rows = [
        row(RUN),
        row(),
        row(RUN.replace("weekly-prod", "early"), starts="2026-11-28T12:30:00Z"),
    ]
    answer: Any = overlapping_runs(run, told(run, OverlappingRuns(), SayingGraph({NAME: rows})))[
        VM.id
    ]
    assert answer.reason.startswith("is in early/20261128030000 too, ")
    assert answer.reason.endswith(", and 1 more")


def test_the_margin_is_asked_for() -> None:
    run = of_run(VM)
    graph = SayingGraph({NAME: [row(RUN)]})
    overlapping_runs(run, told(run, OverlappingRuns(margin_minutes=10), graph))
    ((_, values),) = graph.asked
    assert values["since"] == NOON + timedelta(minutes=30)
    assert values["until"] == run.end + timedelta(minutes=10)


@pytest.mark.parametrize("minutes", [-1, 10081, float("nan")])
def test_a_margin_that_cannot_be_is_no_policy(minutes: float) -> None:
    with pytest.raises(ValueError, match="margin_minutes"):
        OverlappingRuns(margin_minutes=minutes)
