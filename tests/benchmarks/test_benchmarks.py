"""The benchmarks run. What they measure is for `make bench`: no time is asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIGURES = {
    "cancel",
    "accept",
    "accept-first",
    "machines-cpu",
    "machines-wall",
    "machines-peak",
    "machines-queries",
    "story-wall",
    "story-peak",
    "import",
    "import-net",
    "import-cpu",
    "catalogue-wall",
    "catalogue-cpu",
    "catalogue-peak",
    "catalogue-pages",
    "threads",
    "threads-cpu",
    "isolation",
    "isolation-first",
    "start-machines",
}
AIMED_AT = {
    "cancel",
    "accept",
    "machines-cpu",
    "machines-peak",
    "import",
    "catalogue-peak",
    "catalogue-pages",
    "threads",
    "threads-cpu",
    "isolation",
    "start-machines",
}


def test_the_smallest_variant_of_each_figure_runs(tmp_path: Path) -> None:
    """Each figure comes with its floor, in a table that fits a terminal and as JSON."""
    file = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    results = json.loads(file.read_text(encoding="utf-8"))
    figures = {figure["name"]: figure for figure in results["figures"]}
    assert figures.keys() == FIGURES
    assert all(figure["figure"] in done.stdout for figure in figures.values())
    assert {name for name, figure in figures.items() if figure["aim"] is not None} == AIMED_AT

    # A script needs one query for its two machines, a call about each of them, and the cancel call.
    points = {point["way"]: point for point in results["side_by_side"]["points"]}
    assert points["tutorial"]["calls_by_kind"] == {"graph": 1, "arm": 2, "cancel": 1}
    assert points["patchgate"]["calls_by_kind"].keys() == {"graph", "cancel"}
    assert all(point["seconds"]["min"] > 0 for point in points.values())
