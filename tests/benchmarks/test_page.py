"""docs/speed.md and its picture show what is in results.json."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import page, picture, results


def text_of_page() -> str:
    """As it is committed."""
    return page.PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_results() -> None:
    """`python -m benchmarks --draw` makes them anew."""
    assert page.current(text_of_page(), results.read()) == text_of_page()


def test_every_figure_with_an_aim_is_on_the_page() -> None:
    """Kept or missed."""
    aimed_at = [figure for figure in results.read()["figures"] if figure["aim"] is not None]
    assert aimed_at
    for figure in aimed_at:
        assert f"| {figure['figure']} | ≤ {figure['aim']['most']:g}" in text_of_page()


def test_another_figure_is_another_page() -> None:
    """Nothing of a table is written by hand."""
    known = results.read()
    known["side_by_side"]["points"][0]["calls"] = 123_456
    known["figures"][0]["repeats"] = 654_321
    changed = page.current(text_of_page(), known)
    assert "| 123,456 |" in changed
    assert "| 654321 |" in changed


def test_what_is_unfinished_is_told_as_such() -> None:
    """It is a least that the way takes, and nothing is reckoned from it."""
    known = results.read()
    for point in known["side_by_side"]["points"]:
        point["unfinished"] = point["way"] == "tutorial"
        point["calls"] = 321
    changed = page.current(text_of_page(), known)
    assert re.search(r"\| 321 so far \| over \d", changed)
    assert "Call after call" not in changed


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.473, "0.47 s"),
        (59.2, "59.2 s"),
        (60.2, "1 min"),
        (575.4, "9 min 35 s"),
        (5770.0, "1 h 36 min"),
    ],
)
def test_a_span_is_told_as_people_say_it(seconds: float, told: str) -> None:
    """With what counts of it."""
    assert page.lasted(seconds) == told


def test_the_picture_is_on_the_page() -> None:
    """A PNG where the page looks for it."""
    assert f"({picture.PICTURE.relative_to(page.PAGE.parent).as_posix()})" in text_of_page()
    assert picture.PICTURE.read_bytes().startswith(b"\x89PNG\r\n")


def test_the_picture_needs_matplotlib_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it everything else is measured and written all the same."""
    known: dict[str, Any] = results.read()
    file = tmp_path / "images" / "drawn.png"
    picture.draw(known, file)
    there = importlib.util.find_spec("matplotlib") is not None
    assert file.exists() is there
    assert ("extra" in capsys.readouterr().err) is not there
