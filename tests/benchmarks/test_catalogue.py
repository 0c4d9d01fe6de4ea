"""What the benchmark of all shipped checks measures is worth the name."""

from __future__ import annotations

import tomllib
from pathlib import Path

from benchmarks.catalogue import furthest

ROOT = Path(__file__).parents[2]


def test_every_shipped_check_is_measured() -> None:
    """That each of them passes something is seen to by the process that judges."""
    policy = tomllib.loads((ROOT / "benchmarks" / "catalogue.toml").read_text(encoding="utf-8"))
    shipped = {file.stem for file in (ROOT / "checks" / "builtin").glob("[a-z]*.py")}
    assert policy["checks"].keys() == shipped


def test_the_worst_check_is_not_one_that_asks_nothing() -> None:
    """When none goes beyond its floor, it is the one with the most pages."""
    assert furthest([(0, 0), (10, 10), (20, 20), (5, 5)]) == (20, 20)
    assert furthest([(0, 0), (20, 20), (11, 10)]) == (11, 10)
