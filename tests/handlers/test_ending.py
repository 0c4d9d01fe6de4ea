"""How a run ended, from Azure's own words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import PatchResult
from core.report import Ended
from handlers.ending import how_it_ended, how_it_stands

BY_API = "Maintenance cancelled using cancellation API at 2026-11-28T02:48:12Z"
BY_SYSTEM = "Maintenance was cancelled because of an internal platform failure."


def machines(**counts: int) -> tuple[PatchResult, ...]:
    """So many machines of each status."""
    return tuple(PatchResult(status=status, machines=count) for status, count in counts.items())


def ended(status: str, message: str = "", *, ours: bool = False, **counts: int) -> Ended:
    """One word for it."""
    return how_it_ended(how_it_stands(status, message, machines(**counts), None), ours=ours)


@pytest.mark.parametrize(
    ("status", "message", "ours", "word"),
    [
        ("Succeeded", "", False, "installed"),
        ("Completed", "", False, "installed"),
        ("COMPLETED", "", True, "installed"),
        ("CompletedWithWarnings", "", False, "installed"),
        ("Failed", "two reboots pending", False, "failed"),
        ("TimedOut", "", False, "failed"),
        ("CompletedWithErrors", "", False, "failed"),
        ("Cancelled", BY_API, True, "cancelled by us"),
        ("canceled", BY_API.upper(), True, "cancelled by us"),
        ("Cancelled", "", True, "cancelled by us"),
        ("Cancelled", BY_API, False, "cancelled by somebody else"),
        ("Cancelled", "", False, "cancelled by somebody else"),
        ("Cancelled", BY_SYSTEM, False, "cancelled by the system"),
        ("Cancelled", BY_SYSTEM.upper(), False, "cancelled by the system"),
        ("Cancelled", BY_SYSTEM, True, "cancelled by the system"),
        ("", "", False, "unknown"),
        ("", "", True, "unknown"),
        ("InProgress", "", False, "unknown"),
        ("Pending", "", True, "unknown"),
        ("SomethingNew", "", False, "unknown"),
    ],
)
def test_the_runs_own_row_says_how_it_ended(
    status: str, message: str, word: Ended, *, ours: bool
) -> None:
    """In any case and either spelling; a word that is not known is not guessed at."""
    assert ended(status, message, ours=ours) == word


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ({"Succeeded": 3}, "installed"),
        ({"Succeeded": 3, "Failed": 1}, "failed"),
        ({"Succeeded": 3, "InProgress": 1}, "unknown"),
        ({"Cancelled": 2}, "cancelled by somebody else"),
        ({"Cancelled": 2, "Succeeded": 1}, "installed"),
        ({"Cancelled": 2, "Failed": 1}, "failed"),
        ({"Pending": 2}, "unknown"),
    ],
)
def test_without_a_row_the_machines_say_it(counts: dict[str, int], word: Ended) -> None:
    """One that failed is a failure; one that is still busy leaves it open."""
    end = how_it_stands("", "", machines(**counts), None)
    assert how_it_ended(end, ours=False) == word


def test_a_failed_machine_is_not_hidden_by_the_runs_row() -> None:
    """Azure calls a run completed when some of its machines failed."""
    assert ended("Completed", "", Succeeded=9, Failed=1) == "failed"


def test_a_cancelled_run_is_cancelled_whatever_its_machines_say() -> None:
    """Its row is the run's own word."""
    assert ended("Cancelled", BY_API, Failed=3, ours=True) == "cancelled by us"


@pytest.mark.parametrize(
    ("status", "counts", "problem", "settled"),
    [
        ("Completed", {}, None, True),
        ("Cancelled", {"Pending": 1}, None, True),
        ("InProgress", {}, None, False),
        ("", {}, None, False),
        ("", {"Succeeded": 1, "Failed": 2}, None, True),
        ("", {"Succeeded": 1, "InProgress": 1}, None, False),
        ("Completed", {}, "a page is missing", False),
    ],
)
def test_when_it_is_final(
    status: str, counts: dict[str, int], problem: str | None, *, settled: bool
) -> None:
    """The run's row or all of its machines; and never with half of the answer."""
    end = how_it_stands(status, "m", machines(**counts), problem)
    assert end.settled is settled
    assert (end.status, end.message, end.problem) == (status, "m", problem)
    assert end.results == machines(**counts)


words = st.text(max_size=10) | st.sampled_from(["Succeeded", "Failed", "Cancelled", "InProgress"])


@settings(deadline=None, max_examples=200)
@given(
    status=words,
    message=st.text(max_size=20) | st.sampled_from([BY_API, BY_SYSTEM]),
    results=st.lists(st.builds(PatchResult, status=words, machines=st.integers(0, 5)), max_size=4),
    problem=st.none() | st.just("x"),
    ours=st.booleans(),
)
def test_installed_is_never_said_in_doubt(
    status: str, message: str, results: list[PatchResult], problem: str | None, *, ours: bool
) -> None:
    """It is final, nothing failed, and something says that it was done."""
    end = how_it_stands(status, message, results, problem)
    if how_it_ended(end, ours=ours) == "installed":
        assert end.settled
        assert problem is None
        assert not any(r.status == "Failed" and r.machines for r in results)
        assert status != "Cancelled"
    if how_it_ended(end, ours=ours) == "cancelled by us":
        assert ours
