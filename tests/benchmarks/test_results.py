"""What was measured, as it is written down."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import results
from benchmarks.figure import Figure, Series
from benchmarks.side_by_side import SIZES, WAYS, Plan, Point
from benchmarks.table import machine

OLD = {**machine(), "date": "2020-01-01"}
NEW = {**machine(), "date": "2020-01-02"}


def figure(name: str, *ours: float, floor: float = 1.0) -> Figure:
    """One with an aim."""
    return Figure(
        name=name,
        title=f"  {name}",
        unit="ms",
        ours=Series(ours),
        floor=Series((floor,) * len(ours)),
        target=3,
        of="beyond",
    )


def point(machines: int, way: str = "tutorial") -> dict[str, Any]:
    """One way with so many machines."""
    series = Series((1.0, 2.0))
    calls = {"graph": 1, "arm": machines}
    beside = Point(
        way=way, machines=machines, calls=calls, seconds=series, cpu=series, megabytes=series
    )
    return results.point_json(beside, OLD)


def test_a_figure_says_all_that_is_needed_to_judge_it() -> None:
    """Median and spread of ours, of the floor and of the ratio, the aim and what is held to it."""
    assert results.figure_json(figure("a", 1.0, 4.0, 9.0, floor=2.0), OLD) == {
        "name": "a",
        "figure": "a",
        "unit": "ms",
        "median": 4.0,
        "min": 1.0,
        "max": 9.0,
        "floor": {"median": 2.0, "min": 2.0, "max": 2.0},
        "ratio": {"median": 2.0, "min": 0.5, "max": 4.5},
        "repeats": 3,
        "aim": {"of": "beyond", "most": 3, "reached": 2.0},
        "met": True,
        "measured": OLD,
    }


def test_a_floor_of_nothing_has_no_ratio() -> None:
    """JSON has no infinity."""
    assert results.figure_json(figure("a", 1.0, floor=0.0), OLD)["ratio"] is None


def test_what_is_not_measured_anew_stays(tmp_path: Path) -> None:
    """With its date: the slowest are measured seldom."""
    file = tmp_path / "results.json"
    first = [results.figure_json(figure(name, 1.0), OLD) for name in "ab"]
    results.write(results.merged(results.read(file), first, [point(10_000), point(10)]), file)
    second = [results.figure_json(figure("b", 5.0), NEW)]
    results.write(results.merged(results.read(file), second, [point(100)]), file)

    known = results.read(file)
    assert [(one["name"], one["median"]) for one in known["figures"]] == [("a", 1.0), ("b", 5.0)]
    assert [one["measured"]["date"] for one in known["figures"]] == ["2020-01-01", "2020-01-02"]
    sizes = [one["machines"] for one in known["side_by_side"]["points"]]
    assert sizes == [10, 100, 10_000]
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("machines", SIZES)
def test_the_slow_way_is_measured_with_many_machines_only_on_request(machines: int) -> None:
    """Ten thousand calls of fifty milliseconds take nine minutes."""
    usual = Plan()
    assert usual.rounds("patchgate", machines) >= 3
    assert (usual.rounds("tutorial", machines) == 0) is (machines >= 10_000)
    assert Plan(long=True).rounds("tutorial", machines) >= 1


def test_what_is_committed_tells_of_no_host() -> None:
    """All figures and both ways, and nothing of where they were measured but its kind."""
    text = results.RESULTS.read_text(encoding="utf-8")
    known = json.loads(text)
    measured = [one["measured"] for one in known["figures"]]
    measured += [one["measured"] for one in known["side_by_side"]["points"]]
    assert all(one.keys() == OLD.keys() for one in measured)
    assert not re.search(r'"/|\\\\|[a-z0-9-]+\.(local|internal)', text)
    assert {one["way"] for one in known["side_by_side"]["points"]} == set(WAYS)
