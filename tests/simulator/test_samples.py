"""The scenario files that come with the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import load_scenario
from tests.simulator.world import query, world

_FOLDER = Path(__file__).parents[2] / "samples" / "scenarios"


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.toml").read_text()


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_sample_is_legal_and_says_what_it_shows(path: Path) -> None:
    """A title for reports, and a comment at the top for readers."""
    text = path.read_text()
    assert text.startswith("# ")
    assert load_scenario(text).title != load_scenario("").title or path.stem == "all-is-well"


def test_one_of_six_machines_says_no() -> None:
    """Exactly one is tagged patch=never, and Arc servers are among the others."""
    with world(_text("one-machine-says-no")) as w:
        rows = w.rows(query("run_machines"))
        assert len(rows) == 6
        assert [(row["tags"] or {}).get("patch") for row in rows].count("never") == 1
        assert any("hybridcompute" in row["resourceId"].lower() for row in rows)


def test_the_fourth_cancel_works() -> None:
    """Three answers of 200 without effect, and then one with."""
    with world(_text("cancel-without-effect")) as w:
        for _ in range(3):
            assert w.cancel().status_code == 200
            assert w.status() == "Pending"
        w.cancel()
        assert w.status() == "Cancelled"


def test_no_cancel_works_when_none_shall() -> None:
    """However often it is answered 200."""
    with world(_text("cancel-never-works")) as w:
        for _ in range(5):
            assert w.cancel().status_code == 200
        assert w.azure.run_status == "Pending"
